//! The parts of which supervisors of shards are made.
//!
//! A supervisor runs each shard in a task, and starts the shard again if the task panics. The cluster of
//! `gloaming-cluster` is one, and most programs use that. Use this module to write another.
//!
//! - [`item_channel`] creates the bounded buffer between a shard and its consumer. The buffer outlives the
//!   shard's tasks.
//! - [`item_channel_within`] creates one whose items count against a [`ByteBudget`], which several buffers may share.
//! - [`item_channel_with`] creates one with these and other [`BufferSettings`].
//! - [`ItemSender`] runs a shard into that buffer.
//! - [`ShardMonitor`] observes the shard from outside, and knows the sessions to resume.
//! - [`AcknowledgementCounter`] counts what the consumer has not acknowledged.
//! - [`ShardTask`] is the task of a [`SpawnedShard`](crate::SpawnedShard), which
//!   [`Shard::spawn`](crate::Shard::spawn) runs without supervision.

pub use crate::spawn::{
    AcknowledgementCounter, BufferSettings, ByteBudget, EventLag, ItemSender, NextItem,
    ShardMonitor, ShardTask, item_channel, item_channel_with, item_channel_within,
};
