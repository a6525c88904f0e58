//! The memory of a shard: the slope between few and many shards in one process.

use gloaming_bench::Result;
use gloaming_protocol::Compression;

use crate::{
    client::{self, Run},
    figures::{Figures, Held},
    options::Options,
    programs::Programs,
    replay::Replay,
    rows::{Client, Program, Tls, Traffic},
};

const FEW: u32 = 200;
const MANY: u32 = 1_000;

/// How many seconds the shards are held. They release what they need only while events arrive after two.
const HOLD: u64 = 3;

/// The number of events after which a shard has all the buffers that it needs.
const WARM: u64 = 200;

struct Row {
    name: &'static str,
    traffic: Traffic,
    inflater: Option<&'static str>,
    tls: Tls,
    events: u64,
    target_kib: Option<f64>,
}

const fn row(
    name: &'static str,
    compression: Compression,
    events: u64,
    target_kib: Option<f64>,
) -> Row {
    Row {
        name,
        traffic: Traffic::of("small-bot", compression),
        inflater: None,
        tls: Tls::Rustls,
        events,
        target_kib,
    }
}

const fn flate2(row: Row) -> Row {
    Row {
        inflater: Some("flate2"),
        ..row
    }
}

const fn encrypted(tls: Tls, row: Row) -> Row {
    Row {
        traffic: row.traffic.encrypted(),
        tls,
        ..row
    }
}

const ROWS: [Row; 10] = {
    use Compression::{ZlibStream as Zlib, ZstdStream as Zstd};
    [
        row("memory, zlib-stream, idle", Zlib, 0, Some(40.0)),
        row("memory, zlib-stream, warm", Zlib, WARM, Some(45.0)),
        flate2(row("memory, zlib-stream, flate2, idle", Zlib, 0, None)),
        flate2(row("memory, zlib-stream, flate2, warm", Zlib, WARM, None)),
        row("memory, zstd-stream, idle", Zstd, 0, Some(45.0)),
        row("memory, zstd-stream, warm", Zstd, WARM, Some(480.0)),
        encrypted(
            Tls::Rustls,
            row("memory, zlib-stream, wss, idle", Zlib, 0, None),
        ),
        encrypted(
            Tls::Rustls,
            row("memory, zlib-stream, wss, warm", Zlib, WARM, None),
        ),
        encrypted(
            Tls::Native,
            row("memory, zlib-stream, wss by OpenSSL, idle", Zlib, 0, None),
        ),
        encrypted(
            Tls::Native,
            row(
                "memory, zlib-stream, wss by OpenSSL, warm",
                Zlib,
                WARM,
                None,
            ),
        ),
    ]
};

pub(crate) fn measure(options: &Options, programs: &Programs, figures: &mut Figures) -> Result<()> {
    for row in ROWS.iter().filter(|row| options.selects(row.name)) {
        let replay = Replay::start(programs, row.traffic, WARM)?;
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
        client: Client::of(program, "idle")
            .with_inflater(row.inflater)
            .with_tls(row.tls),
        compression: row.traffic.compression,
        replay,
    };
    let held = |shards| -> Result<f64> {
        let events = row.events + if row.events > 0 { replay.guilds() } else { 0 };
        let command = run.hold(&replay.then_hold(row.events), shards, events, HOLD);
        let held = client::report(&command)?.rss_held_kib;
        Ok(held.ok_or("this system does not tell the memory of a process")? as f64)
    };
    Ok((held(MANY)? - held(FEW)?) / f64::from(MANY - FEW))
}
