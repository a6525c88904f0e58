//! The parts of which supervisors of shards are made.
//!
//! A supervisor runs each shard in a task, and starts the shard again if the task panics. The cluster of
//! `gloaming-cluster` is one, and most programs use that. Use this module to write another.
//!
//! - [`item_channel`] creates the bounded buffer between a shard and its consumer. The buffer outlives the
//!   shard's tasks.
//! - [`ItemSender`] runs a shard into that buffer.
//! - [`ShardMonitor`] observes the shard from outside, and knows the sessions to resume.
//! - [`ShardTask`] is the task of a [`SpawnedShard`](crate::SpawnedShard), which
//!   [`Shard::spawn`](crate::Shard::spawn) runs without supervision.

pub use crate::spawn::{ItemSender, ShardMonitor, ShardTask, item_channel};
