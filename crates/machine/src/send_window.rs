//! The send limit: at most 120 payloads in any 60 seconds (P22).

use gloaming_protocol::limits::{SEND_MARGIN, SEND_WINDOW, SENDS_PER_WINDOW};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

const WINDOW: Duration = SEND_WINDOW.saturating_add(SEND_MARGIN);

/// How long sends are remembered.
const MEMORY: Duration = Duration::from_secs(600);

/// Whether the send limit is enforced.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum SendLimit {
    /// At most 120 payloads in any 60 s, as Discord demands (P22).
    #[default]
    Enforced,
    /// No limit: only behind a proxy that enforces it.
    Off,
}

/// Exact sliding window over one connection's sends.
#[derive(Debug)]
pub(crate) struct SendWindow {
    limit: SendLimit,
    /// When the last sends were made, oldest first; more of them than fall into the window, as they
    /// may come out of a stall later.
    sent: VecDeque<Instant>,
    /// Scheduled heartbeats that fall into one window.
    beats: usize,
}

impl SendWindow {
    pub(crate) fn new(limit: SendLimit) -> Self {
        Self {
            limit,
            sent: VecDeque::new(),
            beats: beats_within(Duration::from_secs(40)),
        }
    }

    /// A new connection has a window of its own (P22).
    pub(crate) fn restart(&mut self) {
        self.sent.clear();
    }

    pub(crate) fn set_heartbeat_interval(&mut self, interval: Duration) {
        self.beats = beats_within(interval);
    }

    /// Most sends a command may share a window with.
    pub(crate) const fn command_capacity(&self) -> usize {
        SENDS_PER_WINDOW - 2 * self.beats - 1
    }

    /// When the connection itself may send: now (`None`) or later.
    pub(crate) fn blocked_until(&self, now: Instant) -> Option<Instant> {
        self.blocked(now, SENDS_PER_WINDOW)
    }

    /// When a heartbeat that the server asked for may be sent: now (`None`) or later. However many it
    /// asks for, the scheduled ones keep their share.
    pub(crate) fn requested_blocked_until(&self, now: Instant) -> Option<Instant> {
        self.blocked(now, SENDS_PER_WINDOW - self.beats)
    }

    /// When a command may be sent: now (`None`) or later.
    pub(crate) fn command_blocked_until(&self, now: Instant) -> Option<Instant> {
        self.blocked(now, self.command_capacity())
    }

    /// How many commands may be sent right now.
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

    /// The transport took nothing from `since` until `now`. What was sent before may have been stuck
    /// with it and come out now: as far back as the stall lasted. Of what is older than a window, and
    /// can lie in buffers beyond our own only, no more counts than leaves heartbeats their share.
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
        // Free once all but `capacity - 1` of them have left the window.
        Some(self.sent[gone + excess] + WINDOW)
    }

    /// How many of the remembered sends have left the window.
    fn expired(&self, now: Instant) -> usize {
        self.sent.partition_point(|sent| *sent + WINDOW <= now)
    }
}

/// Commands leave room for these, for as many that the server asks for (P6), and for IDENTIFY or RESUME;
/// at most half of the window, since an interval this short has other troubles.
fn beats_within(interval: Duration) -> usize {
    let beats = WINDOW.as_millis() / interval.as_millis().max(1) + 1;
    usize::try_from(beats)
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
        // A stall of a second says nothing of what was sent half a minute before.
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
