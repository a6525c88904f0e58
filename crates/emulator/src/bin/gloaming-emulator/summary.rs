//! The summary that is printed at the end.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use gloaming_emulator::{Stats, Violation};

/// Writes the most important counters, and the broken rules.
pub(crate) fn print(
    out: &mut impl Write,
    stats: &Stats,
    violations: &[Violation],
) -> io::Result<()> {
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
    ] {
        writeln!(out, "{name:20} {count}")?;
    }
    let mut by_rule: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for violation in violations {
        *by_rule
            .entry((violation.rule, &violation.detail))
            .or_default() += 1;
    }
    for ((rule, detail), count) in by_rule {
        writeln!(out, "  {rule} × {count}: {detail}")?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_aligned() {
        let mut out = Vec::new();
        print(&mut out, &Stats::default(), &[]).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("\nsessions resumed     0\n"), "{text}");
    }
}
