//! What is printed.

use std::fmt::{self, Display, Formatter};

use crate::{Glimpse, Outcome, Reading, level::Level};

/// Kinds of broken rules that are shown.
const MOST_RULES: usize = 10;

impl Glimpse {
    /// Stands above the lines.
    #[must_use]
    pub const fn head() -> &'static str {
        "  time  phase       up        made   delivered conn lost  rules    late     memory   fds  tasks | emulator   fds"
    }
}

/// One line, and one more for the troubles that began.
impl Display for Glimpse {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:4} s  {:8} {:>3}/{:<3} {:>9} {:>11} {:>9} {:>6} {:>7.1?} {:>10} {:>5} {:>6} |",
            self.at.as_secs(),
            self.phase,
            self.up,
            self.shards,
            self.made,
            self.delivered,
            self.disconnects,
            self.violations,
            self.late,
            mib(self.reading.memory),
            number(self.reading.descriptors),
            number(self.reading.tasks),
        )?;
        if let Some(Reading {
            memory,
            descriptors,
            ..
        }) = self.emulator
        {
            write!(f, " {:>8} {:>5}", mib(memory), number(descriptors))?;
        }
        if !self.troubles.is_empty() {
            write!(f, "\n        ~ {}", self.troubles.join(", "))?;
        }
        Ok(())
    }
}

/// The table and, in its last line, the verdict.
impl Display for Outcome {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { events, meters, .. } = self;
        let mut row = |name: &str, value: &dyn Display| writeln!(f, "{name:26} {value}");
        row("events made", &events.made)?;
        row("  delivered", &events.delivered)?;
        row("  lost", &events.lost)?;
        row("  delivered twice", &events.duplicated)?;
        row("  out of order", &events.late)?;
        row(
            "  gone with sessions",
            &format!(
                "{} ended by the gateway, {} of them not told; {} before READY arrived",
                events.given_up, events.untold, events.unheard
            ),
        )?;
        row(
            "  held back as repeated",
            &format!("{}, of {} sent again", meters.held_back, self.replayed),
        )?;
        row(
            "sessions",
            &format!("{}; {} gaps told", events.sessions, meters.gaps),
        )?;
        row(
            "identifies, resumes",
            &format!(
                "{}, {}; {} resumed",
                self.identifies, self.resumes, self.resumed
            ),
        )?;
        let disconnects: u64 = meters.disconnects.values().sum();
        row("connections ended", &disconnects)?;
        let mut causes: Vec<(&String, &u64)> = meters.disconnects.iter().collect();
        causes.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (cause, count) in causes {
            row(&format!("  {cause}"), count)?;
        }
        row(
            "troubles",
            &format!(
                "{}; {} deeds of the emulator, {} deploys of shards or clusters",
                self.troubles, self.faults, meters.deploys
            ),
        )?;
        row(
            "told",
            &format!(
                "{} failures, {} steps used up, {} holes, {} undecodable, {} crashes",
                meters.failures, meters.steps, meters.skipped, meters.undecodable, meters.crashes
            ),
        )?;
        row("too slow for the gateway", &self.slow_clients_dropped)?;
        let rules = match self.excused {
            0 => self.violations.to_string(),
            excused => format!(
                "{}, {excused} of them late heartbeats while this machine stood still",
                self.violations
            ),
        };
        row("rules broken", &rules)?;
        let level = |level: Level, unit: fn(Option<u64>) -> String| {
            level.map(move |value| unit(Some(value))).to_string()
        };
        row("memory", &level(self.gauges.memory, mib))?;
        row("  at most", &mib(self.peak))?;
        if self.emulator_peak.is_some() {
            row("  of the emulator at most", &mib(self.emulator_peak))?;
        }
        row("file descriptors", &level(self.gauges.descriptors, number))?;
        row("tasks", &level(self.gauges.tasks, number))?;

        for violation in self.broken.iter().take(MOST_RULES) {
            let shard = violation
                .shard
                .map_or_else(String::new, |[number, _]| format!("shard {number}: "));
            writeln!(f, "  {}: {shard}{}", violation.rule, violation.detail)?;
        }
        for finding in &events.findings {
            writeln!(f, "  {finding}")?;
        }
        match &*self.wrong {
            [] => {
                f.write_str("ok: each event once, all rules kept, all levels back, all shards up")
            }
            wrong => write!(f, "FAILED: {}", wrong.join("; ")),
        }
    }
}

fn mib(kib: Option<u64>) -> String {
    kib.map_or_else(unreadable, |kib| {
        format!("{}.{} MiB", kib / 1024, kib % 1024 * 10 / 1024)
    })
}

fn number(value: Option<u64>) -> String {
    value.map_or_else(unreadable, |value| value.to_string())
}

fn unreadable() -> String {
    "-".to_owned()
}
