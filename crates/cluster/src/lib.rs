//! Many shards as one.
//!
//! A [`Cluster`] runs each shard in a task of its own and merges what they hand over into one stream
//! of `(ShardId, Item)`. Slow handlers hold back the shards whose items they do not take, never the
//! heartbeats of an open connection.

mod cluster;

pub use self::cluster::{Cluster, EndedShard};
