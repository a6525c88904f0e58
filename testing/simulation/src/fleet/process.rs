//! One process of a fleet: a node, and what its driver keeps for each shard.

use super::engine::{Batch, Peer};
use gloaming_coordinator::{Fence, IdentifyPermit, Node};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

#[derive(Debug)]
pub(super) struct Process {
    /// The place that it has in the fleet, which its successor gets.
    pub(super) slot: usize,
    pub(super) node: Node,
    /// What its clock shows at the start of the run.
    pub(super) origin: Instant,
    /// How fast its clock runs, in millionths.
    pub(super) rate: u64,
    pub(super) started: Duration,
    pub(super) life: Life,
    /// `None` until it has reached the engine.
    pub(super) peer: Option<Peer>,
    /// Since when it does not reach the engine, if it has no answer about its lease since then.
    pub(super) silent_since: Option<Duration>,
    pub(super) shards: BTreeMap<u32, ShardRun>,
    /// Identifies that it sent, and when.
    pub(super) sent: Vec<(IdentifyPermit, Duration)>,
    pub(super) calls: BTreeMap<u64, PendingCall>,
    pub(super) next_id: u64,
    /// The version of its timer.
    pub(super) timer: u64,
    pub(super) is_draining: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Life {
    Running,
    Paused { until: Duration },
    Ended,
}

/// What a driver waits for.
#[derive(Clone, Debug)]
pub(super) enum PendingCall {
    Permit {
        shard: u32,
        asked: Instant,
    },
    Sent {
        permit: IdentifyPermit,
        at: Duration,
    },
    GiveBack {
        permit: IdentifyPermit,
    },
    Checkpoint {
        shards: Vec<(u32, usize)>,
    },
    LastCheckpoint {
        shard: u32,
        tries: u32,
    },
    Publish {
        batch: Batch,
    },
}

/// What the driver keeps of a shard.
#[derive(Clone, Debug)]
pub(super) struct ShardRun {
    pub(super) fence: Fence,
    pub(super) phase: Phase,
    pub(super) position: Option<Position>,
    /// Whether a batch of events is being published.
    pub(super) is_publishing: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Phase {
    Stopped,
    /// It waits until it may try to connect.
    Idle,
    Connecting {
        connection: u64,
    },
    Connected {
        connection: u64,
    },
    /// It waits for a permit, or to use one.
    Permit,
    /// It stores its last position.
    HandingOver,
}

/// How far a session was received and published.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Position {
    pub(super) session: usize,
    pub(super) received: u64,
    pub(super) acknowledged: u64,
}

impl Position {
    /// Encodes what a checkpoint has.
    pub(super) fn to_body(self) -> bytes::Bytes {
        format!("{} {}", self.session, self.acknowledged).into()
    }

    pub(super) fn from_body(body: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(body).ok()?;
        let (session, acknowledged) = text.split_once(' ')?;
        let acknowledged = acknowledged.parse().ok()?;
        Some(Self {
            session: session.parse().ok()?,
            received: acknowledged,
            acknowledged,
        })
    }
}

impl Process {
    /// Returns what its clock shows.
    pub(super) fn local(&self, now: Duration) -> Instant {
        let micros = now.as_micros() * u128::from(self.rate) / 1_000_000;
        self.origin + Duration::from_micros(micros as u64)
    }

    /// Returns when its clock shows a time, rounded up.
    pub(super) fn when(&self, local: Instant) -> Duration {
        let local = local.saturating_duration_since(self.origin);
        let micros = (local.as_micros() + 1) * 1_000_000 / u128::from(self.rate) + 1;
        Duration::from_micros(micros as u64)
    }

    pub(super) fn is_running(&self) -> bool {
        self.life == Life::Running
    }

    /// Returns whether it could serve any shard.
    pub(super) fn is_healthy(&self, now: Duration) -> bool {
        let reaches_engine = self.peer.as_ref().is_some_and(|peer| !peer.is_partitioned);
        let is_old = self.started + Duration::from_secs(6) < now;
        self.is_running() && reaches_engine && is_old && !self.is_draining
    }
}
