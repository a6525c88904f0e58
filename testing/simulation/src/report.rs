//! Formats results as text.

use crate::{
    BugResult, Campaign, Coverage, FaultKind, InputKind, State,
    reachable::{Reachability, reachability},
    shrink::Shrunk,
};
use std::{
    fmt::{self, Display, Write as _},
    time::Duration,
};

/// Formats the tables of a [`Coverage`]: inputs by state, and faults by state.
#[must_use]
pub fn coverage(coverage: &Coverage) -> String {
    let mut out = String::new();
    let _ = table(&mut out, coverage);
    out
}

fn table(out: &mut String, coverage: &Coverage) -> fmt::Result {
    writeln!(
        out,
        "state x input: number of fault kinds (of {}) after which the input occurred; 0: only before the first fault",
        FaultKind::ALL.len()
    )?;
    writeln!(
        out,
        "  !: reachable, but did not occur; a letter: not reachable, for this reason\n"
    )?;
    header(out)?;
    for input in InputKind::ALL {
        write!(out, "{:>21}", input.name())?;
        for state in State::ALL {
            let count = coverage.input_count(*state, *input);
            let cell = match (count, reachability(*state, *input)) {
                (0, Reachability::Reachable) => "!".to_owned(),
                (0, Reachability::Unreachable(reason)) => reason.letter().to_string(),
                _ => coverage.fault_kind_count(*state, *input).to_string(),
            };
            write!(out, " {cell:>6}")?;
        }
        writeln!(out)?;
    }
    for reason in crate::reachable::UnreachableReason::ALL {
        writeln!(out, "  {}: {}", reason.letter(), reason.description())?;
    }
    writeln!(out, "\nfault x state: number of injections\n")?;
    header(out)?;
    for fault in FaultKind::ALL {
        write!(out, "{:>21}", format!("{fault:?}"))?;
        for state in State::ALL {
            let count = coverage.fault_count(*fault, *state);
            write!(out, " {count:>6}")?;
        }
        writeln!(out)?;
    }
    writeln!(
        out,
        "\n{} combinations of state, input and fault occurred\n",
        coverage.cell_count()
    )
}

fn header(out: &mut String) -> fmt::Result {
    write!(out, "{:>21}", "")?;
    for state in State::ALL {
        let name: String = state
            .name()
            .trim_start_matches("awaiting ")
            .trim_start_matches("backing ")
            .chars()
            .take(6)
            .collect();
        write!(out, " {name:>6}")?;
    }
    writeln!(out)
}

/// Formats the remaining faults of a shrunk plan, and the end of its trace.
#[must_use]
pub fn shrunk(shrunk: &Shrunk) -> String {
    let mut out = String::new();
    let plan = &shrunk.plan;
    let _ = writeln!(
        out,
        "seed {}: {}\n  {} shards, max concurrency {}, heartbeat interval {:?}; {} of {} faults are required:",
        plan.seed,
        shrunk.finding,
        plan.shards,
        plan.max_concurrency,
        plan.heartbeat_interval,
        plan.faults.len(),
        shrunk.original_faults
    );
    for fault in &plan.faults {
        let _ = writeln!(out, "    {fault}");
    }
    let _ = writeln!(out, "  last steps:");
    for line in &shrunk.lines {
        let _ = writeln!(out, "    {line}");
    }
    out.push('\n');
    out
}

/// Formats the totals of a campaign, and its findings.
#[must_use]
pub fn summary(campaign: &Campaign, elapsed: Duration, threads: usize) -> String {
    let hours = campaign.shard_time.as_secs_f64() / 3600.0;
    let minutes = elapsed.as_secs_f64() / 60.0;
    let mut out = String::new();
    let mut line = |what: &str, value: &dyn Display| {
        let _ = writeln!(out, "{what:>16}  {value}");
    };
    line("seeds", &campaign.seeds);
    line("threads", &threads);
    line("shard-hours", &format!("{hours:.1}"));
    line("wall time", &format!("{:.1} s", elapsed.as_secs_f64()));
    line(
        "per minute",
        &format!("{:.0} shard-hours", hours / minutes.max(1e-9)),
    );
    line("faults", &campaign.faults);
    line("machine steps", &campaign.steps);
    line("events delivered", &campaign.delivered);
    line("excused", &format!("{:?}", campaign.excused));
    line("violations", &campaign.findings.len());
    for (seed, finding) in &campaign.findings {
        line(&format!("seed {seed}"), finding);
    }
    out
}

/// Formats the seed and the invariant that detected each bug.
#[must_use]
pub fn bugs(results: &[BugResult]) -> String {
    let mut out = String::from("\nbug | detected by | seed | seeds tried\n--- | --- | --- | ---\n");
    for result in results {
        let (invariant, seed) = match &result.detected_by {
            Some((seed, finding)) => (format!("{:?}", finding.invariant), seed.to_string()),
            None => ("NOT DETECTED".to_owned(), "-".to_owned()),
        };
        let _ = writeln!(
            out,
            "{:?}: {} | {invariant} | {seed} | {}",
            result.bug,
            result.bug.description(),
            result.seeds
        );
    }
    out
}
