//! The limit on what a client may send (P22).

use std::{collections::VecDeque, time::Instant};

use gloaming_protocol::limits::{SEND_WINDOW, SENDS_PER_WINDOW};

/// The instants of the last payloads: the limit holds for every window, not only for those on a grid.
#[derive(Debug, Default)]
pub(super) struct SendWindow {
    sent: VecDeque<Instant>,
}

/// Whether one more payload was allowed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    Allowed,
    OverLimit,
}

impl SendWindow {
    pub(super) fn record(&mut self, now: Instant) -> Verdict {
        while self
            .sent
            .front()
            .is_some_and(|at| now.duration_since(*at) >= SEND_WINDOW)
        {
            self.sent.pop_front();
        }
        if self.sent.len() >= SENDS_PER_WINDOW {
            return Verdict::OverLimit;
        }
        self.sent.push_back(now);
        Verdict::Allowed
    }
}
