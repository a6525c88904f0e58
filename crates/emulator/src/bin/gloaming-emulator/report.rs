//! What happened, for programs to read.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use gloaming_emulator::{Answer, Stats, Violation};
use serde_json::{Value, json};

/// Writes one JSON object: `{"stats": {..}, "violations": [{"rule", "detail", "connection", "shard", "answer"}, ..]}`.
pub(crate) fn write(path: &Path, stats: &Stats, violations: &[Violation]) -> io::Result<()> {
    let text = format!("{}\n", report(stats, violations));
    if path == Path::new("-") {
        return io::stdout().lock().write_all(text.as_bytes());
    }
    fs::write(path, text).map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("can't write {}: {error}", path.display()),
        )
    })
}

fn report(stats: &Stats, violations: &[Violation]) -> Value {
    let violations: Vec<Value> = violations
        .iter()
        .map(|violation| {
            json!({
                "rule": violation.rule,
                "detail": violation.detail,
                "connection": violation.connection.0,
                "shard": violation.shard,
                "answer": match violation.answer {
                    Answer::Closed(code) => json!({"close": code}),
                    Answer::InvalidSession => json!("invalid session"),
                    _ => json!("noted"),
                },
            })
        })
        .collect();
    json!({"stats": stats, "violations": violations})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_have_their_names() {
        let report = report(&Stats::default(), &[]);
        assert_eq!(report["stats"]["sessions_resumed"], 0);
        assert_eq!(report["violations"], json!([]));
    }
}
