//! Clients in turns, row by row.

use std::collections::BTreeMap;

use gloaming_bench::{Result, compression_name};

use crate::{
    client::{self, Run},
    figures::{Figures, Measured, Spread, Traffic},
    options::Options,
    programs::Programs,
    replay::Replay,
    rows::{self, Client, ROWS, Row},
    valgrind,
};

pub(crate) fn measure(options: &Options, programs: &Programs, figures: &mut Figures) -> Result<()> {
    let rows: Vec<_> = ROWS
        .iter()
        .filter(|row| options.selects(row.name))
        .collect();
    let same_traffic = |a: &&Row, b: &&Row| a.traffic == b.traffic;
    let mut groups = Vec::new();
    for rows in rows.chunk_by(same_traffic) {
        let traffic = rows[0].traffic;
        let [_, counted] = traffic.counted_events();
        let events = traffic.timed_events(options.events()).max(counted);
        let replay = Replay::start(programs, traffic, events)?;
        if !traffic.is_encrypted {
            figures.traffic.push(Traffic {
                mix: traffic.mix,
                compression: compression_name(traffic.compression),
                mean_inflated_bytes: replay.serving.mean_inflated_bytes,
                mean_wire_bytes: replay.serving.mean_wire_bytes,
            });
        }
        groups.push((rows, replay));
    }
    let mut groups = Vec::from_iter(
        groups
            .iter()
            .map(|(rows, replay)| (rows, Clients::new(rows, programs, replay))),
    );
    // All times first: counts take long, and need no quiet machine.
    for (rows, measured) in &mut groups {
        if !options.without_cpu {
            print_traffic(rows);
            measured.take_turns(options)?;
        }
    }
    for (rows, measured) in &mut groups {
        if options.instructions {
            print_traffic(rows);
            measured.count()?;
        }
    }
    for (rows, measured) in groups {
        for row in rows.iter() {
            let [reference, gloaming, floor] =
                [row.reference, row.gloaming, Client::FLOOR].map(|client| measured.of(client));
            figures.add(row, reference, gloaming, floor);
        }
    }
    Ok(())
}

fn print_traffic(rows: &[&Row]) {
    let traffic = rows[0].traffic;
    let compression = compression_name(traffic.compression);
    let encrypted = if traffic.is_encrypted { ", wss" } else { "" };
    println!("== {}, {compression}{encrypted}", traffic.mix);
}

/// The clients of rows with the same traffic.
struct Clients<'a> {
    replay: &'a Replay,
    traffic: rows::Traffic,
    runs: BTreeMap<Client, (Run<'a>, Measured)>,
}

impl<'a> Clients<'a> {
    fn new(rows: &[&Row], programs: &'a Programs, replay: &'a Replay) -> Self {
        let traffic = rows[0].traffic;
        // It has no TLS.
        let floor = (!traffic.is_encrypted).then_some(Client::FLOOR);
        let clients = rows
            .iter()
            .flat_map(|row| [row.reference, row.gloaming])
            .chain(floor);
        let runs = clients.map(|client| {
            let run = Run {
                programs,
                client,
                compression: traffic.compression,
                replay,
            };
            (client, (run, Measured::default()))
        });
        Self {
            replay,
            traffic,
            runs: runs.collect(),
        }
    }

    /// Measures each client once per round. A round before the first one is not counted.
    fn take_turns(&mut self, options: &Options) -> Result<()> {
        let sent = self.traffic.timed_events(options.events());
        let url = self.replay.then_close(sent);
        let mut times = BTreeMap::<Client, Vec<f64>>::new();
        for round in 0..=options.rounds() {
            for (client, (run, measured)) in &mut self.runs {
                let report = client::report(&run.receive(&url, sent))?;
                check(*client, report.events, sent + self.replay.guilds())?;
                measured.version = report.version;
                let time = report
                    .ns_per_event
                    .ok_or("this system does not tell the CPU time of a process")?;
                if round > 0 {
                    times.entry(*client).or_default().push(time);
                }
            }
        }
        for (client, times) in times {
            let spread = Spread::of(times);
            println!(
                "  {:17} {:18} {:8.0} ns of CPU per event ({:.0} to {:.0})",
                client.program.name(),
                client.label(),
                spread.median,
                spread.min,
                spread.max
            );
            if let Some((_, measured)) = self.runs.get_mut(&client) {
                measured.cpu_ns = Some(spread);
            }
        }
        Ok(())
    }

    fn count(&mut self) -> Result<()> {
        for (client, (run, measured)) in &mut self.runs {
            let counts = valgrind::count(*run, self.traffic.counted_events())?;
            println!(
                "  {:17} {:18} {:8.0} instructions, {:.2} allocations, {:.0} allocated bytes per event",
                client.program.name(),
                client.label(),
                counts.instructions,
                counts.allocations,
                counts.allocated_bytes
            );
            measured.counts = Some(counts);
        }
        Ok(())
    }

    fn of(&self, client: Client) -> Measured {
        let found = self.runs.get(&client);
        found
            .map(|(_, measured)| measured.clone())
            .unwrap_or_default()
    }
}

/// A client that does not receive everything is not faster.
fn check(client: Client, events: u64, expected: u64) -> Result<()> {
    let filtered = client.mode == "filter";
    if events == expected || (filtered && 0 < events && events < expected) {
        return Ok(());
    }
    let name = client.program.name();
    Err(format!(
        "{name} ({}) received {events} events of {expected}",
        client.mode
    )
    .into())
}
