//! The send limit: at most 120 payloads in any 60 seconds ([P22](gloaming_protocol::rules#p22)).

use gloaming_protocol::limits::{SEND_MARGIN, SEND_WINDOW, SENDS_PER_WINDOW};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

const WINDOW: Duration = SEND_WINDOW.saturating_add(SEND_MARGIN);

/// The time for which sends are remembered.
const MEMORY: Duration = Duration::from_secs(600);

/// Whether the send limit is enforced.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum SendLimit {
    /// At most 120 payloads in any 60 s, as Discord requires ([P22](gloaming_protocol::rules#p22)).
    #[default]
    Enforced,
    /// No limit. Only for a proxy that enforces it.
    Off,
}

/// An exact sliding window over the sends of one connection.
#[derive(Debug)]
pub(crate) struct SendWindow {
    limit: SendLimit,
    /// The times of the last sends, oldest first. More than fall into the window, since those that were stuck in the
    /// transport count from a later time.
    sent: VecDeque<Instant>,
    /// The number of scheduled heartbeats in one window.
    heartbeats: usize,
}

impl SendWindow {
    pub(crate) fn new(limit: SendLimit) -> Self {
        Self {
            limit,
            sent: VecDeque::new(),
            heartbeats: heartbeats_within(Duration::from_secs(40)),
        }
    }

    /// Starts the window of a new connection ([P22](gloaming_protocol::rules#p22)).
    pub(crate) fn restart(&mut self) {
        self.sent.clear();
    }

    pub(crate) fn set_heartbeat_interval(&mut self, interval: Duration) {
        self.heartbeats = heartbeats_within(interval);
    }

    /// The most sends in a window that a command may be the last of.
    pub(crate) const fn command_capacity(&self) -> usize {
        SENDS_PER_WINDOW - 2 * self.heartbeats - 1
    }

    /// When the machine's own messages may be sent: now (`None`) or later.
    pub(crate) fn blocked_until(&self, now: Instant) -> Option<Instant> {
        self.blocked(now, SENDS_PER_WINDOW)
    }

    /// When a heartbeat requested by the server may be sent: now (`None`) or later. Scheduled heartbeats keep their
    /// share, however many the server requests.
    pub(crate) fn requested_blocked_until(&self, now: Instant) -> Option<Instant> {
        self.blocked(now, SENDS_PER_WINDOW - self.heartbeats)
    }

    /// When a command may be sent: now (`None`) or later.
    pub(crate) fn command_blocked_until(&self, now: Instant) -> Option<Instant> {
        self.blocked(now, self.command_capacity())
    }

    /// The number of commands that may be sent now.
    pub(crate) fn available_commands(&self, now: Instant) -> usize {
        match self.limit {
            SendLimit::Off => self.command_capacity(),
            SendLimit::Enforced => {
                let used = self.sent.len() - self.expired(now);
                self.command_capacity().saturating_sub(used)
            }
        }
    }

    pub(crate) fn record(&mut self, now: Instant) {
        if self.limit == SendLimit::Off {
            return;
        }
        while self.sent.len() >= SENDS_PER_WINDOW
            || self.sent.front().is_some_and(|sent| *sent + MEMORY <= now)
        {
            self.sent.pop_front();
        }
        self.sent.push_back(now);
    }

    /// The transport wrote nothing from `since` until `now`. Sends before that may have been stuck as well and count from
    /// now, as far back as the stall lasted. Sends older than a window can only be in buffers past our own; of those,
    /// only as many count as leave heartbeats their share.
    pub(crate) fn held_up(&mut self, since: Instant, now: Instant) {
        let lasted = now.saturating_duration_since(since);
        let first_within = |reach| {
            self.sent
                .partition_point(|sent| since.saturating_duration_since(*sent) > reach)
        };
        let recent = first_within(lasted.min(WINDOW));
        let share = self.sent.len().saturating_sub(self.command_capacity());
        let older = first_within(lasted).max(share);
        for sent in self.sent.range_mut(recent.min(older)..) {
            *sent = now;
        }
    }

    fn blocked(&self, now: Instant, capacity: usize) -> Option<Instant> {
        let gone = self.expired(now);
        let excess = (self.sent.len() - gone).checked_sub(capacity)?;
        // Possible once all but `capacity - 1` of them have left the window.
        Some(self.sent[gone + excess] + WINDOW)
    }

    /// The number of remembered sends that have left the window.
    fn expired(&self, now: Instant) -> usize {
        self.sent.partition_point(|sent| *sent + WINDOW <= now)
    }
}

/// The number of scheduled heartbeats in a window, at most a quarter of it. Commands leave room for these, for as many that
/// the server requests ([P6](gloaming_protocol::rules#p6)), and for IDENTIFY or RESUME.
fn heartbeats_within(interval: Duration) -> usize {
    let heartbeats = WINDOW.as_millis() / interval.as_millis().max(1) + 1;
    usize::try_from(heartbeats)
        .unwrap_or(usize::MAX)
        .min(SENDS_PER_WINDOW / 4)
}

