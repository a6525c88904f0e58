//! Shards as streams: of one shard, and of several in one task.
//!
//! [`StreamExt`] takes the next event or message of one shard. [`ShardEventStream`] and
//! [`ShardMessageStream`] take those of several, whichever comes first.
//!
//! | many shards | run | heartbeats depend on | a slow handler delays |
//! |---|---|---|---|
//! | a task for each, with [`Shard`](crate::Shard) and [`StreamExt`] | in parallel | that shard's handler | that shard |
//! | a task for each, with [`Shard::spawn`](crate::Shard::spawn), or a cluster | in parallel | nothing else | that shard; and all that share a consumer |
//! | [`ShardEventStream`] | in one task | all handlers | all shards |
//!
//! The second is what to choose when in doubt. A group in one task has its place where there are few
//! events, or where no two of them may be handled at the same time.
//!
//! The functions that make groups of shards are here too, as in twilight-gateway 0.15; they stand at the
//! top of the crate as well.

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
