//! From a run that failed to the few faults that it takes.

use crate::{Bug, Fault, Finding, Line, Plan, Tracing, run};

/// Runs spent on finding them.
const MOST_RUNS: usize = 250;

/// Lines of the trace that are shown.
const LINES: usize = 60;

/// What is left of a plan that fails, and the end of its trace.
#[derive(Debug)]
#[non_exhaustive]
pub struct Shrunk {
    /// The plan with the faults that it takes.
    pub plan: Plan,
    /// How many faults there were.
    pub of: usize,
    /// What is wrong.
    pub finding: Finding,
    /// The last lines that concern it.
    pub lines: Vec<Line>,
}

/// Leaves out faults, many at a time and then one by one, as long as the same invariant breaks.
///
/// `None` if nothing is wrong with the plan.
#[must_use]
pub fn shrink(plan: &Plan, bug: Option<Bug>) -> Option<Shrunk> {
    let mut finding = run(plan, bug, Tracing::Off).finding?;
    let mut faults: Vec<Fault> = plan.faults.clone();
    // Later ones did not matter.
    faults.retain(|fault| fault.at <= finding.at);
    let mut runs = 0;
    let mut size = faults.len().div_ceil(2).max(1);
    while runs < MOST_RUNS && !faults.is_empty() {
        let mut from = 0;
        while from < faults.len() && runs < MOST_RUNS {
            let mut fewer = faults.clone();
            fewer.drain(from..faults.len().min(from + size));
            runs += 1;
            match run(&plan.with_faults(fewer.clone()), bug, Tracing::Off).finding {
                Some(same) if same.invariant == finding.invariant => {
                    faults = fewer;
                    finding = same;
                }
                _ => from += size,
            }
        }
        if size == 1 {
            break;
        }
        size = size.div_ceil(2);
    }
    let small = plan.with_faults(faults);
    let traced = run(&small, bug, Tracing::On);
    let finding = traced.finding?;
    let mut lines: Vec<Line> = traced
        .trace
        .into_iter()
        .filter(|line| finding.shard.is_none_or(|shard| line.concerns(shard)))
        .collect();
    let end = lines
        .iter()
        .rposition(Line::is_finding)
        .map_or(lines.len(), |at| at + 1);
    lines.truncate(end);
    lines.drain(..lines.len().saturating_sub(LINES));
    Some(Shrunk {
        plan: small,
        of: plan.faults.len(),
        finding,
        lines,
    })
}
