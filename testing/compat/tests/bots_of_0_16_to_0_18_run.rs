//! Bots for twilight-gateway 0.16 to 0.18, with no change but the name in `Cargo.toml`.

#[path = "../bots/against_the_emulator.rs"]
mod against_the_emulator;
