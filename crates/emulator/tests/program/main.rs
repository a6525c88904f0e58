//! The binary, as a script starts it, one behavior per file.

#![cfg(unix)]

mod harness;

mod clients_that_come_and_go_are_printed;
mod exit_codes_and_output_are_stable;
mod recordings_are_private;
mod scenarios_are_played;
mod sent_events_are_recorded_and_played;
mod token_is_read_from_a_file_or_the_environment;
