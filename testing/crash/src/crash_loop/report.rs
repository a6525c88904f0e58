//! The figures of a run.

use super::{DAY, SECOND, judge::Figures, options::Options};
use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

/// The most faults that a report lists.
const MAX_LISTED: usize = 10;

/// What the parent process did.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) starts: u32,
    /// Starts whose stored sessions were removed before.
    pub(super) without_sessions: u32,
    /// Starts whose sessions the gateway has lost.
    pub(super) rejected: u32,
    pub(super) kills: u32,
    pub(super) while_starting: u32,
    pub(super) in_ledger: u32,
    /// How often a killed process left a part of the ledger's next file.
    pub(super) half_written: u32,
    /// The identifies that the ledger counts at the end.
    pub(super) recorded: usize,
}

#[derive(Debug)]
pub(crate) struct Report {
    pub(super) options: Options,
    pub(super) budget: usize,
    pub(super) virtual_time: u64,
    pub(super) took: Duration,
    pub(super) counts: Counts,
    pub(super) figures: Figures,
    pub(super) faults: Vec<String>,
}

impl Report {
    pub(crate) const fn is_good(&self) -> bool {
        self.faults.is_empty()
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            options,
            budget,
            counts,
            figures,
            ..
        } = self;
        let seconds = |millis: u64| millis as f64 / SECOND as f64;
        let took = self.took.as_secs_f64();
        let (processes, shards, seed) = (options.processes, options.shards, options.seed);
        writeln!(
            f,
            "crash loop: {processes} processes of {shards} shards, {} identifies a day, seed {seed}: {:.1} days in {took:.0} s",
            options.limit,
            self.virtual_time as f64 / DAY as f64,
        )?;
        writeln!(
            f,
            "  restarts {}, {} of them without a stored session and {} with one that the gateway has lost",
            counts.starts - processes,
            counts.without_sessions,
            counts.rejected,
        )?;
        writeln!(
            f,
            "  kills {}: {} within a call of the ledger, {} half-written files, {} while the process started",
            counts.kills, counts.in_ledger, counts.half_written, counts.while_starting,
        )?;
        writeln!(
            f,
            "  permits {}, IDENTIFYs {}, at most {} in any 24 h, of {budget}, and {:.3} s between two of a key",
            figures.permits,
            figures.identifies,
            figures.most_in_a_day,
            seconds(figures.closest.unwrap_or(0)),
        )?;
        writeln!(
            f,
            "  the ledger refused {} identifies, recorded {} that a kill left unused, and counts {} at the end",
            figures.refused_by_ledger, figures.unused, counts.recorded,
        )?;
        writeln!(
            f,
            "  waits for the daily limit {}, the longest was to open within {:.1} h; it opened {} times, at most {:.0} s \
             after an identify was a day old",
            figures.refused,
            seconds(figures.longest_named) / 3_600.0,
            figures.opened,
            seconds(figures.latest_opening),
        )?;
        writeln!(
            f,
            "  RESUMEs {}, {} of them while no permit was left, at most {:.3} s after the start",
            figures.resumes,
            figures.resumes_at_zero,
            seconds(figures.slowest_resume),
        )?;
        let faults = self.faults.len();
        let errors = figures.ledger_errors;
        writeln!(f, "  ledger errors {errors}, faults {faults}")?;
        for fault in self.faults.iter().take(MAX_LISTED) {
            writeln!(f, "  FAULT: {fault}")?;
        }
        Ok(())
    }
}
