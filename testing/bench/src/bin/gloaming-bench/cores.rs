//! How many events per second the shards of one process receive on one core and on two.

use std::fmt::Write as _;

use gloaming_bench::Result;
use gloaming_protocol::Compression;
use serde::Serialize;

use crate::{
    client::{self, Run},
    figures::{Figures, Spread},
    options::Options,
    programs::Programs,
    replay::Replay,
    rows::{Client, Program, Traffic},
};

const SHARDS: u32 = 8;

const ROW: &str = "typed, zlib-stream, on two cores";

/// A client, its threads, and what they are.
const ROWS: [(Program, &str, &str); 5] = [
    (Program::Twilight, "one", "a task per shard, current-thread"),
    (Program::Twilight, "two", "a task per shard, two workers"),
    (Program::Gloaming, "one", "a task per shard, current-thread"),
    (Program::Gloaming, "two", "a task per shard, two workers"),
    (
        Program::Gloaming,
        "cluster",
        "a cluster in two threads of its own",
    ),
];

/// The events per second of one client.
#[derive(Debug, Serialize)]
pub(crate) struct Throughput {
    client: &'static str,
    threads: &'static str,
    per_second: Spread,
    /// The median as a part of that of the same client in one thread.
    to_one: f64,
}

pub(crate) fn measure(options: &Options, programs: &Programs, figures: &mut Figures) -> Result<()> {
    if !options.selects(ROW) {
        return Ok(());
    }
    let events = options.events() / 2;
    let compression = Compression::ZlibStream;
    let replay = Replay::start(programs, Traffic::of("large-bot", compression), events)?;
    println!("== {ROW}");
    let url = replay.then_hold(events);
    let mut measured = ROWS.map(|_| Vec::new());
    // A round before the first one is not counted.
    for round in 0..=options.rounds() {
        for ((program, threads, _), rates) in ROWS.iter().zip(&mut measured) {
            let run = Run {
                programs,
                client: Client::of(*program, "parallel"),
                compression,
                replay: &replay,
            };
            let each = events + replay.guilds();
            let report = client::report(&run.parallel(&url, SHARDS, each, threads))?;
            // READY is one of them.
            let expected = (each + 1) * u64::from(SHARDS);
            if report.events < expected {
                let (name, events) = (program.name(), report.events);
                return Err(format!("{name} received {events} events of {expected}").into());
            }
            if round > 0 {
                rates.push(report.events as f64 / report.wall_s);
            }
        }
    }
    let mut one = 0.0;
    for ((program, threads, meaning), rates) in ROWS.iter().zip(measured) {
        let per_second = Spread::of(rates);
        if *threads == "one" {
            one = per_second.median;
        }
        let throughput = Throughput {
            client: program.name(),
            threads: meaning,
            per_second,
            to_one: per_second.median / one,
        };
        println!(
            "  {:17} {:36} {:8.0} events per second, {:.2} of one thread",
            throughput.client, throughput.threads, per_second.median, throughput.to_one
        );
        figures.throughput.push(throughput);
    }
    Ok(())
}

/// The section of BENCHMARKS.md, if there are figures.
pub(crate) fn section(rows: &[Throughput]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut section = format!(
        "\n## Two cores\n\nEvents per second of wall time, typed, from zlib-stream, of {SHARDS} shards in one process: the \
         median of the rounds, and the smallest and the largest. The server and the client have two cores together.\n\n\
         | client | threads | events per second | ratio to one thread |\n|---|---|---|---|\n"
    );
    for row in rows {
        let Spread { median, min, max } = row.per_second;
        _ = writeln!(
            section,
            "| {} | {} | {median:.0} ({min:.0} to {max:.0}) | {:.2} |",
            row.client, row.threads, row.to_one
        );
    }
    section
}
