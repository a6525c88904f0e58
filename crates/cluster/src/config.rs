//! The configuration of a cluster.

use crate::{HealthPolicy, RestartPolicy, ShardScheme};
use gloaming_protocol::EventTypeFlags;
use gloaming_queue::IdentifyQueue;
use gloaming_shard::{
    Config, OverflowPolicy, machine::delivery::DeliveryTracker, supervision::ByteBudget,
};
use std::{num::NonZeroUsize, time::Duration};

/// The configuration with which a [`Cluster`](crate::Cluster) was built.
#[derive(Clone, Debug)]
pub struct ClusterConfig {
    pub(crate) scheme: Option<ShardScheme>,
    pub(crate) shards: Option<Config>,
    pub(crate) settings: ClusterSettings,
}

/// Default of [`ClusterBuilder::guilds_timeout`](crate::ClusterBuilder::guilds_timeout).
const DEFAULT_GUILDS_TIMEOUT: Duration = Duration::from_secs(120);

/// Default of [`ClusterBuilder::total_buffer_bytes`](crate::ClusterBuilder::total_buffer_bytes).
const DEFAULT_TOTAL_BUFFER_BYTES: usize = 512 << 20;

/// The settings of the cluster itself, as opposed to those of its shards.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClusterSettings {
    pub(crate) event_types: EventTypeFlags,
    pub(crate) buffer: usize,
    /// The bound of each shard's buffer, in bytes.
    pub(crate) buffer_bytes: usize,
    /// The bound of all buffers together, in bytes.
    pub(crate) total_buffer_bytes: usize,
    /// How many events of each shard the consumer may leave unacknowledged.
    pub(crate) max_unacknowledged: NonZeroUsize,
    pub(crate) overflow: OverflowPolicy,
    pub(crate) restart_policy: RestartPolicy,
    pub(crate) guilds_timeout: Duration,
    pub(crate) health_policy: HealthPolicy,
}

impl ClusterSettings {
    pub(crate) fn new(event_types: EventTypeFlags, buffer: usize) -> Self {
        Self {
            event_types,
            buffer,
            buffer_bytes: ByteBudget::DEFAULT_LIMIT,
            total_buffer_bytes: DEFAULT_TOTAL_BUFFER_BYTES,
            max_unacknowledged: DeliveryTracker::DEFAULT_MAX_HELD,
            overflow: OverflowPolicy::default(),
            restart_policy: RestartPolicy::default(),
            guilds_timeout: DEFAULT_GUILDS_TIMEOUT,
            health_policy: HealthPolicy::default(),
        }
    }
}

impl ClusterConfig {
    /// Returns which shards the cluster runs, with [`Auto`](ShardScheme::Auto) resolved to Discord's
    /// recommendation. Returns `None` for a cluster of [ready-made shards](crate::Cluster::start), and for one that was
    /// built [empty](crate::ClusterBuilder::build_empty).
    #[must_use]
    pub const fn shard_scheme(&self) -> Option<&ShardScheme> {
        self.scheme.as_ref()
    }

    /// Returns the configuration that the shards have in common. Returns `None` for a cluster of
    /// [ready-made shards](crate::Cluster::start).
    #[must_use]
    pub const fn shards(&self) -> Option<&Config> {
        self.shards.as_ref()
    }

    /// Returns the identify queue of [`shards`](Self::shards).
    #[must_use]
    pub fn queue(&self) -> Option<&dyn IdentifyQueue> {
        self.shards.as_ref().map(Config::queue)
    }

    /// Returns which events the cluster delivers.
    #[must_use]
    pub const fn event_types(&self) -> EventTypeFlags {
        self.settings.event_types
    }

    /// Returns how many items of each shard are buffered at most.
    #[must_use]
    pub const fn buffer(&self) -> usize {
        self.settings.buffer
    }

    /// Returns how many bytes the buffered items of each shard hold at most.
    #[must_use]
    pub const fn buffer_bytes(&self) -> usize {
        self.settings.buffer_bytes
    }

    /// Returns how many bytes the buffered items of all shards hold at most.
    #[must_use]
    pub const fn total_buffer_bytes(&self) -> usize {
        self.settings.total_buffer_bytes
    }

    /// Returns how many events of each shard the consumer may leave unacknowledged.
    #[must_use]
    pub const fn max_unacknowledged(&self) -> NonZeroUsize {
        self.settings.max_unacknowledged
    }

    /// Returns what happens while the consumer is slower than the gateway.
    #[must_use]
    pub const fn overflow(&self) -> OverflowPolicy {
        self.settings.overflow
    }

    /// Returns how long the cluster waits for guilds after the last progress.
    #[must_use]
    pub const fn guilds_timeout(&self) -> Duration {
        self.settings.guilds_timeout
    }

    /// Returns from when on the cluster is not ready or not live.
    #[must_use]
    pub const fn health_policy(&self) -> HealthPolicy {
        self.settings.health_policy
    }

    /// Returns what happens to a shard whose task panics.
    #[must_use]
    pub const fn restart_policy(&self) -> RestartPolicy {
        self.settings.restart_policy
    }
}
