//! The delay of events that come at a steady rate: from the server's write to the consumer's hand.

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

/// A busy shard, which is idle most of the time.
const PER_SECOND: u32 = 1_000;

const COMPRESSION: Compression = Compression::ZlibStream;

/// A client and what it does.
const ROWS: [(Program, &str); 5] = [
    (Program::Floor, "floor"),
    (Program::Twilight, "typed"),
    (Program::Gloaming, "typed"),
    (Program::Gloaming, "cluster-current"),
    (Program::Gloaming, "cluster"),
];

/// The delays of one client, in microseconds: each value is spread over the rounds.
#[derive(Debug, Serialize)]
pub(crate) struct Delay {
    client: &'static str,
    mode: &'static str,
    p50_us: Spread,
    p99_us: Spread,
    max_us: Spread,
}

/// The delays of one run, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Percentiles {
    p50: f64,
    p99: f64,
    max: f64,
}

/// The clients take turns, since one run of a client may have twice the delay of another.
pub(crate) fn measure(options: &Options, programs: &Programs, figures: &mut Figures) -> Result<()> {
    let events = options.paced_events();
    let traffic = Traffic::of("large-bot", COMPRESSION);
    let mut replay = Replay::start(programs, traffic, events)?;
    println!("== paced, zlib, {PER_SECOND} events per second");
    let clients = ROWS.map(|(program, mode)| Client::of(program, mode));
    let mut runs = clients.map(|client| (client, Vec::new()));
    for _ in 0..options.paced_rounds() {
        for (client, runs) in &mut runs {
            runs.push(run(programs, &mut replay, *client, events)?);
        }
    }
    for (client, runs) in runs {
        let delay = Delay::of(client, &runs);
        println!("  {:17} {:18} {delay}", delay.client, delay.mode);
        figures.delays.push(delay);
    }
    Ok(())
}

fn run(
    programs: &Programs,
    replay: &mut Replay,
    client: Client,
    events: u64,
) -> Result<Percentiles> {
    let run = Run {
        programs,
        client,
        compression: COMPRESSION,
        replay,
    };
    let url = replay.paced(events, PER_SECOND);
    let report = client::report(&run.receive_timed(&url, events))?;
    let written = replay.written_ns()?;
    let guilds = usize::try_from(replay.guilds())?;
    let arrived = report.arrivals_ns.get(guilds..).unwrap_or_default();
    if arrived.len() != written.len() {
        let name = client.program.name();
        let (arrived, written) = (arrived.len(), written.len());
        return Err(format!("{name} received {arrived} events of {written}").into());
    }
    let delays = written.iter().zip(arrived);
    let delays = delays.map(|(written, arrived)| arrived.saturating_sub(*written));
    Ok(Percentiles::of(delays.collect()))
}

impl Percentiles {
    fn of(mut delays_ns: Vec<u64>) -> Self {
        delays_ns.sort_unstable();
        let at = |part: usize| {
            let index = (delays_ns.len() * part / 100).min(delays_ns.len().saturating_sub(1));
            delays_ns.get(index).map_or(0.0, |ns| *ns as f64 / 1e3)
        };
        Self {
            p50: at(50),
            p99: at(99),
            max: at(100),
        }
    }
}

impl Delay {
    fn of(client: Client, runs: &[Percentiles]) -> Self {
        let spread = |of: fn(&Percentiles) -> f64| Spread::of(runs.iter().map(of).collect());
        Self {
            client: client.program.name(),
            mode: client.mode,
            p50_us: spread(|run| run.p50),
            p99_us: spread(|run| run.p99),
            max_us: spread(|run| run.max),
        }
    }
}

impl std::fmt::Display for Delay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [p50, p99, max] = [&self.p50_us, &self.p99_us, &self.max_us].map(text);
        write!(f, "p50 {p50}, p99 {p99}, at most {max}")
    }
}

fn text(spread: &Spread) -> String {
    let Spread { median, min, max } = spread;
    format!("{median:.0} µs ({min:.0} to {max:.0})")
}

/// The part of BENCHMARKS.md.
pub(crate) fn section(delays: &[Delay]) -> String {
    let mut text = format!(
        "\n## Delay\n\nFrom the server's write to the consumer's hand, with zlib-stream and {PER_SECOND} events per second. \
         *cluster* has its shards in a thread of their own, which is the default and keeps heartbeats apart from \
         handlers that block; *cluster-current* has them in the program's runtime. The clients take turns: the median of the rounds, the \
         smallest and the largest. Server and client share two cores, and one round may have twice the \
         delay of another.\n\n\
         | client | mode | p50 | p99 | maximum |\n|---|---|---|---|---|\n"
    );
    for delay in delays {
        let [p50, p99, max] = [&delay.p50_us, &delay.p99_us, &delay.max_us].map(self::text);
        _ = writeln!(
            text,
            "| {} | {} | {p50} | {p99} | {max} |",
            delay.client, delay.mode
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_all_delays() {
        let run = Percentiles::of((1..=200).rev().map(|us| us * 1_000).collect());
        assert_eq!((run.p50, run.p99, run.max), (101.0, 199.0, 200.0));
    }

    #[test]
    fn rounds_are_spread() {
        let run = |p50| Percentiles {
            p50,
            p99: 10.0 * p50,
            max: 50.0,
        };
        let delay = Delay::of(Client::FLOOR, &[run(3.0), run(1.0), run(2.0)]);
        assert_eq!(
            delay.to_string(),
            "p50 2 µs (1 to 3), p99 20 µs (10 to 30), at most 50 µs (50 to 50)"
        );
    }
}
