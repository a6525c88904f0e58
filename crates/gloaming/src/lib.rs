#![doc = include_str!("../README.md")]

pub use gloaming_cluster::*;
pub use gloaming_protocol as protocol;
pub use gloaming_queue as queue;
pub use gloaming_shard::*;

#[cfg(feature = "emulator")]
pub use gloaming_emulator as emulator;
