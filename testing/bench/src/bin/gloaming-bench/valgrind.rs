//! Instructions and allocations, which do not depend on the load of the machine.
//!
//! Both are slopes: two runs that differ in the number of events, so that what is done once per process does not count.

use gloaming_bench::Result;
use serde::{Deserialize, Serialize};

use crate::client::{Invocation, Run, output};

/// What an event costs.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Counts {
    pub(crate) instructions: f64,
    pub(crate) allocations: f64,
    pub(crate) allocated_bytes: f64,
}

/// Counts in two runs with these numbers of events.
pub(crate) fn count(run: Run<'_>, events: [u64; 2]) -> Result<Counts> {
    let [instructions] = slope(run, events, &CALLGRIND, collected)?;
    let dhat = ["--tool=dhat", "--dhat-out-file=/dev/null"];
    let [allocated_bytes, allocations] = slope(run, events, &dhat, |line| {
        let (bytes, blocks) = line.split_once("Total:")?.1.split_once(" bytes in ")?;
        Some([number(bytes)?, number(blocks.split(' ').next()?)?])
    })?;
    Ok(Counts {
        instructions,
        allocations,
        allocated_bytes,
    })
}

/// The instructions of a whole run.
pub(crate) fn instructions(command: &Invocation) -> Result<f64> {
    let [instructions] = figures(&CALLGRIND, command, collected)?;
    Ok(instructions)
}

const CALLGRIND: [&str; 2] = ["--tool=callgrind", "--callgrind-out-file=/dev/null"];

/// The number of instructions in a line that callgrind prints.
fn collected(line: &str) -> Option<[f64; 1]> {
    Some([number(line.split_once("Collected :")?.1)?])
}

/// What a tool of valgrind prints at the end of a run.
fn figures<const N: usize>(
    tool: &[&str],
    run: &Invocation,
    find: impl Fn(&str) -> Option<[f64; N]>,
) -> Result<[f64; N]> {
    let valgrind = std::iter::once(&"valgrind").chain(tool);
    let command = run.run_by(valgrind.map(|&word| word.to_owned()));
    let errors = String::from_utf8_lossy(&output(&command)?.stderr).into_owned();
    let found = errors.lines().find_map(find);
    found.ok_or_else(|| format!("valgrind printed no figure: {errors}").into())
}

fn slope<const N: usize>(
    run: Run<'_>,
    [few, many]: [u64; 2],
    tool: &[&str],
    find: impl Fn(&str) -> Option<[f64; N]>,
) -> Result<[f64; N]> {
    let measure = |events| {
        let run = run.receive(&run.replay.then_close(events), events);
        figures(tool, &run, &find)
    };
    let (first, second) = (measure(few)?, measure(many)?);
    Ok(std::array::from_fn(|index| {
        let per_event = (second[index] - first[index]) / (many - few) as f64;
        (per_event * 100.0).round() / 100.0
    }))
}

/// Reads a number with commas between the thousands.
fn number(text: &str) -> Option<f64> {
    text.trim().replace(',', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas() {
        assert_eq!(number(" 1,234,567"), Some(1_234_567.0));
        assert_eq!(number("0"), Some(0.0));
        assert_eq!(number("n"), None);
    }
}
