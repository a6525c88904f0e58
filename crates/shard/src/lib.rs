//! One Discord gateway session: an IO-free state machine and the tokio driver around it.

pub mod machine;
mod session;
mod shard_state;

#[cfg(feature = "tokio")]
pub mod tls;
#[cfg(feature = "tokio")]
pub mod transport;

pub use self::{session::Session, shard_state::ShardState};
