//! The program as a process, against the emulator.

#![cfg(unix)]

mod harness;

mod configuration_is_checked_without_a_network;
mod events_are_lines_and_pages_say_how_the_node_is;
mod node_ends_if_nobody_reads_its_events;
mod second_node_resumes_after_sigterm;
mod worker_handles_the_last_event;
