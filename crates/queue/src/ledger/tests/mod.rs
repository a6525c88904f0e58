//! What a ledger counts.

mod limits;
mod replaced;
mod stored;
mod wrong_clocks;

use super::{LedgerEntry, LedgerState, LedgerVerdict, LimitSnapshot, RecordedIdentify};
use crate::{
    clock_reading::{BootId, BootTime, ClockReading},
    limits::{IDENTIFY_SPACING, PERMIT_LEASE},
    position::WaitReason,
    settings::QueueSettings,
    timestamp::Timestamp,
};
use std::{num::NonZeroU16, time::Duration};

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
const START: Timestamp = Timestamp::from_millis(1_750_000_000_000);

/// 40 identifies a day, for four shards at a time.
const SETTINGS: QueueSettings = QueueSettings {
    max_concurrency: NonZeroU16::new(4).unwrap(),
    remaining: 40,
    total: 40,
    reset_after: DAY,
    reserve: 0,
};

#[derive(Clone, Copy, Debug)]
enum Step {
    Right,
    Back(Duration),
    Forward(Duration),
    Epoch,
}

/// A machine whose wall clock may be wrong.
struct Machine {
    elapsed: Duration,
    step: Step,
    boot: Option<(BootId, Duration)>,
}

impl Machine {
    /// A machine whose processes know the time since it booted.
    fn new() -> Self {
        let boot = Some((BootId::new(1), Duration::ZERO));
        Self {
            boot,
            ..Self::without_uptime()
        }
    }

    const fn without_uptime() -> Self {
        Self {
            elapsed: Duration::ZERO,
            step: Step::Right,
            boot: None,
        }
    }

    fn pass(&mut self, by: Duration) {
        self.elapsed += by;
    }

    fn reboot(&mut self) {
        if let Some((id, since)) = &mut self.boot {
            *id = BootId::new(self.elapsed.as_millis() + 1);
            *since = self.elapsed;
        }
    }

    fn now(&self) -> ClockReading {
        let right = START.saturating_add(self.elapsed);
        let wall = match self.step {
            Step::Right => right,
            Step::Back(by) => right.saturating_sub(by),
            Step::Forward(by) => right.saturating_add(by),
            Step::Epoch => Timestamp::from_millis(0).saturating_add(self.elapsed),
        };
        let boot = self.boot.map(|(id, since)| BootTime {
            id,
            uptime: u64::try_from((self.elapsed - since).as_millis()).unwrap(),
        });
        ClockReading { wall, boot }
    }
}

#[derive(Default)]
struct Bot {
    state: LedgerState,
}

impl Bot {
    /// Identifies as often as the ledger allows, at most `most` times, and returns how often that was.
    fn identify(&mut self, machine: &mut Machine, most: u32) -> u32 {
        let mut identified = 0;
        for shard in 0..most {
            machine.pass(IDENTIFY_SPACING);
            let at = machine.now();
            let identify = RecordedIdentify { shard, at: at.wall };
            if self.state.spend(identify, &SETTINGS, &at) == LedgerVerdict::Recorded {
                self.state.apply(&LedgerEntry::Sent { identify, at }, &at);
                identified += 1;
            }
        }
        identified
    }

    fn remaining(&self, machine: &Machine) -> u32 {
        self.state.restrict(SETTINGS, &machine.now()).remaining
    }
}

fn steps() -> [Step; 6] {
    [
        Step::Epoch,
        Step::Back(50 * YEAR),
        Step::Back(25 * HOUR),
        Step::Forward(HOUR),
        Step::Forward(3 * YEAR),
        Step::Right,
    ]
}

fn machines() -> [(&'static str, Machine, bool); 3] {
    [
        ("one boot", Machine::new(), false),
        ("restarted each time", Machine::new(), true),
        ("without an uptime", Machine::without_uptime(), false),
    ]
}

fn snapshot(machine: &Machine, remaining: u32, reset_after: Duration) -> LimitSnapshot {
    let at = machine.now().wall;
    LimitSnapshot {
        at,
        remaining,
        total: 40,
        resets_at: at.saturating_add(reset_after),
    }
}
