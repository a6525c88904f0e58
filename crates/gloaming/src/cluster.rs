//! Many shards as one.
//!
//! A [`Cluster`] runs each shard in a supervised task and merges their items into one stream: [`Events`], or
//! [`Items`] for everything else, too. The guide explains [when to use it](crate::guide::sharding).
//!
//! | Group | Types |
//! |---|---|
//! | The cluster and its shards | [`Cluster`], [`Shards`], [`ShardHandle`], [`StartOutcome`], [`StopOutcome`], [`ShutdownMode`], [`ShutdownReport`], [`RemovedShard`] |
//! | Settings | [`ClusterBuilder`], [`ClusterConfig`], [`ShardScheme`], [`RestartPolicy`], [`RestartLimits`] |
//! | Streams | [`Events`], [`Items`], [`SkippedCounts`], [`ClusterEvent`], [`ClusterGuilds`] |
//! | Sessions over restarts | [`SessionStore`], [`FileStore`], [`MemoryStore`], [`OnDamage`], [`StoreOwner`], [`Checkpoint`], [`CheckpointPolicy`], [`ApplicationState`], [`CheckpointStatus`], [`DueCheckpoint`], [`UnhandledLoss`] |
//! | Hand-over to another process (Unix) | [`HandOverListener`], [`HandOverReport`], [`HandOver`], [`TakenShards`], [`HandOverRefusal`], [`HandOverError`] |
//! | State | [`ClusterHealth`], [`HealthPolicy`], [`Readiness`], [`Liveness`], [`HealthReason`], [`HealthReasonKind`]; [`ShardInfo`], [`Health`], [`ExitReason`], [`LastDisconnect`], [`BufferFill`], [`MeasuredLag`] |
//! | Keys | [`ShardKey`], [`ShardTarget`], [`ShardNumber`], [`ShardSchemeIds`] |
//! | Another number of shards | [`ClusterSwitch`], [`reshard`] |
//! | Errors | [`ClusterStartError`], [`ClusterCommandError`], [`NotStartedError`], [`ShardChangeError`], [`ShardSchemeError`], [`StoreError`], [`StateTooLargeError`] |

pub use gloaming_cluster::{
    ApplicationState, BufferFill, Checkpoint, CheckpointPolicy, CheckpointStatus, Cluster,
    ClusterBuilder, ClusterCommandError, ClusterCommandErrorKind, ClusterConfig, ClusterEvent,
    ClusterGuilds, ClusterHealth, ClusterStartError, ClusterStartErrorKind, ClusterSwitch,
    DueCheckpoint, Events, ExitReason, FileStore, Health, HealthPolicy, HealthReason,
    HealthReasonKind, Items, LastDisconnect, Liveness, MeasuredLag, MemoryStore, NotStartedError,
    OnDamage, Readiness, RemovedShard, RestartLimits, RestartPolicy, SessionStore,
    ShardChangeError, ShardChangeErrorKind, ShardHandle, ShardInfo, ShardKey, ShardNumber,
    ShardScheme, ShardSchemeError, ShardSchemeErrorKind, ShardSchemeIds, ShardTarget, Shards,
    ShutdownEnd, ShutdownMode, ShutdownReport, SkippedCounts, StartOutcome, StateTooLargeError,
    StopOutcome, StoreError, StoreErrorKind, StoreOwner, UnhandledLoss, reshard,
};
#[cfg(unix)]
pub use gloaming_cluster::{
    HandOver, HandOverError, HandOverErrorKind, HandOverListener, HandOverRefusal, HandOverReport,
    TakenShards,
};
