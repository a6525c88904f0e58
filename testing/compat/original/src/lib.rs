//! The bots of gloaming-compat, built on the real twilight-gateway 0.18 and run against the emulator.
