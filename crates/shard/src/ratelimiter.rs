//! The send limit, as far as commands are concerned.

use crate::{ShardState, machine::Machine};
use std::time::{Duration, Instant};

/// How many commands may be sent at the moment it was asked for (P22).
///
/// Heartbeats have a share of the 120 sends per 60 s that commands can't use (P9).
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

    /// Commands that may be sent at once; none while the socket takes nothing.
    #[must_use]
    pub fn available(&self) -> u8 {
        u8::try_from(self.available).unwrap_or(u8::MAX)
    }

    /// Commands that may be sent in 60 s.
    #[must_use]
    pub fn max(&self) -> u8 {
        u8::try_from(self.max).unwrap_or(u8::MAX)
    }

    /// Time until the limit lets a command be sent; zero if it lets one be sent at once. Nobody knows
    /// when a socket that takes nothing takes more.
    #[must_use]
    pub const fn next_available(&self) -> Duration {
        self.next_available
    }
}
