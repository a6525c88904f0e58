//! Identify scheduling for Discord gateway shards.

mod error;
mod permit;
mod position;
mod queue;
mod unlimited;

pub use error::{QueueError, QueueErrorKind};
pub use permit::{Permit, PermitGuard};
pub use position::{Position, WaitReason};
pub use queue::{BoxFuture, Queue};
pub use unlimited::UnlimitedQueue;
