//! The examples as programs, from the command line to the exit code.
//!
//! `cargo xtask examples` runs all of them against the emulator and checks what they print.

mod harness;

mod environment {
    mod missing_variables_are_named;
}
