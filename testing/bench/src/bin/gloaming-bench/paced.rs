//! The delay of events that come at a steady rate: from the server's write to the consumer's hand.

use std::fmt::Write as _;

use gloaming_bench::Result;
use gloaming_protocol::Compression;
use serde::Serialize;

use crate::{
    client::{self, Run},
    figures::Figures,
    options::Options,
    programs::Programs,
    replay::Replay,
    rows::{Client, Program, Traffic},
};

/// A busy shard, which is idle most of the time.
const PER_SECOND: u32 = 1_000;

/// A client and what it does.
const ROWS: [(Program, &str); 5] = [
    (Program::Floor, "floor"),
    (Program::Twilight, "typed"),
    (Program::Gloaming, "typed"),
    (Program::Gloaming, "cluster-current"),
    (Program::Gloaming, "cluster"),
];

/// The delays of one client.
#[derive(Debug, Serialize)]
pub(crate) struct Delay {
    client: &'static str,
    mode: &'static str,
    p50_us: f64,
    p99_us: f64,
    max_us: f64,
}

pub(crate) fn measure(options: &Options, programs: &Programs, figures: &mut Figures) -> Result<()> {
    let events = options.paced_events();
    let compression = Compression::ZlibStream;
    let mut replay = Replay::start(programs, Traffic::of("large-bot", compression), events)?;
    println!("== paced, zlib, {PER_SECOND} events per second");
    for (program, mode) in ROWS {
        let client = Client::of(program, mode);
        let run = Run {
            programs,
            client,
            compression,
            replay: &replay,
        };
        let url = replay.paced(events, PER_SECOND);
        let report = client::report(&run.receive_timed(&url, events))?;
        let written = replay.written_ns()?;
        let guilds = usize::try_from(replay.guilds())?;
        let arrived = report.arrivals_ns.get(guilds..).unwrap_or_default();
        if arrived.len() != written.len() {
            let name = program.name();
            let (arrived, written) = (arrived.len(), written.len());
            return Err(format!("{name} received {arrived} events of {written}").into());
        }
        let delays = written.iter().zip(arrived);
        let delays = delays.map(|(written, arrived)| arrived.saturating_sub(*written));
        let delay = Delay::of(client, delays.collect());
        println!("  {:17} {:18} {delay}", delay.client, delay.mode);
        figures.delays.push(delay);
    }
    Ok(())
}

impl Delay {
    fn of(client: Client, mut delays_ns: Vec<u64>) -> Self {
        delays_ns.sort_unstable();
        let at = |part: usize| {
            let index = (delays_ns.len() * part / 100).min(delays_ns.len().saturating_sub(1));
            delays_ns.get(index).map_or(0.0, |ns| *ns as f64 / 1e3)
        };
        Self {
            client: client.program.name(),
            mode: client.mode,
            p50_us: at(50),
            p99_us: at(99),
            max_us: at(100),
        }
    }
}

impl std::fmt::Display for Delay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            p50_us,
            p99_us,
            max_us,
            ..
        } = self;
        write!(
            f,
            "p50 {p50_us:.0} µs, p99 {p99_us:.0} µs, at most {max_us:.0} µs"
        )
    }
}

/// The part of BENCHMARKS.md.
pub(crate) fn section(delays: &[Delay]) -> String {
    let mut text = format!(
        "\n## Delay\n\nFrom the server's write to the consumer's hand, with zlib-stream and {PER_SECOND} events per second. \
         *cluster* has its shards in a thread of their own, which is the default and keeps heartbeats apart from \
         handlers that block; *cluster-current* has them in the program's runtime.\n\n\
         | client | mode | p50 | p99 | maximum |\n|---|---|---|---|---|\n"
    );
    for delay in delays {
        _ = writeln!(
            text,
            "| {} | {} | {:.0} µs | {:.0} µs | {:.0} µs |",
            delay.client, delay.mode, delay.p50_us, delay.p99_us, delay.max_us
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_all_delays() {
        let delay = Delay::of(
            Client::FLOOR,
            (1..=200).rev().map(|us| us * 1_000).collect(),
        );
        assert_eq!(
            (delay.p50_us, delay.p99_us, delay.max_us),
            (101.0, 199.0, 200.0)
        );
    }
}
