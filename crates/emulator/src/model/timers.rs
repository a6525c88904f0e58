//! Deadlines as data.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use super::{ConnectionId, session::SessionKey};

/// What a deadline is for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Timer {
    /// A heartbeat is due from the client (P4).
    Heartbeat(ConnectionId),
    /// The heartbeat that op 1 asked for is due (P6).
    RequestedHeartbeat(ConnectionId),
    /// A session without a connection is forgotten (P19).
    Expiry(SessionKey),
    /// The next made-up event.
    Traffic,
    /// The next event of a recording.
    Recording,
    /// The next deed of a scenario.
    Director,
}

/// At most one deadline per [`Timer`], the earliest at hand.
#[derive(Debug, Default)]
pub(super) struct Timers {
    deadlines: BTreeMap<Timer, Instant>,
    order: BTreeSet<(Instant, Timer)>,
}

impl Timers {
    pub(super) fn set(&mut self, timer: Timer, at: Instant) {
        self.cancel(timer);
        self.deadlines.insert(timer, at);
        self.order.insert((at, timer));
    }

    pub(super) fn cancel(&mut self, timer: Timer) {
        if let Some(at) = self.deadlines.remove(&timer) {
            self.order.remove(&(at, timer));
        }
    }

    pub(super) fn is_set(&self, timer: Timer) -> bool {
        self.deadlines.contains_key(&timer)
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.order.first().map(|(at, _)| *at)
    }

    /// Takes out the earliest deadline that has passed.
    pub(super) fn pop_expired(&mut self, now: Instant) -> Option<Timer> {
        let (at, timer) = *self.order.first()?;
        if at > now {
            return None;
        }
        self.cancel(timer);
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_earliest_comes_first_and_only_once() {
        let start = Instant::now();
        let mut timers = Timers::default();
        timers.set(Timer::Traffic, start + Duration::from_secs(2));
        timers.set(
            Timer::Heartbeat(ConnectionId(1)),
            start + Duration::from_secs(3),
        );
        timers.set(
            Timer::Heartbeat(ConnectionId(1)),
            start + Duration::from_secs(1),
        );
        assert_eq!(timers.next(), Some(start + Duration::from_secs(1)));
        assert_eq!(timers.pop_expired(start), None);
        let later = start + Duration::from_secs(9);
        assert_eq!(
            timers.pop_expired(later),
            Some(Timer::Heartbeat(ConnectionId(1)))
        );
        assert_eq!(timers.pop_expired(later), Some(Timer::Traffic));
        assert_eq!(timers.pop_expired(later), None);
    }
}
