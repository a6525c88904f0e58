//! The printed form of snapshots and of the report.

use std::{
    cmp::Reverse,
    fmt::{self, Display, Formatter},
};

use crate::{level::Level, report::SoakReport, resources::ResourceUsage, snapshot::Snapshot};

/// The number of violations that are listed.
const MAX_VIOLATIONS: usize = 10;

impl Snapshot {
    /// Returns the header of the snapshots' columns.
    #[must_use]
    pub const fn header() -> &'static str {
        "  time  phase    conn.          sent   delivered  disconn. viol.   delay     memory   fds  tasks | emulator   fds"
    }
}

/// One line, and another one for the injected faults.
impl Display for Snapshot {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:4} s  {:8} {:>3}/{:<3} {:>9} {:>11} {:>9} {:>6} {:>7.1?} {:>10} {:>5} {:>6} |",
            self.elapsed.as_secs(),
            self.phase,
            self.connected,
            self.shards,
            self.sent,
            self.delivered,
            self.disconnects,
            self.violations,
            self.delay,
            mib(self.usage.memory),
            number(self.usage.descriptors),
            number(self.usage.tasks),
        )?;
        if let Some(ResourceUsage {
            memory,
            descriptors,
            ..
        }) = self.emulator_usage
        {
            write!(f, " {:>8} {:>5}", mib(memory), number(descriptors))?;
        }
        if !self.faults.is_empty() {
            write!(f, "\n        ~ {}", self.faults.join(", "))?;
        }
        Ok(())
    }
}

/// The table and, in its last line, whether the test passed.
impl Display for SoakReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { events, shards, .. } = self;
        let mut row = |name: &str, value: &dyn Display| writeln!(f, "{name:26} {value}");
        row("events sent", &events.sent)?;
        row("  delivered", &events.delivered)?;
        row("  lost", &events.lost)?;
        row("  duplicated", &events.duplicated)?;
        row("  out of order", &events.out_of_order)?;
        row(
            "  lost with sessions",
            &format!(
                "{} ended by the gateway, {} of them not reported; {} before READY arrived",
                events.ended_by_gateway, events.unreported, events.never_ready
            ),
        )?;
        row(
            "  repeats suppressed",
            &format!("{}, of {} replayed", shards.duplicates, self.replayed),
        )?;
        row(
            "sessions",
            &format!("{}; {} gaps reported", events.sessions, shards.gaps),
        )?;
        row(
            "identifies, resumes",
            &format!(
                "{}, {}; {} resumed",
                self.identifies, self.resumes, self.sessions_resumed
            ),
        )?;
        let disconnects: u64 = shards.disconnects.values().sum();
        row("disconnects", &disconnects)?;
        let mut causes: Vec<(&String, &u64)> = shards.disconnects.iter().collect();
        causes.sort_by_key(|(_, count)| Reverse(**count));
        for (cause, count) in causes {
            row(&format!("  {cause}"), count)?;
        }
        row(
            "faults",
            &format!(
                "{}; {} actions of the emulator, {} client restarts",
                self.faults, self.emulator_actions, shards.client_restarts
            ),
        )?;
        row(
            "reported by shards",
            &format!(
                "{} failures, {} recovery steps exhausted, {} skipped ranges, {} undecodable events, {} crashes",
                shards.failures,
                shards.recovery_steps_exhausted,
                shards.skipped,
                shards.undecodable,
                shards.crashes
            ),
        )?;
        row("slow clients dropped", &self.slow_clients_dropped)?;
        let violations = match self.excused {
            0 => self.violations.to_string(),
            excused => format!(
                "{}, {excused} of them late heartbeats while this machine stalled",
                self.violations
            ),
        };
        row("violations", &violations)?;
        let level = |level: Level, unit: fn(Option<u64>) -> String| {
            level.display(move |value| unit(Some(value))).to_string()
        };
        row("memory", &level(self.resources.memory, mib))?;
        row("  peak", &mib(self.peak_memory))?;
        if self.emulator_peak_memory.is_some() {
            row("  peak of the emulator", &mib(self.emulator_peak_memory))?;
        }
        row(
            "file descriptors",
            &level(self.resources.descriptors, number),
        )?;
        row("tasks", &level(self.resources.tasks, number))?;

        for violation in self.violation_list.iter().take(MAX_VIOLATIONS) {
            let shard = violation
                .shard
                .map_or_else(String::new, |[number, _]| format!("shard {number}: "));
            writeln!(f, "  {}: {shard}{}", violation.rule, violation.detail)?;
        }
        for finding in &events.findings {
            writeln!(f, "  {finding}")?;
        }
        match &*self.problems {
            [] => f.write_str(
                "ok: every event was delivered once, no rule was violated, all shards recovered, \
                 and all resources returned to their level",
            ),
            problems => write!(f, "FAILED: {}", problems.join("; ")),
        }
    }
}

fn mib(kib: Option<u64>) -> String {
    kib.map_or_else(unavailable, |kib| {
        format!("{}.{} MiB", kib / 1024, kib % 1024 * 10 / 1024)
    })
}

fn number(value: Option<u64>) -> String {
    value.map_or_else(unavailable, |value| value.to_string())
}

fn unavailable() -> String {
    "-".to_owned()
}
