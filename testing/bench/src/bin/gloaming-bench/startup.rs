//! The time until many shards of one process are ready, with a queue that grants every permit at once.

use gloaming_bench::Result;
use gloaming_protocol::Compression;

use crate::{
    client::{self, Run},
    figures::{Figures, Spread, Startup},
    options::Options,
    programs::Programs,
    replay::Replay,
    rows::{Client, Program, Traffic},
};

const SHARDS: u32 = 1_000;

const ROW: &str = "1,000 shards to READY, zlib-stream";

pub(crate) fn measure(options: &Options, programs: &Programs, figures: &mut Figures) -> Result<()> {
    if !options.selects(ROW) {
        return Ok(());
    }
    let compression = Compression::ZlibStream;
    let replay = Replay::start(programs, Traffic::of("small-bot", compression), 1)?;
    let run = |program| Run {
        programs,
        client: Client::of(program, "idle"),
        compression,
        replay: &replay,
    };
    let seconds = |program| -> Result<f64> {
        let command = run(program).hold(&replay.then_hold(0), SHARDS, 0, 0);
        let seconds = client::report(&command)?.ready_wall_s;
        Ok(seconds.ok_or("the client reports no time until its shards were ready")?)
    };
    let [mut reference, mut gloaming] = [Vec::new(), Vec::new()];
    for _ in 0..options.rounds() {
        reference.push(seconds(Program::Twilight)?);
        gloaming.push(seconds(Program::Gloaming)?);
    }
    let startup = Startup {
        row: ROW,
        reference_s: Spread::of(reference),
        gloaming_s: Spread::of(gloaming),
    };
    println!(
        "== {ROW}: twilight-gateway {:.2} s, gloaming {:.2} s",
        startup.reference_s.median, startup.gloaming_s.median
    );
    figures.startup = Some(startup);
    Ok(())
}

/// The section of BENCHMARKS.md.
pub(crate) fn section(startup: &Startup) -> String {
    format!(
        "\n## Startup\n\nOne process starts the shards at once, with a queue that grants every permit.\n\n\
         | row | twilight-gateway | gloaming | ratio |\n|---|---|---|---|\n| {} | {} | {} | {:.2} |\n",
        startup.row,
        seconds(startup.reference_s),
        seconds(startup.gloaming_s),
        startup.gloaming_s.median / startup.reference_s.median
    )
}

fn seconds(spread: Spread) -> String {
    let Spread { median, min, max } = spread;
    format!("{median:.2} s ({min:.2} to {max:.2})")
}
