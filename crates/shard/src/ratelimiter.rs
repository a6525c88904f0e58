//! The state of the send limit.

use crate::{ShardState, machine::Machine};
use std::time::{Duration, Instant};

/// The number of commands that may be sent ([P22](gloaming_protocol::rules#p22)), as of the call that
/// returned this value.
///
/// A share of the 120 sends per 60 s is reserved for heartbeats ([P9](gloaming_protocol::rules#p9)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CommandRatelimiter {
    available: usize,
    max: usize,
    next_available: Duration,
}

impl CommandRatelimiter {
    pub(crate) fn of(machine: &Machine, now: Instant) -> Option<Self> {
        (machine.state() == ShardState::Active).then(|| Self {
            available: machine.available_commands(now),
            max: machine.command_capacity(),
            next_available: machine
                .next_command_at(now)
                .map_or(Duration::ZERO, |at| at.saturating_duration_since(now)),
        })
    }

    /// Returns the number of commands that may be sent now; zero while the socket accepts no data.
    #[must_use]
    pub fn available(&self) -> u8 {
        u8::try_from(self.available).unwrap_or(u8::MAX)
    }

    /// Returns the number of commands that may be sent in 60 s.
    #[must_use]
    pub fn max(&self) -> u8 {
        u8::try_from(self.max).unwrap_or(u8::MAX)
    }

    /// Returns the time until the limit allows a command; zero if it allows one now.
    ///
    /// The time does not account for a socket that accepts no data.
    #[must_use]
    pub const fn next_available(&self) -> Duration {
        self.next_available
    }
}
