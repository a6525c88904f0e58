//! The engine of the processes of one machine: as processes of a bot use it, when these are killed, and when its files are
//! damaged or lost.

#![cfg(unix)]

mod harness;

mod damaged_and_lost_files_are_told_apart;
mod engine_conforms;
mod files_are_private;
mod killed_processes_leave_whole_calls;
mod log_is_written_anew_without_an_interruption;
mod shards_of_a_killed_process_are_resumed;
