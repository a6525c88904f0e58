//! Runs bots for twilight-gateway 0.16 to 0.18 on twilight-gateway 0.18 itself.

#[path = "../../bots/against_the_emulator.rs"]
mod against_the_emulator;
