//! What an event costs if many shards receive as many events in total as one does.

use std::fmt::Write as _;

use gloaming_bench::Result;
use gloaming_protocol::Compression;

use crate::{
    client::Run,
    document::aim,
    figures::{Figures, Scaled},
    options::Options,
    programs::Programs,
    replay::Replay,
    rows::{Client, Program, Traffic},
    valgrind,
};

/// The numbers of shards. Each divides the numbers of events and the rate.
const SHARDS: [u32; 4] = [1, 10, 100, 1_000];

/// The numbers of events of all shards together, in two runs.
const FEW: u64 = 5_000;
const MANY: u64 = 15_000;

/// The events that each shard receives before. Later ones refer to them: the first events of a stream compress less well, and
/// would be most of what many shards receive.
const BEFORE: u64 = 60;

/// The events per second of all shards together. A client in valgrind has time to wait for each.
const PER_SECOND: u32 = 1_000;

/// The largest ratio of the cost with many shards to that with one.
const TARGET: f64 = 1.10;

const ROW: &str = "borrowed, zlib-stream, by shards";

pub(crate) fn measure(options: &Options, programs: &Programs, figures: &mut Figures) -> Result<()> {
    if !options.selects(ROW) {
        return Ok(());
    }
    let compression = Compression::ZlibStream;
    let replay = Replay::start(
        programs,
        Traffic::of("small-bot", compression),
        MANY + BEFORE,
    )?;
    let run = Run {
        programs,
        client: Client::of(Program::Gloaming, "idle"),
        compression,
        replay: &replay,
    };
    println!("== {ROW}");
    for shards in SHARDS {
        let instructions = |all: u64| {
            let events = BEFORE + all / u64::from(shards);
            let url = replay.steady(events, BEFORE, PER_SECOND / shards, shards);
            valgrind::instructions(&run.hold(&url, shards, events + replay.guilds(), 0))
        };
        let per_event = (instructions(MANY)? - instructions(FEW)?) / (MANY - FEW) as f64;
        println!("  {shards:5} shards {per_event:8.0} instructions per event");
        figures.scale.push(Scaled {
            shards,
            instructions: per_event.round(),
        });
    }
    Ok(())
}

/// The section of BENCHMARKS.md, if there are figures.
pub(crate) fn section(rows: &[Scaled]) -> String {
    let Some(one) = rows.first() else {
        return String::new();
    };
    let mut section = format!(
        "\n## Shards of one process\n\nInstructions of gloaming per event, borrowed from zlib-stream, if all shards together \
         receive {PER_SECOND} events per second, each event in a read of its own: the slope between {FEW} and {MANY} events. \
         Each shard has received {BEFORE} events before.\n\n\
         | shards | instructions | ratio to one shard | target |\n|---|---|---|---|\n"
    );
    for row in rows {
        let ratio = row.instructions / one.instructions;
        let target = (row.shards > one.shards).then(|| format!("≤ {TARGET:.2}"));
        _ = writeln!(
            section,
            "| {} | {} | {ratio:.2} | {} |",
            row.shards,
            row.instructions,
            aim(target, Some(ratio), Some(TARGET))
        );
    }
    section
}
