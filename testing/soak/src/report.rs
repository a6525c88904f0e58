use crate::{
    control::{EmulatorCounters, Violation},
    ledger::Totals,
    level::{Level, Tolerance},
    resources::ResourceUsage,
    shard_counters::ShardCounters,
};

/// Allocators keep a part of the memory that was used before.
const MEMORY_TOLERANCE: Tolerance = Tolerance {
    absolute: 8 * 1024,
    percent: 15,
};

/// The result of a soak test.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SoakReport {
    /// The delivered events, compared with those that were sent.
    pub events: Totals,
    /// What the shards reported.
    pub shards: ShardCounters,
    /// Memory, file descriptors and tasks, before and after the faults.
    pub resources: ResourceLevels,
    /// The peak memory of this process, in KiB.
    pub peak_memory: Option<u64>,
    /// The peak memory of the emulator's process, in KiB.
    pub emulator_peak_memory: Option<u64>,
    /// Actions that the emulator performed.
    pub emulator_actions: u64,
    /// Faults that were injected, in the emulator and in the client.
    pub faults: u64,
    /// IDENTIFYs that the emulator received.
    pub identifies: u64,
    /// RESUMEs that the emulator received.
    pub resumes: u64,
    /// RESUMEs that the emulator answered with RESUMED.
    pub sessions_resumed: u64,
    /// Events that the emulator replayed.
    pub replayed: u64,
    /// Connections that the emulator dropped because the client did not read.
    pub slow_clients_dropped: u64,
    /// Violated rules, as often as they were violated.
    pub violations: u64,
    /// Violations that are excused: late heartbeats while the machine stalled for a second or more.
    pub excused: u64,
    /// The reasons why the test failed. Empty if it passed.
    pub problems: Vec<String>,
    pub(crate) violation_list: Vec<Violation>,
}

/// Memory, file descriptors and tasks, before and after the faults.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ResourceLevels {
    /// Resident memory, in KiB.
    pub memory: Level,
    /// Open file descriptors.
    pub descriptors: Level,
    /// Tasks of tokio.
    pub tasks: Level,
}

impl ResourceLevels {
    /// Compares the usage before the faults with that after them.
    #[must_use]
    pub fn compare(before: &[ResourceUsage], after: &[ResourceUsage]) -> Self {
        let level = |resource: fn(&ResourceUsage) -> Option<u64>, tolerance| {
            let values = |of: &[ResourceUsage]| of.iter().map(resource).collect::<Vec<_>>();
            Level::compare(&values(before), &values(after), tolerance)
        };
        Self {
            memory: level(|usage| usage.memory, MEMORY_TOLERANCE),
            descriptors: level(|usage| usage.descriptors, Tolerance::NONE),
            tasks: level(|usage| usage.tasks, Tolerance::NONE),
        }
    }

    /// Returns whether all available resources returned to their level.
    #[must_use]
    pub const fn are_ok(&self) -> bool {
        self.memory.is_ok() && self.descriptors.is_ok() && self.tasks.is_ok()
    }
}

impl SoakReport {
    pub(crate) fn add_emulator_counters(&mut self, counters: EmulatorCounters) {
        self.emulator_actions = counters.faults;
        self.identifies = counters.identifies;
        self.resumes = counters.resumes;
        self.sessions_resumed = counters.sessions_resumed;
        self.replayed = counters.replayed;
        self.slow_clients_dropped = counters.slow_clients_dropped;
        self.violations = counters.violations;
    }

    /// Adds a problem for every counter and level that is not as required.
    pub(crate) fn evaluate(&mut self) {
        let events = &self.events;
        for (count, problem) in [
            (
                events.lost,
                "events were lost although their sessions were resumable",
            ),
            (events.duplicated, "events were delivered twice"),
            (events.out_of_order, "events were delivered out of order"),
            (
                events.never_sent,
                "events were delivered that were never sent",
            ),
            (
                events.unreported,
                "events were lost with their sessions, and the shards did not report it",
            ),
            (
                events.without_session,
                "events were delivered without a session",
            ),
            (self.shards.crashes, "tasks panicked"),
            (
                self.violations.saturating_sub(self.excused),
                "violations of the protocol were detected",
            ),
        ] {
            if count > 0 {
                self.problems.push(format!("{count} {problem}"));
            }
        }
        for (level, resource) in [
            (self.resources.memory, "memory"),
            (self.resources.descriptors, "file descriptors"),
            (self.resources.tasks, "tasks"),
        ] {
            if let Level::Exceeded { before, after, .. } = level {
                self.problems.push(format!(
                    "{resource} did not return to their level: {before} before, {after} after"
                ));
            }
        }
    }

    /// Returns whether the test passed.
    #[must_use]
    pub const fn passed(&self) -> bool {
        self.problems.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(memory: u64, descriptors: u64, tasks: u64) -> ResourceUsage {
        ResourceUsage {
            memory: Some(memory * 1024),
            peak_memory: None,
            descriptors: Some(descriptors),
            tasks: Some(tasks),
        }
    }

    #[test]
    fn leak_of_any_resource_exceeds_its_level() {
        let before = [usage(40, 80, 100); 5];
        let levels = |after| ResourceLevels::compare(&before, &[after; 5]);
        assert!(levels(usage(47, 80, 100)).are_ok());
        assert!(levels(usage(20, 79, 99)).are_ok());
        assert!(!levels(usage(49, 80, 100)).are_ok());
        assert!(!levels(usage(40, 81, 100)).are_ok());
        assert!(!levels(usage(40, 80, 101)).are_ok());
    }

    #[test]
    fn unavailable_resources_are_not_a_problem() {
        let unavailable = [ResourceUsage::default()];
        let levels = ResourceLevels::compare(&unavailable, &unavailable);
        assert_eq!(levels.memory, Level::Unavailable);
        assert!(levels.are_ok());
    }
}
