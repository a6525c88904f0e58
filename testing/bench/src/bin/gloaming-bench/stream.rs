//! What the stream of a cluster adds to the cost of an event.

use std::fmt::Write as _;

use crate::{
    document::{aim, verdict},
    figures::Compared,
};

/// How the rows through a cluster begin. The rest is the name of the row without one.
const PREFIX: &str = "typed through a cluster, ";

/// The largest ratio of the instructions through a cluster to those of a shard alone that is aimed at.
const TARGET: f64 = 1.10;

/// An event through a cluster, beside one of a shard alone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Added<'a> {
    compression: &'a str,
    alone: f64,
    through_cluster: f64,
}

/// Returns what the rows say, if instructions were counted.
pub(crate) fn added(rows: &[Compared]) -> Vec<Added<'_>> {
    let of = |row: &Compared| Some(row.gloaming.counts?.instructions);
    let pair = |row: &Compared| {
        let compression = row.row.strip_prefix(PREFIX)?;
        let name = format!("typed, {compression}");
        let alone = rows.iter().find(|row| row.row == name)?;
        Some(Added {
            compression,
            alone: of(alone)?,
            through_cluster: of(row)?,
        })
    };
    rows.iter().filter_map(pair).collect()
}

impl Added<'_> {
    fn ratio(self) -> f64 {
        self.through_cluster / self.alone
    }
}

/// The lines of a terminal.
pub(crate) fn lines(rows: &[Compared]) -> String {
    added(rows)
        .into_iter()
        .fold(String::new(), |mut lines, added| {
            let (name, ratio) = (
                format!("through a cluster / alone, {}", added.compression),
                added.ratio(),
            );
            let verdict = verdict(Some(ratio), Some(TARGET));
            _ = writeln!(
                lines,
                "{name:44} {:>6} {ratio:>6.2} {TARGET:>7.2}  {verdict}",
                ""
            );
            lines
        })
}

/// The section of BENCHMARKS.md, if there are figures.
pub(crate) fn section(rows: &[Compared]) -> String {
    let added = added(rows);
    if added.is_empty() {
        return String::new();
    }
    let mut section = "\n## The stream of a cluster\n\nInstructions of gloaming per typed event: of a shard alone, and of the merged \
                       stream of a cluster with one shard, which also tracks what was handled.\n\n\
                       | compression | shard | cluster | ratio | target |\n|---|---|---|---|---|\n"
        .to_owned();
    for row in added {
        let target = Some(format!("≤ {TARGET:.2}"));
        _ = writeln!(
            section,
            "| {} | {:.0} | {:.0} | {:.2} | {} |",
            row.compression,
            row.alone,
            row.through_cluster,
            row.ratio(),
            aim(target, Some(row.ratio()), Some(TARGET))
        );
    }
    section
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{figures::Measured, valgrind::Counts};

    fn row(row: &'static str, instructions: f64) -> Compared {
        let counts = Some(Counts {
            instructions,
            allocations: 0.0,
            allocated_bytes: 0.0,
        });
        Compared {
            row,
            target: None,
            reference: Measured::default(),
            gloaming: Measured {
                counts,
                ..Measured::default()
            },
            floor: Measured::default(),
        }
    }

    #[test]
    fn cluster_is_compared_with_a_shard_that_has_the_same_compression() {
        let rows = [
            row("typed, plain", 500.0),
            row("typed, zlib-stream", 1_000.0),
            row("typed through a cluster, zlib-stream", 1_090.0),
            row("typed through a cluster, plain", 600.0),
        ];
        let section = section(&rows);
        assert!(
            section.contains("| zlib-stream | 1000 | 1090 | 1.09 | ≤ 1.10: reached |"),
            "{section}"
        );
        assert!(
            section.contains("| plain | 500 | 600 | 1.20 | ≤ 1.10: missed |"),
            "{section}"
        );
        assert_eq!(lines(&rows).lines().count(), 2);
        assert_eq!(super::section(&rows[..2]), "");
    }
}
