//! The summary that is printed at the end.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use gloaming_emulator::Stats;

use crate::findings::Findings;

/// Writes the most important counters, the broken rules, and the notes.
pub(crate) fn print(out: &mut impl Write, stats: &Stats, findings: &Findings) -> io::Result<()> {
    writeln!(out)?;
    for (name, count) in [
        ("connections", stats.connections_opened),
        ("identifies", stats.identifies),
        ("sessions started", stats.sessions_started),
        ("sessions resumed", stats.sessions_resumed),
        ("dispatches replayed", stats.replayed),
        ("events", stats.events),
        ("dispatches", stats.dispatches),
        ("heartbeats", stats.heartbeats),
        ("violations", stats.violations),
        ("notes", stats.notes),
        ("late responses", stats.late_responses),
    ] {
        writeln!(out, "{name:20} {count}")?;
    }
    let violations = (findings.violations.iter()).map(|it| (it.rule, it.detail.as_str()));
    for ((rule, detail), count) in counted(violations) {
        writeln!(out, "  {rule} × {count}: {detail}")?;
    }
    let notes = (findings.notes.iter()).map(|it| (it.rule, it.detail.as_str()));
    for ((rule, detail), count) in counted(notes) {
        writeln!(out, "  note on {rule} × {count}: {detail}")?;
    }
    out.flush()
}

fn counted<'a>(
    findings: impl Iterator<Item = (&'static str, &'a str)>,
) -> BTreeMap<(&'static str, &'a str), u64> {
    let mut counts = BTreeMap::new();
    for finding in findings {
        *counts.entry(finding).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_aligned() {
        let mut out = Vec::new();
        print(&mut out, &Stats::default(), &Findings::default()).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("\nsessions resumed     0\n"), "{text}");
    }
}
