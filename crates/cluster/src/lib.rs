//! Runs many Discord gateway shards as one.
//!
//! A [`Cluster`] runs each shard in a supervised task and merges their items into one stream: [`Events`],
//! or [`Items`] for everything else, too. A slow consumer holds back reading, but never heartbeats. A shard
//! whose task panics is restarted and resumes its session.
//!
//! Bots that were written for the cluster of `twilight-gateway` 0.14 find its other names in [`compat`].
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `twilight-http` | `ClusterBuilder::http_client`, a client of twilight-http that asks for the recommended number of shards |
//! | `metrics` | metrics of the shards: see [`gloaming_shard::metrics`] |
//!
//! [`P11`](gloaming_protocol::rules#p11) and the like, in these pages, are [rules of the protocol].
//!
//! [rules of the protocol]: gloaming_protocol::rules

#![cfg_attr(docsrs, feature(doc_cfg))]

mod arrival_timer;
mod builder;
mod checkpoint_policy;
mod checkpoint_schedule;
mod checkpoint_status;
mod checkpoint_writer;
mod clock;
mod cluster;
mod cluster_health;
mod commands;
pub mod compat;
mod config;
mod due_checkpoint;
mod error;
mod guild_arrivals;
#[cfg(unix)]
mod hand_over;
mod handle;
mod health;
mod info;
mod key;
mod members;
mod refusal;
pub mod reshard;
mod reshard_in_place;
mod restart;
mod scheme;
mod shard_change;
mod shard_factory;
mod shutdown;
mod slot;
mod state;
mod store;
mod stream;
mod supervisor;
mod switch;

#[cfg(unix)]
pub use self::hand_over::{
    HandOver, HandOverError, HandOverErrorKind, HandOverListener, HandOverRefusal, HandOverReport,
    TakenShards,
};
pub use self::{
    builder::ClusterBuilder,
    checkpoint_policy::{ApplicationState, CheckpointPolicy},
    checkpoint_status::CheckpointStatus,
    cluster::Cluster,
    cluster_health::{
        ClusterHealth, HealthPolicy, HealthReason, HealthReasonKind, Liveness, Readiness,
    },
    config::ClusterConfig,
    due_checkpoint::{DueCheckpoint, StateTooLargeError},
    error::{
        ClusterCommandError, ClusterCommandErrorKind, ClusterStartError, ClusterStartErrorKind,
        NotStartedError,
    },
    handle::ShardHandle,
    health::Health,
    info::{BufferFill, LastDisconnect, MeasuredLag, ShardInfo},
    key::{ShardKey, ShardNumber, ShardTarget},
    members::Shards,
    restart::{RestartLimits, RestartPolicy},
    scheme::{ShardScheme, ShardSchemeError, ShardSchemeErrorKind, ShardSchemeIds},
    shard_change::{RemovedShard, ShardChangeError, ShardChangeErrorKind},
    shutdown::{ShutdownEnd, ShutdownMode, ShutdownReport},
    slot::{StartOutcome, StopOutcome},
    state::ExitReason,
    store::{
        Checkpoint, FileStore, MemoryStore, OnDamage, SessionStore, StoreError, StoreErrorKind,
        StoreOwner,
    },
    stream::{Events, Items, SkippedCounts},
    switch::ClusterSwitch,
};
pub use gloaming_shard::{ClusterEvent, ClusterGuilds, machine::delivery::UnhandledLoss};

/// Compiles the example in the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
