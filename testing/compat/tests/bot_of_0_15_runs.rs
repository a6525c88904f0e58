//! Runs a bot for twilight-gateway 0.15, changed only in `Cargo.toml`.

#[path = "../bots/one_stream_against_the_emulator.rs"]
mod one_stream_against_the_emulator;
