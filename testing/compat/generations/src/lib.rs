//! The bots of gloaming-compat, built on the twilight-gateway that they were written for and run against the
//! emulator. A workspace of its own; run it with `cargo test --manifest-path testing/compat/generations/Cargo.toml`.
