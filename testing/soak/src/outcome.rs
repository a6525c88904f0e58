//! What a soak comes to.

use crate::{
    control::{Counters, Violation},
    ledger::Sums,
    level::{Level, Slack},
    meters::Meters,
    readings::Reading,
};

/// Allocators keep some of what they once had.
const MEMORY: Slack = Slack {
    absolute: 8 * 1024,
    percent: 15,
};

/// What a soak comes to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// Events.
    pub events: Sums,
    /// What the shards told.
    pub meters: Meters,
    /// Memory, file descriptors and tasks, before and after.
    pub gauges: Gauges,
    /// The highest memory that was seen, in KiB.
    pub peak: Option<u64>,
    /// The highest memory of the emulator, in KiB.
    pub emulator_peak: Option<u64>,
    /// Faults that the emulator played.
    pub faults: u64,
    /// Troubles that were made, the emulator's and the client's.
    pub troubles: u64,
    /// IDENTIFYs and RESUMEs that the emulator received.
    pub identifies: u64,
    /// RESUMEs that it received.
    pub resumes: u64,
    /// Of those, the ones it answered with RESUMED.
    pub resumed: u64,
    /// Events that it sent again.
    pub replayed: u64,
    /// Connections that it dropped since nobody read.
    pub slow_clients_dropped: u64,
    /// Rules that were broken, as often.
    pub violations: u64,
    /// Of those, heartbeats that were late while the machine stood still for a second or more.
    pub excused: u64,
    /// What is wrong: nothing, if all is well.
    pub wrong: Vec<String>,
    pub(crate) broken: Vec<Violation>,
}

/// Memory, file descriptors and tasks, before and after.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Gauges {
    /// Resident memory, in KiB.
    pub memory: Level,
    /// File descriptors.
    pub descriptors: Level,
    /// Tasks.
    pub tasks: Level,
}

impl Gauges {
    /// What was read before the faults, and what after them.
    #[must_use]
    pub fn of(before: &[Reading], after: &[Reading]) -> Self {
        let level = |gauge: fn(&Reading) -> Option<u64>, slack| {
            let readings = |of: &[Reading]| of.iter().map(gauge).collect::<Vec<_>>();
            Level::of(&readings(before), &readings(after), slack)
        };
        Self {
            memory: level(|reading| reading.memory, MEMORY),
            descriptors: level(|reading| reading.descriptors, Slack::NONE),
            tasks: level(|reading| reading.tasks, Slack::NONE),
        }
    }

    /// Whether all that can be read came back.
    #[must_use]
    pub const fn are_well(&self) -> bool {
        self.memory.is_well() && self.descriptors.is_well() && self.tasks.is_well()
    }
}

impl Outcome {
    pub(crate) fn count(&mut self, counters: Counters) {
        self.faults = counters.faults;
        self.identifies = counters.identifies;
        self.resumes = counters.resumes;
        self.resumed = counters.sessions_resumed;
        self.replayed = counters.replayed;
        self.slow_clients_dropped = counters.slow_clients_dropped;
        self.violations = counters.violations;
    }

    /// Looks for all that must not be, beside what was found on the way.
    pub(crate) fn judge(&mut self) {
        let events = &self.events;
        for (count, what) in [
            (
                events.lost,
                "events were lost though their sessions could be resumed",
            ),
            (events.duplicated, "events were given twice"),
            (events.late, "events were given out of order"),
            (events.invented, "events were given that were never made"),
            (
                events.untold,
                "events were lost with their sessions, and nobody told",
            ),
            (events.strays, "events were given that belong to no session"),
            (self.meters.crashes, "tasks panicked"),
            (
                self.violations.saturating_sub(self.excused),
                "rules were broken",
            ),
        ] {
            if count > 0 {
                self.wrong.push(format!("{count} {what}"));
            }
        }
        for (level, what) in [
            (self.gauges.memory, "memory"),
            (self.gauges.descriptors, "file descriptors"),
            (self.gauges.tasks, "tasks"),
        ] {
            if let Level::Stayed { from, to, .. } = level {
                let wrong =
                    format!("{what} did not return to their level: {from} before, {to} after");
                self.wrong.push(wrong);
            }
        }
    }

    /// Whether all is well.
    #[must_use]
    pub const fn is_well(&self) -> bool {
        self.wrong.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(memory: u64, descriptors: u64, tasks: u64) -> Reading {
        Reading {
            memory: Some(memory * 1024),
            peak: None,
            descriptors: Some(descriptors),
            tasks: Some(tasks),
        }
    }

    #[test]
    fn a_leak_of_any_kind_is_seen() {
        let before = [reading(40, 80, 100); 5];
        let after = |reading| Gauges::of(&before, &[reading; 5]);
        assert!(after(reading(47, 80, 100)).are_well());
        assert!(after(reading(20, 79, 99)).are_well());
        assert!(!after(reading(49, 80, 100)).are_well());
        assert!(!after(reading(40, 81, 100)).are_well());
        assert!(!after(reading(40, 80, 101)).are_well());
    }

    #[test]
    fn where_nothing_can_be_read_nothing_is_claimed() {
        let gauges = Gauges::of(&[Reading::default()], &[Reading::default()]);
        assert_eq!(gauges.memory, Level::Unreadable);
        assert!(gauges.are_well());
    }
}
