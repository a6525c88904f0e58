//! The machine on which the processes run, and its clocks.

use crate::bug::Bug;
use gloaming_queue::{BootId, BootTime, ClockReading, Timestamp};
use gloaming_test_support::Random;
use std::time::Duration;

/// The right time at the start of a run.
const EPOCH: u64 = 1_750_000_000_000;

const HOUR: i64 = 60 * 60 * 1000;

/// By how many milliseconds the wall clock is ahead when it is wrong.
const WRONG: [i64; 6] = [
    -(EPOCH as i64),
    -50 * 365 * 24 * HOUR,
    -25 * HOUR,
    -HOUR / 60,
    HOUR,
    3 * 365 * 24 * HOUR,
];

pub(super) struct SharedMachine {
    kind: Kind,
    ahead: i64,
    boots: u64,
    booted: Duration,
    bug: Option<Bug>,
}

/// What may happen to the machine.
#[derive(Clone, Copy)]
enum Kind {
    /// It runs all the time, and its clock is set again and again.
    OneBoot,
    /// It is restarted, and its clock is wrong once, until it is set right.
    Restarted { settings_left: u32 },
}

impl SharedMachine {
    pub(super) fn draw(random: &mut Random, bug: Option<Bug>) -> Self {
        let kind = match random.once_in(2) {
            true => Kind::OneBoot,
            false => Kind::Restarted { settings_left: 2 },
        };
        Self {
            kind,
            ahead: 0,
            boots: 0,
            booted: Duration::ZERO,
            bug,
        }
    }

    pub(super) fn set_clock(&mut self, random: &mut Random, elapsed: Duration) {
        match &mut self.kind {
            Kind::OneBoot if random.once_in(3) => self.ahead = 0,
            Kind::OneBoot => self.ahead = random.pick(&WRONG),
            Kind::Restarted { settings_left: 2 } => {
                // Restarts before that would leave no day to forget.
                if elapsed > Duration::from_secs(3600) {
                    self.kind = Kind::Restarted { settings_left: 1 };
                    self.ahead = random.pick(&WRONG);
                }
            }
            Kind::Restarted { settings_left } => {
                *settings_left = 0;
                self.ahead = 0;
            }
        }
    }

    /// Restarts the machine, unless it runs all the time.
    pub(super) const fn reboot(&mut self, elapsed: Duration) -> bool {
        match self.kind {
            Kind::OneBoot => false,
            Kind::Restarted { .. } => {
                self.boots += 1;
                self.booted = elapsed;
                true
            }
        }
    }

    /// Reads the clocks.
    pub(super) fn read(&self, elapsed: Duration) -> ClockReading {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let wall = (EPOCH + millis(elapsed)).saturating_add_signed(self.ahead);
        // Uptimes have a resolution of 10 ms.
        let uptime = match self.bug {
            Some(Bug::WallClockTrusted) => wall,
            _ => millis(elapsed - self.booted) / 10 * 10,
        };
        let id = match self.bug {
            Some(Bug::WallClockTrusted) => BootId::new(0),
            _ => BootId::new(self.boots.into()),
        };
        ClockReading {
            wall: Timestamp::from_millis(wall),
            boot: Some(BootTime { id, uptime }),
        }
    }
}
