//! The client as a program, from the command line to the exit code, against the emulator.

mod harness;

mod errors_name_the_cause;
mod every_mode_counts_the_same;
mod idle_shards_are_held;
