//! A bot for twilight-gateway 0.15 with no change but the name in `Cargo.toml`.

#[path = "../bots/one_stream_against_the_emulator.rs"]
mod one_stream_against_the_emulator;
