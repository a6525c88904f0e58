//! Runs bots for twilight-gateway 0.16 to 0.18, changed only in `Cargo.toml`.

#[path = "../bots/against_the_emulator.rs"]
mod against_the_emulator;
