//! Many shards as one.
//!
//! A [`Cluster`] runs each shard in a supervised task of its own and merges what they hand over into one
//! stream: [`Events`], or [`Items`] for all there is to tell. Slow handlers hold back the shards whose items
//! they do not take, never the heartbeats of an open connection; a shard's task that panics starts again
//! where it left off.
//!
//! Whoever comes from the cluster of `twilight-gateway` 0.14 knows the names.
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `twilight-http` | [`ShardScheme::Auto`] asks Discord how many shards to run |
//! | `metrics` | the shards tell what they do in numbers: see [`gloaming_shard::metrics`] |

mod builder;
mod clock;
mod cluster;
mod config;
mod error;
mod handle;
mod info;
mod number;
mod restart;
mod scheme;
mod slot;
mod stream;
mod supervisor;

pub use self::{
    builder::ClusterBuilder,
    cluster::{Cluster, Shards},
    config::ClusterConfig,
    error::{
        ClusterCommandError, ClusterCommandErrorType, ClusterSendError, ClusterSendErrorType,
        ClusterStartError, ClusterStartErrorType, SessionInactiveError,
    },
    handle::ShardHandle,
    info::{Health, Information, Stage},
    number::{ShardKey, ShardNumber},
    restart::{RestartLimits, RestartPolicy},
    scheme::{ShardScheme, ShardSchemeIds, ShardSchemeRangeError, ShardSchemeRangeErrorType},
    slot::{Ending, Startup},
    stream::{Events, Items, Untold},
};
