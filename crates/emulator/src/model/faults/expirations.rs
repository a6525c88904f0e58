//! When faults of limited duration end.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use gloaming_protocol::limits::MAX_WAIT;

/// When faults of limited duration end. A fault that is started several times ends with the last of them.
#[derive(Debug)]
pub(crate) struct Expirations<K>(BTreeMap<K, Expiration>);

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Expiration {
    At(Instant),
    Never,
}

impl<K> Default for Expirations<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord> Expirations<K> {
    /// A fault starts, for a duration or without limit. Returns when to call [`expire`](Self::expire).
    pub(crate) fn start(
        &mut self,
        now: Instant,
        fault: K,
        duration: Option<Duration>,
    ) -> Option<Instant> {
        let expiration = duration.map_or(Expiration::Never, |duration| {
            Expiration::At(now + duration.min(MAX_WAIT))
        });
        let known = self.0.entry(fault).or_insert(expiration);
        *known = expiration.max(*known);
        match expiration {
            Expiration::At(at) => Some(at),
            Expiration::Never => None,
        }
    }

    /// A fault was ended early.
    pub(crate) fn cancel(&mut self, fault: &K) {
        self.0.remove(fault);
    }

    /// Whether a fault ends at this time: it does not if it was ended early, or started again for longer.
    pub(crate) fn expire(&mut self, fault: K, at: Instant) -> Expiry {
        if self.0.get(&fault) != Some(&Expiration::At(at)) {
            return Expiry::Outdated;
        }
        self.0.remove(&fault);
        Expiry::Ended
    }
}

/// Whether a fault has ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Expiry {
    Ended,
    /// The deadline is no longer the fault's.
    Outdated,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_started_twice_ends_with_the_later_one() {
        let now = Instant::now();
        let second = Duration::from_secs(1);
        let mut expirations = Expirations::default();
        let first = expirations.start(now, "acks", Some(5 * second)).unwrap();
        let later = expirations.start(now, "acks", Some(60 * second)).unwrap();
        assert_eq!(expirations.expire("acks", first), Expiry::Outdated);
        assert_eq!(expirations.expire("acks", later), Expiry::Ended);

        let first = expirations.start(now, "acks", Some(second)).unwrap();
        assert_eq!(expirations.start(now, "acks", None), None);
        assert_eq!(expirations.expire("acks", first), Expiry::Outdated);
    }

    #[test]
    fn canceled_deadline_does_not_end_a_fault_started_afterwards() {
        let now = Instant::now();
        let minute = Some(Duration::from_secs(60));
        let mut expirations = Expirations::default();
        let first = expirations.start(now, "acks", minute).unwrap();
        expirations.cancel(&"acks");
        let later = now + Duration::from_secs(30);
        let second = expirations.start(later, "acks", minute).unwrap();
        assert_eq!(expirations.expire("acks", first), Expiry::Outdated);
        assert_eq!(expirations.expire("acks", second), Expiry::Ended);
    }
}
