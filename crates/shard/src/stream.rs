//! Streams of events and messages.
//!
//! [`StreamExt`] receives the events or messages of one shard. [`ShardEventStream`] and
//! [`ShardMessageStream`] receive those of several shards in one task.
//!
//! | many shards | shards run | heartbeats are delayed by | a slow handler delays |
//! |---|---|---|---|
//! | one task per [`Shard`](crate::Shard), with [`StreamExt`] | in parallel | the shard's handler | its shard |
//! | one task per shard by [`Shard::spawn`](crate::Shard::spawn), or a cluster | in parallel | nothing | the shards with the same consumer |
//! | [`ShardEventStream`] | in one task | all handlers | all shards |
//!
//! Prefer the second. A stream of several shards in one task suits bots with few events, or bots that may
//! not handle two events at the same time.
//!
//! The functions that create groups of shards are re-exported here, as in twilight-gateway 0.15.

mod ext;

pub use self::ext::{NextEvent, NextMessage, StreamExt};
#[doc(no_inline)]
pub use crate::compat::{ShardEventStream, ShardMessageStream, ShardRef, create_range};
#[doc(no_inline)]
pub use crate::groups::{bucket, create_bucket, create_iterator};
#[cfg(feature = "twilight-http")]
#[doc(no_inline)]
pub use crate::{
    compat::StartRecommendedErrorType,
    recommended::{StartRecommendedError, StartRecommendedErrorKind, create_recommended},
};
