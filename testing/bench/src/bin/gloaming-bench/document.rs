//! The table that is printed, and BENCHMARKS.md.

use std::{
    fmt::Write as _,
    fs,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use gloaming_bench::Result;
use twilight_model::util::Timestamp;

use crate::{
    chart, cores,
    figures::{Compared, Figures, Held, Measured},
    flood, paced, peers, scale, startup, stream,
};

const HEAD: &str = "\
# Benchmarks

Written by `cargo xtask bench --instructions --memory --cores --scale --paced --peers --write`, which anyone can run; it needs valgrind, node and python3.

A server in a process of its own sends traffic that it has generated, compressed and framed before.
Each client is a process, receives it in a current-thread runtime and does nothing with the events.
The clients of a row take turns. *CPU* is the client's CPU time per event: the median of the rounds,
and the smallest and the largest. *Instructions* and *allocations* are counted by valgrind: the slope
between runs of 1,000 and 5,000 events. Absolute figures differ from machine to machine; compare the
ratios. The *floor* reads the frames and decompresses them with flate2 and zstd, and does nothing else.

*wss* rows are encrypted by rustls, with a certificate that the server makes when it starts and that the
clients trust alone. *simd-json* rows use that parser in both clients. An event of a *start-up* row is a
GUILD_CREATE of 10 KiB to 1 MiB, by a seed; fewer of them are sent, and instructions are the slope between
20 and 100 of them.
";

/// The table of a terminal.
pub(crate) fn table(figures: &Figures) -> String {
    let mut table = format!(
        "{:44} {:>6} {:>6} {:>7}  {}\n",
        "gloaming / twilight-gateway", "CPU", "instr.", "target", "verdict"
    );
    for row in &figures.rows {
        _ = writeln!(
            table,
            "{:44} {:>6} {:>6} {:>7}  {}",
            row.row,
            ratio(row.cpu_ratio()),
            ratio(row.instructions_ratio()),
            ratio(row.target),
            verdict(row.ratio(), row.target)
        );
    }
    for row in &figures.memory {
        _ = writeln!(
            table,
            "{:44} {:>6} {:>6} {:>7}  {}",
            row.row,
            format!("{:.0} K", row.gloaming_kib),
            ratio(Some(row.gloaming_kib / row.reference_kib)),
            row.target_kib
                .map_or_else(String::new, |kib| format!("{kib:.0} K")),
            verdict(Some(row.gloaming_kib), row.target_kib)
        );
    }
    table + &stream::lines(&figures.rows) + &flood::lines(&figures.left)
}

/// Writes BENCHMARKS.md and the charts to a folder.
pub(crate) fn write(figures: &Figures, folder: &Path) -> Result<()> {
    fs::write(folder.join("BENCHMARKS.md"), markdown(figures, &today()?))?;
    let charts = folder.join("testing/bench/charts");
    fs::create_dir_all(&charts)?;
    fs::write(charts.join("receiving.svg"), chart::receiving(figures))?;
    if !figures.memory.is_empty() {
        fs::write(charts.join("memory.svg"), chart::memory(figures))?;
    }
    Ok(())
}

/// The day in UTC, such as `2026-11-30`.
#[expect(
    clippy::disallowed_methods,
    reason = "the document says when it was written"
)]
fn today() -> Result<String> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let time = Timestamp::from_secs(i64::try_from(seconds)?)?;
    let mut day = time.iso_8601().to_string();
    day.truncate("2026-11-30".len());
    Ok(day)
}

fn markdown(figures: &Figures, day: &str) -> String {
    let mut text = HEAD.to_owned();
    let versions = figures.rows.first().map(|row| {
        format!(
            "gloaming {}, twilight-gateway {}",
            row.gloaming.version, row.reference.version
        )
    });
    _ = writeln!(
        text,
        "\n{day}: {}, {} events per measurement, {} rounds.\n",
        versions.unwrap_or_default(),
        figures.events,
        figures.rounds
    );
    text.push_str(
        "![Instructions per event](testing/bench/charts/receiving.svg)\n\n## Receiving\n\n",
    );
    text.push_str(
        "| row | twilight-gateway | gloaming | floor | ratio of CPU | ratio of instructions | target |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for row in &figures.rows {
        text.push_str(&receiving(row));
    }
    text.push_str(&stream::section(&figures.rows));
    if !figures.memory.is_empty() {
        text.push_str(
            "\n![KiB of memory per shard](testing/bench/charts/memory.svg)\n\n## Memory\n\nResident KiB per shard: the slope between 200 and 1,000 shards in one process. \
             *Idle* shards have received READY, *warm* ones 200 events after it.\n\n\
             | row | twilight-gateway | gloaming | ratio | target |\n|---|---|---|---|---|\n",
        );
        for row in &figures.memory {
            text.push_str(&held(row));
        }
    }
    text.push_str(&flood::section(&figures.left));
    if let Some(startup) = &figures.startup {
        text.push_str(&startup::section(startup));
    }
    text.push_str(&cores::section(&figures.throughput));
    text.push_str(&scale::section(&figures.scale));
    if !figures.delays.is_empty() {
        text.push_str(&paced::section(&figures.delays));
    }
    if !figures.peers.is_empty() {
        text.push_str(&peers::section(&figures.peers));
    }
    text.push_str("\n## Traffic\n\n| mix | compression | mean bytes of an event | on the wire |\n|---|---|---|---|\n");
    for traffic in &figures.traffic {
        _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            traffic.mix, traffic.compression, traffic.mean_inflated_bytes, traffic.mean_wire_bytes
        );
    }
    text
}

fn receiving(row: &Compared) -> String {
    format!(
        "| {} | {} | {} | {} | {} | {} | {} |\n",
        row.row,
        cost(&row.reference),
        cost(&row.gloaming),
        cost(&row.floor),
        ratio(row.cpu_ratio()),
        ratio(row.instructions_ratio()),
        aim(
            row.target.map(|target| format!("≤ {target:.2}")),
            row.ratio(),
            row.target
        ),
    )
}

fn held(row: &Held) -> String {
    let kib = |kib| format!("{kib:.0} KiB");
    format!(
        "| {} | {} | {} | {} | {} |\n",
        row.row,
        kib(row.reference_kib),
        kib(row.gloaming_kib),
        ratio(Some(row.gloaming_kib / row.reference_kib)),
        aim(
            row.target_kib.map(|target| format!("≤ {}", kib(target))),
            Some(row.gloaming_kib),
            row.target_kib
        ),
    )
}

fn cost(measured: &Measured) -> String {
    let mut parts = Vec::new();
    if let Some(cpu) = measured.cpu_ns {
        parts.push(format!(
            "{:.1} µs ({:.1} to {:.1})",
            cpu.median / 1e3,
            cpu.min / 1e3,
            cpu.max / 1e3
        ));
    }
    if let Some(counts) = measured.counts {
        parts.push(format!("{:.0} instructions", counts.instructions));
        parts.push(format!("{:.2} allocations", counts.allocations));
    }
    parts.join("<br>")
}

fn ratio(ratio: Option<f64>) -> String {
    ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"))
}

pub(crate) fn aim(target: Option<String>, value: Option<f64>, limit: Option<f64>) -> String {
    target.map_or_else(String::new, |target| {
        format!("{target}: {}", verdict(value, limit))
    })
}

pub(crate) fn verdict(value: Option<f64>, target: Option<f64>) -> &'static str {
    match value.zip(target) {
        Some((value, target)) if value <= target => "reached",
        Some(_) => "missed",
        None => "",
    }
}
