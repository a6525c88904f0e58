//! Tests that a bot written for twilight-gateway runs on gloaming.
//!
//! `bots/` contains bots in the style of several versions, and a list of all public items of twilight-gateway
//! 0.18. The tests of this package build them on gloaming, which `Cargo.toml` calls `twilight_gateway`, and run
//! them against the emulator. `original/` builds the same files on the real twilight-gateway 0.18, and
//! `generations/` on 0.15 and 0.16, so that it is certain that the bots are valid for these versions.
