//! What a connection of a shard asks before it sends.

use gloaming_coordinator::{IdentifyPermit, PERMIT_LIFE};
use std::{
    mem,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Whether a shard may send anything, as long as it runs on this node. A shard that starts anew has another gate.
#[derive(Debug)]
pub(crate) struct Gate {
    shard: u32,
    /// The origin of the times in here.
    made_at: Instant,
    is_revoked: AtomicBool,
    /// In microseconds since `made_at`. Until then, nothing has to be asked.
    cleared_until: AtomicU64,
    identify: Mutex<IdentifyRight>,
}

/// Whether a shard has a permit for an IDENTIFY that it has not sent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum IdentifyRight {
    #[default]
    None,
    /// The permit was asked for at this time.
    Asked(Instant),
}

/// Whether a shard may send something now, as far as its gate knows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Passage {
    Open,
    /// The node has to be asked.
    Unknown,
    /// Never again.
    Revoked,
}

impl Gate {
    pub(crate) const fn new(shard: u32, now: Instant) -> Self {
        Self {
            shard,
            made_at: now,
            is_revoked: AtomicBool::new(false),
            cleared_until: AtomicU64::new(0),
            identify: Mutex::new(IdentifyRight::None),
        }
    }

    pub(crate) const fn shard(&self) -> u32 {
        self.shard
    }

    pub(crate) fn passage(&self, now: Instant) -> Passage {
        if self.is_revoked.load(Ordering::Acquire) {
            return Passage::Revoked;
        }
        let now = self.micros(now);
        if now < self.cleared_until.load(Ordering::Acquire) {
            Passage::Open
        } else {
            Passage::Unknown
        }
    }

    /// Lets the shard send until this time.
    pub(crate) fn clear_until(&self, until: Instant) {
        self.cleared_until
            .store(self.micros(until), Ordering::Release);
    }

    /// Lets the shard send nothing more.
    pub(crate) fn revoke(&self) {
        self.is_revoked.store(true, Ordering::Release);
    }

    /// Notes whether the shard has a permit.
    pub(crate) fn set_identify(&self, right: IdentifyRight) {
        *self.identify() = right;
    }

    /// Returns whether the shard has a permit that it may use now, and takes it.
    pub(crate) fn take_identify(&self, now: Instant) -> bool {
        match mem::take(&mut *self.identify()) {
            IdentifyRight::None => false,
            IdentifyRight::Asked(at) => now < at + PERMIT_LIFE,
        }
    }

    fn identify(&self) -> MutexGuard<'_, IdentifyRight> {
        self.identify.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn micros(&self, time: Instant) -> u64 {
        let since = time.saturating_duration_since(self.made_at);
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
    }
}

/// Returns how long ago an identify was sent, for a report that arrives a moment later.
pub(crate) fn ago(now: Instant, sent: Instant) -> Duration {
    now.saturating_duration_since(sent)
}

/// An identify of which the fleet's budget has to know.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PermitEnd {
    /// IDENTIFY was sent.
    Sent(IdentifyPermit, Instant),
    /// It was not.
    Unused(IdentifyPermit),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::now;

    #[test]
    fn passage_is_open_until_its_time_unless_it_is_revoked() {
        let start = now();
        let gate = Gate::new(3, start);
        assert_eq!(gate.passage(start), Passage::Unknown);
        gate.clear_until(start + Duration::from_secs(2));
        assert_eq!(
            gate.passage(start + Duration::from_millis(1999)),
            Passage::Open
        );
        assert_eq!(
            gate.passage(start + Duration::from_secs(2)),
            Passage::Unknown
        );
        gate.revoke();
        gate.clear_until(start + Duration::from_secs(9));
        assert_eq!(gate.passage(start), Passage::Revoked);
    }

    #[test]
    fn permit_ends_after_its_life() {
        let start = now();
        let gate = Gate::new(3, start);
        assert!(!gate.take_identify(start));
        gate.set_identify(IdentifyRight::Asked(start));
        assert!(gate.take_identify(start));
        assert!(!gate.take_identify(start), "it is for one IDENTIFY");
        gate.set_identify(IdentifyRight::Asked(start));
        assert!(!gate.take_identify(start + PERMIT_LIFE));
    }
}
