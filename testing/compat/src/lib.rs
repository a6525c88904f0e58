//! Proof that a bot written for twilight-gateway runs on gloaming.
//!
//! `bots/` has such bots, in the ways of several generations, and a list of all that is public in
//! twilight-gateway 0.18. The tests here build them on gloaming, which this package's `Cargo.toml` calls
//! `twilight_gateway`, and run them against the emulator. `original/` does the same with the real
//! twilight-gateway 0.18, and `generations/` with 0.15 and 0.16, from the same files: so it is known that
//! they are what they say.
