//! What a cluster was built with.

use crate::{RestartPolicy, ShardScheme};
use gloaming_protocol::EventTypeFlags;
use gloaming_queue::Queue;
use gloaming_shard::Config;

/// What a cluster was built with.
#[derive(Clone, Debug)]
pub struct ClusterConfig {
    pub(crate) scheme: Option<ShardScheme>,
    pub(crate) shards: Option<Config>,
    pub(crate) settings: Settings,
}

/// What the cluster itself goes by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) event_types: EventTypeFlags,
    pub(crate) buffer: usize,
    pub(crate) restart_policy: RestartPolicy,
}

impl ClusterConfig {
    /// Which shards it runs, [`Auto`](ShardScheme::Auto) resolved to what Discord answered. `None` for a
    /// cluster of ready-made shards.
    #[must_use]
    pub const fn shard_scheme(&self) -> Option<&ShardScheme> {
        self.scheme.as_ref()
    }

    /// The configuration that the shards have in common. `None` for a cluster of ready-made shards.
    #[must_use]
    pub const fn shards(&self) -> Option<&Config> {
        self.shards.as_ref()
    }

    /// The identify queue of [`shards`](Self::shards).
    #[must_use]
    pub fn queue(&self) -> Option<&dyn Queue> {
        self.shards.as_ref().map(Config::queue)
    }

    /// Which events are handed over.
    #[must_use]
    pub const fn event_types(&self) -> EventTypeFlags {
        self.settings.event_types
    }

    /// How many items of each shard may wait to be taken.
    #[must_use]
    pub const fn buffer(&self) -> usize {
        self.settings.buffer
    }

    /// What becomes of a shard whose task has panicked.
    #[must_use]
    pub const fn restart_policy(&self) -> RestartPolicy {
        self.settings.restart_policy
    }
}
