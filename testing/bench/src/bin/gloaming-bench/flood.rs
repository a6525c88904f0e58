//! What shards still hold after a flood of large guilds.

use std::fmt::Write as _;

use gloaming_bench::Result;
use gloaming_protocol::Compression;
use serde::Serialize;

use crate::{
    client::{self, Allocator, Run},
    document::aim,
    figures::Figures,
    options::Options,
    programs::Programs,
    replay::Replay,
    rows::{Client, Program, Traffic},
};

const SHARDS: u32 = 100;

/// The number of guilds of 1 MiB that each of them receives.
const GUILDS: u64 = 4;

/// The number of usual events that each of them receives in place of the guilds.
const USUAL: u64 = 200;

/// How many seconds the shards are held. They release what they need only while events arrive after two.
const HOLD: u64 = 3;

/// The largest ratio of the memory after a flood to that without one.
const TARGET: f64 = 1.10;

/// The resident memory of all shards after a flood, as a part of that after usual events.
#[derive(Debug, Serialize)]
pub(crate) struct Left {
    row: &'static str,
    target: f64,
    reference: f64,
    gloaming: f64,
}

struct Row {
    name: &'static str,
    compression: Compression,
    is_encrypted: bool,
    allocator: Allocator,
}

const fn row(name: &'static str, compression: Compression, allocator: Allocator) -> Row {
    Row {
        name,
        compression,
        is_encrypted: false,
        allocator,
    }
}

const fn encrypted(row: Row) -> Row {
    Row {
        is_encrypted: true,
        ..row
    }
}

const ROWS: [Row; 5] = {
    use Allocator::{Default, ReturnsLargeBlocks};
    use Compression::{None as Plain, ZlibStream as Zlib};
    [
        row("after a flood, zlib-stream", Zlib, Default),
        row(
            "after a flood, zlib-stream, large blocks returned",
            Zlib,
            ReturnsLargeBlocks,
        ),
        encrypted(row(
            "after a flood, zlib-stream, wss, large blocks returned",
            Zlib,
            ReturnsLargeBlocks,
        )),
        row("after a flood, plain", Plain, Default),
        row(
            "after a flood, plain, large blocks returned",
            Plain,
            ReturnsLargeBlocks,
        ),
    ]
};

pub(crate) fn measure(options: &Options, programs: &Programs, figures: &mut Figures) -> Result<()> {
    for row in ROWS.iter().filter(|row| options.selects(row.name)) {
        let start = |mix, events| {
            let traffic = Traffic {
                mix,
                compression: row.compression,
                is_encrypted: row.is_encrypted,
            };
            Replay::start(programs, traffic, events)
        };
        let replays = [start("small-bot", USUAL)?, start("large-guilds", GUILDS)?];
        let left = |program| -> Result<f64> {
            let held = |replay: &Replay, events| -> Result<f64> {
                let run = Run {
                    programs,
                    client: Client::of(program, "idle"),
                    compression: row.compression,
                    replay,
                };
                let each = events + replay.guilds();
                let command = run.hold(&replay.then_hold(events), SHARDS, each, HOLD);
                let held = client::report(&command.allocating(row.allocator))?.rss_held_kib;
                Ok(held.ok_or("this system does not tell the memory of a process")? as f64)
            };
            Ok(held(&replays[1], GUILDS)? / held(&replays[0], USUAL)?)
        };
        let (reference, gloaming) = (left(Program::Twilight)?, left(Program::Gloaming)?);
        println!(
            "== {}: twilight-gateway {reference:.2}, gloaming {gloaming:.2} of that after usual events",
            row.name
        );
        figures.left.push(Left {
            row: row.name,
            target: TARGET,
            reference,
            gloaming,
        });
    }
    Ok(())
}

/// Lines of the terminal's table.
pub(crate) fn lines(rows: &[Left]) -> String {
    let mut lines = String::new();
    for row in rows {
        _ = writeln!(
            lines,
            "{:44} {:>6.2} {:>6} {:>7.2}  {}",
            row.row,
            row.gloaming,
            "",
            row.target,
            crate::document::verdict(Some(row.gloaming), Some(row.target))
        );
    }
    lines
}

/// The section of BENCHMARKS.md, if there are figures.
pub(crate) fn section(rows: &[Left]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut section = format!(
        "\n## Memory after a flood\n\nResident memory of a process of {SHARDS} shards, {HOLD} s after all of them have received \
         {GUILDS} guilds of 1 MiB at once, as a part of that of a process whose shards have received {USUAL} usual events. \
         glibc keeps the memory of large blocks for later; with `MALLOC_MMAP_THRESHOLD_=32768` in the environment it returns \
         them to the system (*large blocks returned*).\n\n\
         | row | twilight-gateway | gloaming | target |\n|---|---|---|---|\n"
    );
    for row in rows {
        _ = writeln!(
            section,
            "| {} | {:.2} | {:.2} | {} |",
            row.row,
            row.reference,
            row.gloaming,
            aim(
                Some(format!("≤ {:.2}", row.target)),
                Some(row.gloaming),
                Some(row.target)
            )
        );
    }
    section
}
