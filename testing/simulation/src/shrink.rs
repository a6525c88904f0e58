//! Reduces a failing plan to the faults that are required for its finding.

use crate::{Bug, Fault, Finding, Line, Plan, Tracing, run};

/// The maximum number of runs.
const MAX_RUNS: usize = 250;

/// The number of trace lines that are kept.
const LINES: usize = 60;

/// A reduced failing plan, and the end of its trace.
#[derive(Debug)]
#[non_exhaustive]
pub struct Shrunk {
    /// The plan with the remaining faults.
    pub plan: Plan,
    /// The number of faults of the original plan.
    pub original_faults: usize,
    /// The finding of the reduced plan.
    pub finding: Finding,
    /// The last lines of the trace that concern the finding's shard.
    pub lines: Vec<Line>,
}

/// Removes faults from a plan, first many at a time and then one by one, as long as the same invariant is violated.
///
/// Returns `None` if the plan has no finding.
#[must_use]
pub fn shrink(plan: &Plan, bug: Option<Bug>) -> Option<Shrunk> {
    let mut finding = run(plan, bug, Tracing::Off).finding?;
    let mut faults: Vec<Fault> = plan.faults.clone();
    // Faults after the finding can't have caused it.
    faults.retain(|fault| fault.at <= finding.at);
    let mut runs = 0;
    let mut size = faults.len().div_ceil(2).max(1);
    while runs < MAX_RUNS && !faults.is_empty() {
        let mut from = 0;
        while from < faults.len() && runs < MAX_RUNS {
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
        original_faults: plan.faults.len(),
        finding,
        lines,
    })
}
