//! The limit of presence updates: at most five in any 20 seconds ([P27](gloaming_protocol::rules#p27)).

use crate::SendLimit;
use gloaming_protocol::limits::{PRESENCE_UPDATE_PERIOD, PRESENCE_UPDATES, SEND_MARGIN};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

const PERIOD: Duration = PRESENCE_UPDATE_PERIOD.saturating_add(SEND_MARGIN);

/// The times of the last presence updates. Kept over reconnects, since Discord may count per bot.
#[derive(Debug)]
pub(crate) struct PresenceLimit {
    limit: SendLimit,
    /// Oldest first, at most as many as the limit.
    sent: VecDeque<Instant>,
}

impl PresenceLimit {
    pub(crate) const fn new(limit: SendLimit) -> Self {
        Self {
            limit,
            sent: VecDeque::new(),
        }
    }

    /// When the next presence update may be sent: now (`None`) or later.
    pub(crate) fn blocked_until(&self, now: Instant) -> Option<Instant> {
        if self.limit == SendLimit::Off || self.sent.len() < PRESENCE_UPDATES {
            return None;
        }
        let free = *self.sent.front()? + PERIOD;
        (free > now).then_some(free)
    }

    /// The number of presence updates that may be sent now, or `None` without a limit.
    pub(crate) fn available(&self, now: Instant) -> Option<usize> {
        match self.limit {
            SendLimit::Off => None,
            SendLimit::Enforced => {
                let recent = self.sent.iter().filter(|sent| **sent + PERIOD > now);
                Some(PRESENCE_UPDATES.saturating_sub(recent.count()))
            }
        }
    }

    pub(crate) fn record(&mut self, now: Instant) {
        if self.sent.len() == PRESENCE_UPDATES {
            self.sent.pop_front();
        }
        self.sent.push_back(now);
    }

    /// The transport wrote nothing from `since` until `now`: what it was handed in between is sent now.
    pub(crate) fn held_up(&mut self, since: Instant, now: Instant) {
        for sent in self.sent.iter_mut().filter(|sent| **sent >= since) {
            *sent = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PERIOD, PresenceLimit};
    use crate::{SendLimit, test_instant};
    use std::time::Duration;

    #[test]
    fn five_updates_fit_into_twenty_seconds() {
        let start = test_instant();
        let mut limit = PresenceLimit::new(SendLimit::Enforced);
        for second in 0..5 {
            let now = start + Duration::from_secs(second);
            assert_eq!(limit.blocked_until(now), None);
            assert_eq!(limit.available(now), Some(5 - second as usize));
            limit.record(now);
        }
        let now = start + Duration::from_secs(4);
        assert_eq!(limit.available(now), Some(0));
        assert_eq!(limit.blocked_until(now), Some(start + PERIOD));
        let free = start + PERIOD;
        assert_eq!(limit.blocked_until(free), None);
        assert_eq!(limit.available(free), Some(1));
        limit.record(free);
        let next = start + Duration::from_secs(1) + PERIOD;
        assert_eq!(limit.blocked_until(free), Some(next));
    }

    #[test]
    fn updates_that_were_stuck_count_from_when_they_were_written() {
        let start = test_instant();
        let mut limit = PresenceLimit::new(SendLimit::Enforced);
        for second in 0..5 {
            limit.record(start + Duration::from_secs(second));
        }
        let written = start + Duration::from_secs(60);
        limit.held_up(start + Duration::from_secs(1), written);
        assert_eq!(limit.available(written), Some(1));
        limit.record(written);
        assert_eq!(limit.blocked_until(written), Some(written + PERIOD));
    }

    #[test]
    fn there_may_be_no_limit() {
        let now = test_instant();
        let mut limit = PresenceLimit::new(SendLimit::Off);
        for _ in 0..10 {
            limit.record(now);
        }
        assert_eq!(limit.blocked_until(now), None);
        assert_eq!(limit.available(now), None);
    }
}
