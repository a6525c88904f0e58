//! Heartbeats and the verdict on a silent connection
//! ([P4](gloaming_protocol::rules#p4)–[P7](gloaming_protocol::rules#p7)).

use super::round_trips::RoundTrips;
use crate::{random::Random, reader::Reader};
use gloaming_protocol::limits::MAX_UNREAD_WAIT;
use std::time::{Duration, Instant};

/// With an interval of this length or less, an ACK that takes three times as long is no longer awaited.
const SHORTEST_ACK_WAIT: Duration = Duration::from_secs(10);

/// What to do when a heartbeat is due.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum DueHeartbeat {
    /// Send it.
    Send,
    /// The last one was never acknowledged: the connection is dead ([P7](gloaming_protocol::rules#p7)).
    Zombie,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Acknowledgement {
    /// No ACK is awaited.
    Current,
    /// An ACK is awaited. A heartbeat that falls due at `verdict` or later finds a zombie.
    Awaited { verdict: Instant },
}

/// The heartbeat of one connection, from HELLO to its end.
#[derive(Debug)]
pub(super) struct Heartbeat {
    interval: Duration,
    due: Instant,
    acknowledgement: Acknowledgement,
    /// Since when an ACK is awaited. Backlogs that are read in between do not change it.
    awaited_since: Option<Instant>,
    /// Whether a heartbeat fell due while there could be no verdict.
    suspended: Suspended,
    round_trips: RoundTrips,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Suspended {
    No,
    Yes,
}

impl Heartbeat {
    /// Starts at HELLO. The first heartbeat is due after a random part of the interval
    /// ([P4](gloaming_protocol::rules#p4)), counted from when the connection was `opened`, since HELLO may
    /// have been read long after it was sent.
    pub(super) fn new(
        now: Instant,
        opened: Instant,
        interval: Duration,
        random: &mut Random,
    ) -> Self {
        Self {
            interval,
            due: now.max(opened + random.below(interval)),
            acknowledgement: Acknowledgement::Current,
            awaited_since: None,
            suspended: Suspended::No,
            round_trips: RoundTrips::default(),
        }
    }

    pub(super) const fn due(&self) -> Instant {
        self.due
    }

    /// A scheduled heartbeat is due.
    pub(super) fn on_due(&mut self, now: Instant, reader: Reader) -> DueHeartbeat {
        let late = now.duration_since(self.due) > self.tolerance();
        let is_overdue = self
            .awaited_since
            .is_some_and(|since| since + MAX_UNREAD_WAIT <= now);
        if is_overdue && !late {
            return DueHeartbeat::Zombie;
        }
        if let Acknowledgement::Awaited { verdict } = self.acknowledgement
            && now >= verdict
        {
            if reader == Reader::CaughtUp && !late {
                return DueHeartbeat::Zombie;
            }
            self.suspended = Suspended::Yes;
        }
        if reader == Reader::CaughtUp
            && !late
            && let Some(before) = now.checked_sub(self.interval.max(SHORTEST_ACK_WAIT) * 3)
        {
            self.round_trips.forget_before(before);
        }
        // Counted from now if the timer is late: a burst of heartbeats has no use.
        self.due = if late { now } else { self.due } + self.interval;
        self.acknowledgement = Acknowledgement::Awaited { verdict: self.due };
        self.awaited_since.get_or_insert(now);
        DueHeartbeat::Send
    }

    /// The backlog has been read. An ACK that is still missing gets a whole interval.
    pub(super) fn read_resumed(&mut self, now: Instant) {
        if self.suspended == Suspended::Yes {
            self.suspended = Suspended::No;
            if let Acknowledgement::Awaited { verdict } = &mut self.acknowledgement {
                *verdict = now + self.interval;
            }
        }
    }

    /// A heartbeat is sent. Its round trip begins.
    pub(super) fn sent(&mut self, now: Instant) {
        self.round_trips.sent(now);
    }

    /// A scheduled heartbeat is sent. The ACK of one that was sent late gets a whole interval.
    pub(super) fn sent_scheduled(&mut self, now: Instant) {
        self.sent(now);
        let tolerance = self.tolerance();
        if let Acknowledgement::Awaited { verdict } = &mut self.acknowledgement
            && now + self.interval > *verdict + tolerance
        {
            *verdict = now + self.interval;
        }
    }

