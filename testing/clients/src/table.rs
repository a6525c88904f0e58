//! The table of the outcomes.

use std::collections::BTreeSet;

use crate::{client::Client, emulator::Findings, run::Summary};

/// The outcome of a client with one compression.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) client: Client,
    pub(crate) compression: &'static str,
    pub(crate) outcome: Outcome,
}

#[derive(Debug)]
pub(crate) enum Outcome {
    Completed(Summary),
    /// The client is not available, for this reason.
    Skipped(String),
    /// The run failed with this error.
    Failed(String),
}

const HEADERS: [&str; 12] = [
    "client",
    "version",
    "encoding",
    "compression",
    "READY",
    "events",
    "out of order",
    "resumed",
    "replayed",
    "heartbeats",
    "violations",
    "notes",
];

/// Returns the table, followed by the details of violations, notes, skipped clients and failures.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut cells = vec![HEADERS.map(str::to_owned)];
    cells.extend(rows.iter().map(Row::cells));
    let width = |column: usize| {
        let widths = cells.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or_default()
    };
    let widths: [usize; HEADERS.len()] = std::array::from_fn(width);
    let mut table = String::new();
    for row in &cells {
        let padded = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect::<Vec<_>>();
        table.push_str(padded.join("  ").trim_end());
        table.push('\n');
    }
    // A set, since a client has the same violations and notes with each compression.
    for remark in rows.iter().flat_map(Row::remarks).collect::<BTreeSet<_>>() {
        table.push_str(&format!("\n{remark}"));
    }
    table
}

impl Row {
    fn cells(&self) -> [String; HEADERS.len()] {
        let (client, compression) = (self.client.package().to_owned(), self.compression);
        match &self.outcome {
            Outcome::Completed(summary) => [
                client,
                format!("{} ({})", summary.version, summary.runtime),
                summary.encoding.clone(),
                summary.compression.clone(),
                "yes".to_owned(),
                summary.events.to_string(),
                summary.out_of_order.to_string(),
                summary.resumed.to_string(),
                summary.replayed.to_string(),
                summary.heartbeats.to_string(),
                counted(&summary.violations),
                counted(&summary.notes),
            ],
            Outcome::Skipped(_) | Outcome::Failed(_) => {
                let mut cells = std::array::from_fn(|_| "-".to_owned());
                cells[0] = client;
                cells[1] = match self.outcome {
                    Outcome::Failed(_) => "FAILED".to_owned(),
                    _ => "skipped".to_owned(),
                };
                cells[2] = self.client.encoding().to_owned();
                cells[3] = compression.to_owned();
                cells
            }
        }
    }

    fn remarks(&self) -> Vec<String> {
        let (client, compression) = (self.client.package(), self.compression);
        match &self.outcome {
            Outcome::Completed(summary) => {
                let violations = summary.violations.keys();
                let out_of_order = (summary.out_of_order > 0)
                    .then(|| format!("{client} with {compression} delivers events out of order"));
                let notes = summary.notes.keys();
                violations
                    .map(|(rule, detail)| format!("{client} violates {rule}: {detail}"))
                    .chain(notes.map(|(rule, detail)| {
                        format!("{client} deviates from {rule}, as Discord accepts: {detail}")
                    }))
                    .chain(out_of_order)
                    .collect()
            }
            Outcome::Skipped(reason) => vec![format!("{client} is skipped: {reason}")],
            Outcome::Failed(error) => vec![format!("{client} with {compression} FAILED: {error}")],
        }
    }
}

fn counted(findings: &Findings) -> String {
    if findings.is_empty() {
        return "none".to_owned();
    }
    let rules = findings
        .iter()
        .map(|((rule, _), count)| format!("{rule} × {count}"));
    rules.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_has_aligned_columns_and_details_below() {
        let summary = Summary {
            version: "1.2".to_owned(),
            runtime: "node 20".to_owned(),
            encoding: "json".to_owned(),
            compression: "payload".to_owned(),
            events: 90,
            out_of_order: 1,
            resumed: 2,
            replayed: 7,
            heartbeats: 3,
            violations: [(("P4".to_owned(), "a late heartbeat".to_owned()), 2)].into(),
            notes: [(("P28".to_owned(), "two compressions".to_owned()), 1)].into(),
        };
        let row = |client, outcome| Row {
            client,
            compression: "payload",
            outcome,
        };
        let table = table(&[
            row(Client::DiscordJsWs, Outcome::Completed(summary)),
            row(
                Client::DiscordPy,
                Outcome::Skipped("python3 not found".to_owned()),
            ),
            row(
                Client::Twilight,
                Outcome::Failed("no READY within 30 s".to_owned()),
            ),
        ]);
        let lines: Vec<&str> = table.lines().collect();
        assert!(
            lines[1].ends_with(
                "yes    90      1             2        7         3           P4 × 2      P28 × 1"
            ),
            "{table}"
        );
        assert_eq!(lines[0].find("READY"), lines[2].find("-  "));
        assert!(table.contains("@discordjs/ws violates P4: a late heartbeat"));
        let note = "@discordjs/ws deviates from P28, as Discord accepts: two compressions";
        assert!(table.contains(note), "{table}");
        assert!(table.contains("@discordjs/ws with payload delivers events out of order"));
        assert!(table.contains("discord.py is skipped: python3 not found"));
        assert!(table.contains("twilight-gateway with payload FAILED: no READY within 30 s"));
    }
}