#[cfg(test)]
mod tests {
    use super::{SendLimit, SendWindow};
    use crate::test_instant;
    use std::time::Duration;

    #[test]
    fn the_121st_send_waits_until_the_first_has_left_the_window() {
        let start = test_instant();
        let mut window = SendWindow::new(SendLimit::Enforced);
        for i in 0..120 {
            let now = start + Duration::from_millis(i);
            assert_eq!(window.blocked_until(now), None, "send {i}");
            window.record(now);
        }
        let now = start + Duration::from_secs(1);
        assert_eq!(
            window.blocked_until(now),
            Some(start + Duration::from_secs(61))
        );
        assert_eq!(window.blocked_until(start + Duration::from_secs(61)), None);
    }

    #[test]
    fn commands_leave_room_for_heartbeats() {
        let start = test_instant();
        let mut window = SendWindow::new(SendLimit::Enforced);
        window.set_heartbeat_interval(Duration::from_millis(41_250));
        let mut commands = 0;
        while window.command_blocked_until(start).is_none() {
            window.record(start);
            commands += 1;
        }
        assert_eq!(commands, 115);
        assert_eq!(window.available_commands(start), 0);
        assert_eq!(window.blocked_until(start), None);
    }

    #[test]
    fn off_never_blocks_and_remembers_nothing() {
        let start = test_instant();
        let mut window = SendWindow::new(SendLimit::Off);
        for _ in 0..1_000 {
            window.record(start);
        }
        assert_eq!(window.command_blocked_until(start), None);
        assert!(window.sent.is_empty());
    }

    #[test]
    fn what_was_stuck_counts_from_when_it_came_out() {
        let start = test_instant();
        let stalled = start + Duration::from_secs(30);
        let mut window = SendWindow::new(SendLimit::Enforced);
        for _ in 0..60 {
            window.record(start);
        }
        for _ in 0..60 {
            window.record(stalled);
        }
        // A stall of a second does not affect what was sent half a minute before.
        let now = stalled + Duration::from_secs(1);
        window.held_up(stalled, now);
        assert_eq!(window.blocked_until(now), Some(start + super::WINDOW));
        assert_eq!(
            window.blocked(now, 60),
            Some(now + super::WINDOW),
            "the second half"
        );
    }

    #[test]
    fn what_was_stuck_for_long_leaves_room_for_heartbeats_alone() {
        let start = test_instant();
        let mut window = SendWindow::new(SendLimit::Enforced);
        for second in 0..120 {
            window.record(start + Duration::from_secs(2 * second));
        }
        let stalled = start + Duration::from_secs(240);
        let now = stalled + Duration::from_secs(600);
        window.held_up(stalled, now);
        assert_eq!(window.blocked_until(now), None);
        assert_eq!(window.command_blocked_until(now), Some(now + super::WINDOW));
    }

    #[test]
    fn what_was_stuck_is_what_was_sent_no_longer_before_than_the_stall_lasted() {
        let start = test_instant();
        let stalled = start + Duration::from_secs(30);
        let now = stalled + Duration::from_secs(30);
        let mut window = SendWindow::new(SendLimit::Enforced);
        window.record(start);
        window.held_up(stalled, now);
        assert_eq!(window.blocked(now, 1), Some(now + super::WINDOW));
    }

    #[test]
    fn what_has_left_the_window_makes_room() {
        let start = test_instant();
        let mut window = SendWindow::new(SendLimit::Enforced);
        let capacity = window.command_capacity();
        for _ in 0..60 {
            window.record(start);
        }
        let moment = Duration::from_millis(1);
        let left = start + super::WINDOW;
        assert_eq!(window.available_commands(left - moment), capacity - 60);
        assert_eq!(window.available_commands(left), capacity);
    }

    #[test]
    fn it_remembers_no_more_and_no_longer_than_it_needs() {
        let start = test_instant();
        let mut window = SendWindow::new(SendLimit::Enforced);
        for _ in 0..500 {
            window.record(start);
        }
        assert_eq!(window.sent.len(), 120);
        window.record(start + super::MEMORY);
        assert_eq!(window.sent.len(), 1);
    }

    #[test]
    fn the_shorter_the_interval_the_larger_the_share_of_heartbeats_up_to_half() {
        let mut window = SendWindow::new(SendLimit::Enforced);
        for (seconds, capacity) in [(60, 115), (41, 115), (10, 105), (1, 59)] {
            window.set_heartbeat_interval(Duration::from_secs(seconds));
            assert_eq!(window.command_capacity(), capacity, "{seconds} s");
        }
        window.set_heartbeat_interval(Duration::ZERO);
        assert_eq!(window.command_capacity(), 59);
    }

    #[test]
    fn a_new_connection_starts_empty() {
        let start = test_instant();
        let mut window = SendWindow::new(SendLimit::Enforced);
        for _ in 0..120 {
            window.record(start);
        }
        window.restart();
        assert_eq!(window.blocked_until(start), None);
    }
}