    /// An ACK arrived. Returns the round trip if one was awaited.
    pub(super) fn acknowledge(&mut self, now: Instant) -> Option<Duration> {
        self.acknowledgement = Acknowledgement::Current;
        self.awaited_since = None;
        self.round_trips.acknowledged(now)
    }

    /// How late the timer may be for a missing ACK to count against the server.
    fn tolerance(&self) -> Duration {
        self.interval / 4
    }
}

#[cfg(test)]
mod tests {
    use super::{DueHeartbeat, Heartbeat, MAX_UNREAD_WAIT};
    use crate::test_instant;
    use crate::{random::Random, reader::Reader};
    use std::time::{Duration, Instant};

    const INTERVAL: Duration = Duration::from_secs(40);

    fn heartbeat() -> (Heartbeat, Instant) {
        let now = test_instant();
        (Heartbeat::new(now, now, INTERVAL, &mut Random::new(1)), now)
    }

    #[test]
    fn first_heartbeat_is_due_at_a_random_part_of_the_interval() {
        let now = test_instant();
        let waits: Vec<_> = (0..500)
            .map(|seed| Heartbeat::new(now, now, INTERVAL, &mut Random::new(seed)).due() - now)
            .collect();
        assert!(waits.iter().all(|wait| *wait < INTERVAL));
        assert!(waits.iter().any(|wait| *wait < INTERVAL / 10));
        assert!(waits.iter().any(|wait| *wait > INTERVAL * 9 / 10));
    }

    #[test]
    fn heartbeats_keep_the_interval_despite_timer_slack() {
        let (mut heartbeat, _) = heartbeat();
        let first = heartbeat.due();
        for n in 0..10 {
            let slack = Duration::from_millis(n * 7);
            assert_eq!(
                heartbeat.on_due(heartbeat.due() + slack, Reader::CaughtUp),
                DueHeartbeat::Send
            );
            heartbeat.acknowledge(heartbeat.due() - INTERVAL / 2);
        }
        assert_eq!(heartbeat.due(), first + INTERVAL * 10);
    }

    #[test]
    fn missing_ack_is_a_zombie_at_the_next_heartbeat() {
        let (mut heartbeat, _) = heartbeat();
        assert_eq!(
            heartbeat.on_due(heartbeat.due(), Reader::CaughtUp),
            DueHeartbeat::Send
        );
        assert_eq!(
            heartbeat.on_due(heartbeat.due(), Reader::CaughtUp),
            DueHeartbeat::Zombie
        );
    }

    #[test]
    fn heartbeats_go_on_without_a_verdict_during_a_backlog() {
        let (mut heartbeat, _) = heartbeat();
        let backlogged = Reader::Backlogged {
            since: heartbeat.due(),
        };
        for _ in 0..10 {
            assert_eq!(
                heartbeat.on_due(heartbeat.due(), backlogged),
                DueHeartbeat::Send
            );
        }
        let caught_up = heartbeat.due() - Duration::from_millis(1);
        heartbeat.read_resumed(caught_up);
        assert_eq!(
            heartbeat.on_due(heartbeat.due(), Reader::CaughtUp),
            DueHeartbeat::Send,
            "a whole interval must pass after the backlog was read"
        );
        assert_eq!(
            heartbeat.on_due(heartbeat.due(), Reader::CaughtUp),
            DueHeartbeat::Zombie
        );
    }

    #[test]
    fn backlog_does_not_suspend_the_verdict_for_ever() {
        let (mut heartbeat, _) = heartbeat();
        let backlogged = Reader::Backlogged {
            since: heartbeat.due(),
        };
        let first = heartbeat.due();
        while heartbeat.on_due(heartbeat.due(), backlogged) == DueHeartbeat::Send {
            // Read for a moment, and never an ACK.
            heartbeat.read_resumed(heartbeat.due() - INTERVAL / 2);
        }
        assert_eq!(heartbeat.due() - first, MAX_UNREAD_WAIT);
    }

    #[test]
    fn short_backlogs_do_not_postpone_the_verdict() {
        let (mut heartbeat, _) = heartbeat();
        assert_eq!(
            heartbeat.on_due(heartbeat.due(), Reader::CaughtUp),
            DueHeartbeat::Send
        );
        let sent = heartbeat.due() - INTERVAL;
        for second in 1..40 {
            heartbeat.read_resumed(sent + Duration::from_secs(second));
        }
        assert_eq!(
            heartbeat.on_due(heartbeat.due(), Reader::CaughtUp),
            DueHeartbeat::Zombie
        );
    }

