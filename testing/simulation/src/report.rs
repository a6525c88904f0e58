//! What was found, for reading.

use crate::{
    Campaign, Caught, Coverage, FaultKind, InputKind, State,
    reachable::{Reach, reach},
    shrink::Shrunk,
};
use std::{
    fmt::{self, Display, Write as _},
    time::Duration,
};

/// The tables of [`Coverage`]: state x input x fault, and fault x state.
#[must_use]
pub fn coverage(coverage: &Coverage) -> String {
    let mut out = String::new();
    let _ = table(&mut out, coverage);
    out
}

fn table(out: &mut String, coverage: &Coverage) -> fmt::Result {
    writeln!(
        out,
        "state x input: under how many faults each was met (of {}; 0: only before the first)",
        FaultKind::ALL.len()
    )?;
    writeln!(
        out,
        "  ! should have been met, a letter says why it can't be\n"
    )?;
    header(out)?;
    for input in InputKind::ALL {
        write!(out, "{:>21}", input.name())?;
        for state in State::ALL {
            let times = coverage.input_times(*state, *input);
            let cell = match (times, reach(*state, *input)) {
                (0, Reach::Reachable) => "!".to_owned(),
                (0, Reach::Unreachable(why)) => why.letter().to_string(),
                _ => coverage.faults_of(*state, *input).to_string(),
            };
            write!(out, " {cell:>6}")?;
        }
        writeln!(out)?;
    }
    for why in crate::reachable::Why::ALL {
        writeln!(out, "  {}: {}", why.letter(), why.words())?;
    }
    writeln!(out, "\nfault x state: how often it struck there\n")?;
    header(out)?;
    for fault in FaultKind::ALL {
        write!(out, "{:>21}", format!("{fault:?}"))?;
        for state in State::ALL {
            let times = coverage.fault_times(*fault, *state);
            write!(out, " {times:>6}")?;
        }
        writeln!(out)?;
    }
    writeln!(
        out,
        "\n{} cells of state x input x fault were hit\n",
        coverage.cells()
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

/// The few faults that it takes, and how it ended.
#[must_use]
pub fn shrunk(shrunk: &Shrunk) -> String {
    let mut out = String::new();
    let plan = &shrunk.plan;
    let _ = writeln!(
        out,
        "seed {}: {}\n  {} shards, {} at once, heartbeats every {:?}; {} of {} faults are needed:",
        plan.seed,
        shrunk.finding,
        plan.shards,
        plan.max_concurrency,
        plan.heartbeat_interval,
        plan.faults.len(),
        shrunk.of
    );
    for fault in &plan.faults {
        let _ = writeln!(out, "    {fault}");
    }
    let _ = writeln!(out, "  its last steps:");
    for line in &shrunk.lines {
        let _ = writeln!(out, "    {line}");
    }
    out.push('\n');
    out
}

/// The numbers, and each seed that failed.
#[must_use]
pub fn summary(campaign: &Campaign, took: Duration, threads: usize) -> String {
    let hours = campaign.shard_time.as_secs_f64() / 3600.0;
    let minutes = took.as_secs_f64() / 60.0;
    let mut out = String::new();
    let mut line = |what: &str, value: &dyn Display| {
        let _ = writeln!(out, "{what:>16}  {value}");
    };
    line("seeds", &campaign.seeds);
    line("threads", &threads);
    line("shard-hours", &format!("{hours:.1}"));
    line("wall time", &format!("{:.1} s", took.as_secs_f64()));
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

/// Which bug was found by what.
#[must_use]
pub fn bugs(caught: &[Caught]) -> String {
    let mut out = String::from("\nbug | caught by | seed | seeds tried\n--- | --- | --- | ---\n");
    for caught in caught {
        let (by, seed) = match &caught.by {
            Some((seed, finding)) => (format!("{:?}", finding.invariant), seed.to_string()),
            None => ("NOT CAUGHT".to_owned(), "-".to_owned()),
        };
        let _ = writeln!(
            out,
            "{:?}: {} | {by} | {seed} | {}",
            caught.bug,
            caught.bug.words(),
            caught.seeds
        );
    }
    out
}
