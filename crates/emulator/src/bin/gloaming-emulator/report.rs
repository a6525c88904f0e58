//! The report of `--report`: counters, violations and notes as JSON.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
};

use gloaming_emulator::Stats;
use serde_json::{Value, json};

use crate::{findings::Findings, unwritable};

/// Writes one JSON object: `{"stats": {..}, "violations": [{"rule", "detail", "connection", "shard", "response"},
/// ..], "notes": [{"rule", "detail", "connection", "shard"}, ..]}`.
pub(crate) fn write(path: &Path, stats: &Stats, findings: &Findings) -> io::Result<()> {
    let text = format!("{}\n", report(stats, findings));
    if path == Path::new("-") {
        return io::stdout().lock().write_all(text.as_bytes());
    }
    fs::write(path, text).map_err(|error| unwritable(path, error))
}

/// Creates the file, so that one that can't be written is an error before anything is counted. An earlier report stays
/// until the new one is written.
pub(crate) fn check(path: &Path) -> io::Result<()> {
    if path == Path::new("-") {
        return Ok(());
    }
    let opened = OpenOptions::new().create(true).append(true).open(path);
    opened.map(drop).map_err(|error| unwritable(path, error))
}

fn report(stats: &Stats, Findings { violations, notes }: &Findings) -> Value {
    json!({"stats": stats, "violations": violations, "notes": notes})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_have_their_names() {
        let report = report(&Stats::default(), &Findings::default());
        assert_eq!(report["stats"]["sessions_resumed"], 0);
        assert_eq!(report["violations"], json!([]));
        assert_eq!(report["notes"], json!([]));
    }
}