    /// The server leaves out the ACKs of five requested heartbeats. Returns the round trip of the heartbeat that is due
    /// four intervals later.
    fn round_trip_after_lost_acks(reader: Reader, late: Duration) -> Duration {
        let second = Duration::from_secs(1);
        let (mut heartbeat, _) = heartbeat();
        for extra in [5, 0, 0, 0] {
            let due = heartbeat.due();
            assert_eq!(heartbeat.on_due(due, Reader::CaughtUp), DueHeartbeat::Send);
            for _ in 0..=extra {
                heartbeat.sent(due);
            }
            heartbeat.acknowledge(due + second);
        }
        let now = heartbeat.due() + late;
        assert_eq!(heartbeat.on_due(now, reader), DueHeartbeat::Send);
        heartbeat.acknowledge(now).expect("it is known")
    }

    #[test]
    fn heartbeats_without_an_ack_are_forgotten_unless_acks_may_lie_unread() {
        let caught_up = round_trip_after_lost_acks(Reader::CaughtUp, Duration::ZERO);
        assert_eq!(caught_up, 3 * INTERVAL, "that of the second interval");
        let (heartbeat, _) = heartbeat();
        let backlogged = Reader::Backlogged {
            since: heartbeat.due(),
        };
        let unread = round_trip_after_lost_acks(backlogged, Duration::ZERO);
        assert_eq!(unread, 4 * INTERVAL, "that of the first interval");
        let late = INTERVAL / 2;
        let after_pause = round_trip_after_lost_acks(Reader::CaughtUp, late);
        assert_eq!(after_pause, 4 * INTERVAL + late);
    }

    #[test]
    fn late_timer_sends_one_heartbeat_and_gives_no_verdict() {
        let (mut heartbeat, _) = heartbeat();
        assert_eq!(
            heartbeat.on_due(heartbeat.due(), Reader::CaughtUp),
            DueHeartbeat::Send
        );
        let late = heartbeat.due() + INTERVAL * 7;
        assert_eq!(heartbeat.on_due(late, Reader::CaughtUp), DueHeartbeat::Send);
        assert_eq!(heartbeat.due(), late + INTERVAL);
    }

    #[test]
    fn late_heartbeat_gets_a_whole_interval() {
        let (mut heartbeat, _) = heartbeat();
        assert_eq!(
            heartbeat.on_due(heartbeat.due(), Reader::CaughtUp),
            DueHeartbeat::Send
        );
        let soon = heartbeat.due() - Duration::from_millis(50);
        heartbeat.sent_scheduled(soon);
        assert_eq!(
            heartbeat.on_due(heartbeat.due(), Reader::CaughtUp),
            DueHeartbeat::Send
        );
        heartbeat.sent_scheduled(heartbeat.due() - INTERVAL);
        assert_eq!(
            heartbeat.on_due(heartbeat.due(), Reader::CaughtUp),
            DueHeartbeat::Zombie
        );
    }

    #[test]
    fn timer_within_the_tolerance_gives_a_verdict() {
        let (mut heartbeat, _) = heartbeat();
        heartbeat.on_due(heartbeat.due(), Reader::CaughtUp);
        assert_eq!(
            heartbeat.on_due(heartbeat.due() + INTERVAL / 4, Reader::CaughtUp),
            DueHeartbeat::Zombie
        );
    }

    #[test]
    fn heartbeat_sent_within_the_tolerance_keeps_the_verdict() {
        for held_back in [INTERVAL / 8, INTERVAL / 4] {
            let (mut heartbeat, _) = heartbeat();
            let due = heartbeat.due();
            heartbeat.on_due(due, Reader::CaughtUp);
            heartbeat.sent_scheduled(due + held_back);
            assert_eq!(
                heartbeat.on_due(heartbeat.due(), Reader::CaughtUp),
                DueHeartbeat::Zombie
            );
        }
    }

    #[test]
    fn latency_is_measured_from_the_heartbeat() {
        let (mut heartbeat, _) = heartbeat();
        let due = heartbeat.due();
        heartbeat.on_due(due, Reader::CaughtUp);
        heartbeat.sent(due);
        let rtt = Duration::from_millis(80);
        assert_eq!(heartbeat.acknowledge(due + rtt), Some(rtt));
        assert_eq!(heartbeat.acknowledge(due + rtt), None);
    }
}
