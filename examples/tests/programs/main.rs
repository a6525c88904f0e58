//! The examples as programs, from the command line to the exit code.
//!
//! `cargo xtask examples` runs all of them against the emulator and checks what they print.

mod harness;

mod environment {
    mod missing_variables_are_named;
}

mod firehose {
    mod errors_name_the_cause;
    mod every_mode_counts_the_same;
    mod idle_shards_are_held;
}
