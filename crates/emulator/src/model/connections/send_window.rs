//! The limit on what a client may send ([P22](gloaming_protocol::rules#p22)).

use std::{collections::VecDeque, time::Instant};

use gloaming_protocol::limits::{SEND_WINDOW, SENDS_PER_WINDOW};

/// The times of the last payloads. The limit applies to every window of 60 s, not only to fixed ones.
#[derive(Debug, Default)]
pub(crate) struct SendWindow {
    sent: VecDeque<Instant>,
}

/// Whether a payload was within the limit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SendVerdict {
    Allowed,
    OverLimit,
}

impl SendWindow {
    pub(crate) fn record(&mut self, now: Instant) -> SendVerdict {
        while self
            .sent
            .front()
            .is_some_and(|at| now.duration_since(*at) >= SEND_WINDOW)
        {
            self.sent.pop_front();
        }
        if self.sent.len() >= SENDS_PER_WINDOW {
            return SendVerdict::OverLimit;
        }
        self.sent.push_back(now);
        SendVerdict::Allowed
    }
}
