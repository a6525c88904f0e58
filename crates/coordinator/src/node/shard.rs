//! What a node does with one shard.

use super::io::CallId;
use crate::{fence::Fence, lease::ShardLease};
use std::time::Instant;

/// ```text
///            ┌────────────────────── Held ──────────────────────────► (none)
///            │                                                          ▲
///  (none) ─► Acquiring ─ Granted ─► Loading ─ loaded ─► Serving ───┐    │
///                                      ▲                │          │    │
///                                      │    lease in    │          │    │ Released
///                              Granted │    doubt       ▼          ▼    │
///                                      └─────────── Reclaiming  Stopping ─► Releasing
///                                                       │
///                                                       └─ Held ─► (none)
/// ```
#[derive(Clone, Debug)]
pub(super) enum ShardState {
    /// The lease is asked for.
    Acquiring { call: CallId },
    /// The lease is held, and the last checkpoint asked for.
    Loading {
        lease: ShardLease,
        link: Link,
        attempt: Attempt,
    },
    /// The driver runs the shard.
    Serving(Serving),
    /// Another node may hold the lease. It is asked for.
    Reclaiming { link: Link, attempt: Attempt },
    /// The driver stops the shard for another node.
    Stopping(Serving),
    /// The lease is given back.
    Releasing { lease: ShardLease, attempt: Attempt },
}

/// A shard that the driver runs.
#[derive(Clone, Debug)]
pub(super) struct Serving {
    pub(super) lease: ShardLease,
    pub(super) since: Instant,
    /// When it resumed although the engine did not answer.
    pub(super) resumed_in_silence: Option<Instant>,
}

/// Whether the driver runs a shard whose lease is or was in doubt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Link {
    Connected { since: Instant },
    Stopped,
}

/// A call that is made until it is answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Attempt {
    Pending(CallId),
    DueAt(Instant),
}

impl Attempt {
    pub(super) fn is_due(self, now: Instant) -> bool {
        matches!(self, Self::DueAt(at) if at <= now)
    }
}

/// What a node knows of a shard beyond the time for which it has it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Remembered {
    /// The highest fence of the shard that is known.
    pub(super) highest: Fence,
    /// The fence under which the driver ran the shard last, so that it has its session.
    pub(super) own: Option<Fence>,
}
