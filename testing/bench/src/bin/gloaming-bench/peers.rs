//! What receiving costs other libraries, which `gloaming-clients --cost` has measured.

use std::{fmt::Write as _, fs, path::Path};

use gloaming_bench::Result;
use serde::{Deserialize, Serialize};

/// What an event costs one library.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Peer {
    library: String,
    version: String,
    compression: String,
    /// The median of the rounds, the smallest and the largest.
    cpu_ns_per_event: [f64; 3],
}

pub(crate) fn read(file: &Path) -> Result<Vec<Peer>> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(serde_json::from_str(&text)?)
}

/// The part of BENCHMARKS.md, which begins with gloaming.
pub(crate) fn section(peers: &[Peer]) -> String {
    let mut text = "\n## Other libraries\n\nEvery event of the emulator's traffic with all intents, received by a bot that \
         does nothing with it. The CPU time is that of the process: the slope between two numbers of events, so that \
         starting costs nothing. Each library uses the best compression that it has without optional packages, and \
         does what it always does: discord.js and discord.py keep a cache, and @discordjs/ws hands out the decoded \
         JSON. gloaming, twilight-gateway and serenity decode every event into a type.\n\n\
         | library | compression | CPU per event | beside gloaming |\n|---|---|---|---|\n"
        .to_owned();
    let first = peers.first().map_or(1.0, |peer| peer.cpu_ns_per_event[0]);
    for peer in peers {
        let [median, min, max] = peer.cpu_ns_per_event.map(|ns| ns / 1e3);
        let times = peer.cpu_ns_per_event[0] / first;
        _ = writeln!(
            text,
            "| {} {} | {} | {median:.1} µs ({min:.1} to {max:.1}) | {times:.1} times |",
            peer.library, peer.version, peer.compression
        );
    }
    text
}
