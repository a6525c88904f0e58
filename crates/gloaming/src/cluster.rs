//! Many shards as one.
//!
//! A [`Cluster`] runs each shard in a supervised task and merges their items into one stream: [`Events`], or
//! [`Items`] for everything else, too. The guide explains [when to use it](crate::guide::sharding).
//!
//! | Group | Types |
//! |---|---|
//! | The cluster and its shards | [`Cluster`], [`Shards`], [`ShardHandle`], [`StartOutcome`], [`StopOutcome`], [`ShutdownMode`], [`ShutdownReport`] |
//! | Settings | [`ClusterBuilder`], [`ClusterConfig`], [`ShardScheme`], [`RestartPolicy`], [`RestartLimits`] |
//! | Streams | [`Events`], [`Items`], [`SkippedCounts`], [`ClusterEvent`], [`ClusterGuilds`] |
//! | State | [`ShardInfo`], [`Health`], [`ExitReason`] |
//! | Keys | [`ShardKey`], [`ShardTarget`], [`ShardNumber`], [`ShardSchemeIds`] |
//! | Errors | [`ClusterStartError`], [`ClusterCommandError`], [`NotStartedError`], [`ShardSchemeError`] |

pub use gloaming_cluster::{
    Cluster, ClusterBuilder, ClusterCommandError, ClusterCommandErrorKind, ClusterConfig,
    ClusterEvent, ClusterGuilds, ClusterStartError, ClusterStartErrorKind, Events, ExitReason,
    Health, Items, NotStartedError, RestartLimits, RestartPolicy, ShardHandle, ShardInfo, ShardKey,
    ShardNumber, ShardScheme, ShardSchemeError, ShardSchemeErrorKind, ShardSchemeIds, ShardTarget,
    Shards, ShutdownEnd, ShutdownMode, ShutdownReport, SkippedCounts, StartOutcome, StopOutcome,
};
