//! Deadlines as data.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use super::session_key::SessionKey;
use crate::connection::ConnectionId;

/// What a deadline is for. Timers with the same deadline expire in this order.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Timer {
    /// A heartbeat of the client is due ([P4](gloaming_protocol::rules#p4)).
    Heartbeat(ConnectionId),
    /// The heartbeat that op 1 requested is due ([P6](gloaming_protocol::rules#p6)).
    RequestedHeartbeat(ConnectionId),
    /// A session without a connection expires ([P19](gloaming_protocol::rules#p19)).
    SessionExpiry(SessionKey),
    /// The next generated event is due.
    Traffic,
    /// The next event of a recording is due.
    Recording,
    /// The next fault of a scenario is due.
    Scenario,
}

/// At most one deadline per [`Timer`], ordered by time.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    deadlines: BTreeMap<Timer, Instant>,
    order: BTreeSet<(Instant, Timer)>,
}

impl Timers {
    /// Sets or moves a deadline.
    pub(crate) fn set(&mut self, timer: Timer, at: Instant) {
        self.cancel(timer);
        self.deadlines.insert(timer, at);
        self.order.insert((at, timer));
    }

    /// Sets the deadline, or cancels it if there is none.
    pub(crate) fn set_or_cancel(&mut self, timer: Timer, at: Option<Instant>) {
        match at {
            Some(at) => self.set(timer, at),
            None => self.cancel(timer),
        }
    }

    pub(crate) fn cancel(&mut self, timer: Timer) {
        if let Some(at) = self.deadlines.remove(&timer) {
            self.order.remove(&(at, timer));
        }
    }

    pub(crate) fn is_set(&self, timer: Timer) -> bool {
        self.deadlines.contains_key(&timer)
    }

    /// The earliest deadline.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.order.first().map(|(at, _)| *at)
    }

    /// Removes and returns the earliest timer that has expired.
    pub(crate) fn pop_expired(&mut self, now: Instant) -> Option<Timer> {
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
    fn timers_expire_in_order_and_once() {
        let start = Instant::now();
        let heartbeat = Timer::Heartbeat(ConnectionId(1));
        let mut timers = Timers::default();
        timers.set(Timer::Traffic, start + Duration::from_secs(2));
        timers.set(heartbeat, start + Duration::from_secs(3));
        timers.set(heartbeat, start + Duration::from_secs(1));
        assert_eq!(timers.next(), Some(start + Duration::from_secs(1)));
        assert_eq!(timers.pop_expired(start), None);
        let later = start + Duration::from_secs(9);
        assert_eq!(timers.pop_expired(later), Some(heartbeat));
        assert_eq!(timers.pop_expired(later), Some(Timer::Traffic));
        assert_eq!(timers.pop_expired(later), None);
    }
}
