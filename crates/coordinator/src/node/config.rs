//! What a node is configured with.

use crate::{budget::PERMIT_LIFE, node_id::NodeId, timing::LeaseTiming};
use gloaming_queue::{IDENTIFY_SPACING, MaxConcurrency};
use std::{num::NonZeroU32, time::Duration};

/// The settings of a [`Node`](crate::Node). All nodes of a bot have the same, except for the id.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct NodeConfig {
    /// The id of this process.
    pub id: NodeId,
    /// The total number of the bot's shards.
    pub shards: NonZeroU32,
    /// The number of shards that may identify within 5 s ([P11](gloaming_protocol::rules#p11)).
    pub max_concurrency: MaxConcurrency,
    /// How long leases last.
    pub timing: LeaseTiming,
    /// What happens to the shards while the engine does not answer, after the lease has ended for its owner.
    pub on_silence: OnSilence,
    /// How long a node takes no shards after a [snapshot](crate::LeaseChange::Snapshot), except those that it had: 3 s.
    /// Nodes that start together then share the shards out before any of them begins, and nodes whose leases an engine has
    /// forgotten have the time to acquire them again.
    pub settle: Duration,
    /// How long a shard stays without an owner until a node takes it that should not own it: 3 s.
    pub unclaimed_after: Duration,
    /// How long a node keeps a shard before it gives it to a node that should own it instead: 30 s. It also waits until that
    /// one has [settled](Self::settle). A node that drains waits for neither.
    pub move_cooldown: Duration,
    /// The number of shards that a node gives to others at the same time: 4. Each is without an owner for some round trips.
    pub max_moves: usize,
    /// How long [draining](crate::NodeInput::Drain) takes at most: 20 s. Then the rest of the shards stop at once.
    pub drain_timeout: Duration,
    /// How long no shard identifies after a snapshot: 9 s. The engine may have been interrupted and may have forgotten
    /// identifies, which are sent within [`PERMIT_LIFE`] and count for
    /// [`IDENTIFY_SPACING`](gloaming_queue::IDENTIFY_SPACING). It can be zero for an engine that never forgets.
    pub identify_quarantine: Duration,
}

impl NodeConfig {
    /// Makes a configuration with the default times.
    #[must_use]
    pub fn new(id: NodeId, shards: NonZeroU32, max_concurrency: impl Into<MaxConcurrency>) -> Self {
        Self {
            id,
            shards,
            max_concurrency: max_concurrency.into(),
            timing: LeaseTiming::DEFAULT,
            on_silence: OnSilence::default(),
            settle: Duration::from_secs(3),
            unclaimed_after: Duration::from_secs(3),
            move_cooldown: Duration::from_secs(30),
            max_moves: 4,
            drain_timeout: Duration::from_secs(20),
            identify_quarantine: PERMIT_LIFE + IDENTIFY_SPACING + Duration::from_millis(750),
        }
    }
}

/// What a node does with its shards while the engine does not answer, once the node's lease has ended for its owner.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum OnSilence {
    /// Connections stay open. Discord has one connection per session, so an open one shows that no other node has resumed
    /// the session.
    ///
    /// A shard whose connection ends in the first 15 s was probably taken over, and stops. After that, the engine is
    /// silent for the other nodes as well, since one of them would have taken the shard over. The shard then resumes, so
    /// that an outage of the engine costs no sessions. If its connection ends again within a minute, it stops. No shard
    /// identifies.
    #[default]
    KeepServing,
    /// All shards stop. No two nodes ever count a shard as their own, unless the engine forgets; and an outage of the
    /// engine disconnects the bot, and costs an IDENTIFY per shard if it is longer than the sessions last.
    Stop,
}
