//! What an event costs if many shards receive as many events in total as one does.

use gloaming_bench::Result;
use gloaming_protocol::Compression;

use crate::{
    client::Run,
    figures::{Figures, Scaled},
    options::Options,
    programs::Programs,
    replay::Replay,
    rows::{Client, Program},
    valgrind,
};

/// The numbers of shards. Each divides the numbers of events.
const SHARDS: [u32; 4] = [1, 10, 100, 1_000];

/// The numbers of events of all shards together, in two runs.
const FEW: u64 = 20_000;
const MANY: u64 = 60_000;

const ROW: &str = "borrowed, zlib-stream, by shards";

pub(crate) fn measure(options: &Options, programs: &Programs, figures: &mut Figures) -> Result<()> {
    if !options.selects(ROW) {
        return Ok(());
    }
    let compression = Compression::ZlibStream;
    let replay = Replay::start(programs, "large-bot", compression, MANY)?;
    let run = Run {
        programs,
        client: Client {
            program: Program::Gloaming,
            mode: "idle",
            inflater: None,
        },
        compression,
    };
    println!("== {ROW}");
    for shards in SHARDS {
        let instructions = |all: u64| {
            let events = all / u64::from(shards);
            let url = replay.then_hold(events);
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
    let mut section = "\n## Shards of one process\n\nInstructions of gloaming per event, borrowed from zlib-stream: the slope \
                       between 20,000 and 60,000 events of all shards together.\n\n\
                       | shards | instructions | ratio to one shard |\n|---|---|---|\n"
        .to_owned();
    for row in rows {
        section.push_str(&format!(
            "| {} | {} | {:.2} |\n",
            row.shards,
            row.instructions,
            row.instructions / one.instructions
        ));
    }
    section
}
