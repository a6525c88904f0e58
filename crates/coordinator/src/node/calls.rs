//! Calls to the engine that are not answered yet.

use super::io::CallId;
use std::{collections::BTreeMap, time::Instant};

/// What a call is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Purpose {
    Join,
    Renew,
    Leave,
    Acquire { shard: u32 },
    Release { shard: u32 },
    Load { shard: u32 },
}

/// A call that is not answered yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    pub(super) purpose: Purpose,
    pub(super) sent: Instant,
    deadline: Instant,
}

#[derive(Debug, Default)]
pub(super) struct Calls {
    pending: BTreeMap<CallId, Call>,
    next: u64,
}

impl Calls {
    pub(super) fn begin(&mut self, purpose: Purpose, sent: Instant, deadline: Instant) -> CallId {
        let id = CallId(self.next);
        self.next += 1;
        let call = Call {
            purpose,
            sent,
            deadline,
        };
        self.pending.insert(id, call);
        id
    }

    /// Ends a call. `None` if it has ended before, so that its answer is not awaited any more.
    pub(super) fn end(&mut self, id: CallId) -> Option<Call> {
        self.pending.remove(&id)
    }

    /// Returns a call whose deadline has passed.
    pub(super) fn overdue(&self, now: Instant) -> Option<CallId> {
        let overdue = self.pending.iter().find(|(_, call)| call.deadline <= now);
        overdue.map(|(id, _)| *id)
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.pending.values().map(|call| call.deadline).min()
    }

    pub(super) fn len(&self) -> usize {
        self.pending.len()
    }
}
