//! The memory of a shard: the slope between few and many shards in one process.

use gloaming_bench::Result;
use gloaming_protocol::Compression;

use crate::{
    client::{self, Run},
    figures::{Figures, Held},
    options::Options,
    programs::Programs,
    replay::Replay,
    rows::{Client, Program},
};

const FEW: u32 = 200;
const MANY: u32 = 1_000;

/// How many seconds the shards are held. They release what they need only while events arrive after two.
const HOLD: u64 = 3;

/// The number of events after which a shard has all the buffers that it needs.
const WARM: u64 = 200;

struct Row {
    name: &'static str,
    compression: Compression,
    inflater: Option<&'static str>,
    events: u64,
    target_kib: Option<f64>,
}

const ROWS: [Row; 6] = [
    Row {
        name: "memory, zlib-stream, idle",
        compression: Compression::ZlibStream,
        inflater: None,
        events: 0,
        target_kib: Some(40.0),
    },
    Row {
        name: "memory, zlib-stream, warm",
        compression: Compression::ZlibStream,
        inflater: None,
        events: WARM,
        target_kib: Some(45.0),
    },
    Row {
        name: "memory, zlib-stream, flate2, idle",
        compression: Compression::ZlibStream,
        inflater: Some("flate2"),
        events: 0,
        target_kib: None,
    },
    Row {
        name: "memory, zlib-stream, flate2, warm",
        compression: Compression::ZlibStream,
        inflater: Some("flate2"),
        events: WARM,
        target_kib: None,
    },
    Row {
        name: "memory, zstd-stream, idle",
        compression: Compression::ZstdStream,
        inflater: None,
        events: 0,
        target_kib: Some(45.0),
    },
    Row {
        name: "memory, zstd-stream, warm",
        compression: Compression::ZstdStream,
        inflater: None,
        events: WARM,
        target_kib: Some(480.0),
    },
];

pub(crate) fn measure(options: &Options, programs: &Programs, figures: &mut Figures) -> Result<()> {
    for row in ROWS.iter().filter(|row| options.selects(row.name)) {
        let replay = Replay::start(programs, "small-bot", row.compression, WARM)?;
        let [reference_kib, gloaming_kib] = [Program::Twilight, Program::Gloaming]
            .map(|program| slope(row, program, programs, &replay));
        let (reference_kib, gloaming_kib) = (reference_kib?, gloaming_kib?);
        println!(
            "== {}: twilight-gateway {reference_kib:.0} KiB, gloaming {gloaming_kib:.0} KiB",
            row.name
        );
        figures.memory.push(Held {
            row: row.name,
            target_kib: row.target_kib,
            reference_kib,
            gloaming_kib,
        });
    }
    Ok(())
}

fn slope(row: &Row, program: Program, programs: &Programs, replay: &Replay) -> Result<f64> {
    let run = Run {
        programs,
        client: Client {
            program,
            mode: "idle",
            inflater: row.inflater.filter(|_| program == Program::Gloaming),
        },
        compression: row.compression,
    };
    let held = |shards| -> Result<f64> {
        let events = row.events + if row.events > 0 { replay.guilds() } else { 0 };
        let command = run.hold(&replay.then_hold(row.events), shards, events, HOLD);
        let held = client::report(&command)?.rss_held_kib;
        Ok(held.ok_or("this system does not tell the memory of a process")? as f64)
    };
    Ok((held(MANY)? - held(FEW)?) / f64::from(MANY - FEW))
}
