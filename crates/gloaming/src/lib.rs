#![doc = include_str!("../README.md")]

/// Names that bots written for older versions of twilight-gateway expect and new code does not need: those of
/// [`gloaming_cluster::compat`] and [`gloaming_shard::compat`].
pub mod compat {
    pub use gloaming_cluster::compat::*;
    pub use gloaming_shard::compat::*;
}

pub use gloaming_cluster::*;
pub use gloaming_protocol as protocol;
pub use gloaming_queue as queue;
pub use gloaming_shard::*;

#[cfg(feature = "emulator")]
pub use gloaming_emulator as emulator;
