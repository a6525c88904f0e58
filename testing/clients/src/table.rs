//! What came of the clients, to read.

use std::collections::BTreeSet;

use crate::{client::Client, story::Played};

/// A client with one compression.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) client: Client,
    pub(crate) compression: &'static str,
    pub(crate) outcome: Outcome,
}

#[derive(Debug)]
pub(crate) enum Outcome {
    Played(Played),
    /// Why it can't be run here.
    Skipped(String),
    Failed(String),
}

const HEADS: [&str; 10] = [
    "client",
    "version",
    "compression",
    "READY",
    "events",
    "late",
    "resumed",
    "replayed",
    "heartbeats",
    "rules broken",
];

/// The table, and below it in words what was broken or went wrong.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut cells = vec![HEADS.map(str::to_owned)];
    cells.extend(rows.iter().map(Row::cells));
    let width = |column: usize| {
        let widths = cells.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or_default()
    };
    let widths: [usize; HEADS.len()] = std::array::from_fn(width);
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
    for remark in rows.iter().flat_map(Row::remarks).collect::<BTreeSet<_>>() {
        table.push_str(&format!("\n{remark}"));
    }
    table
}

impl Row {
    fn cells(&self) -> [String; HEADS.len()] {
        let (client, compression) = (self.client.package().to_owned(), self.compression);
        let none = || "-".to_owned();
        match &self.outcome {
            Outcome::Played(played) => [
                client,
                format!("{} ({})", played.version, played.runtime),
                played.compression.clone(),
                "yes".to_owned(),
                played.events.to_string(),
                played.overtaken.to_string(),
                played.resumed.to_string(),
                played.replayed.to_string(),
                played.heartbeats.to_string(),
                rules(played),
            ],
            Outcome::Skipped(_) | Outcome::Failed(_) => {
                let mut cells = std::array::from_fn(|_| none());
                cells[0] = client;
                cells[1] = match self.outcome {
                    Outcome::Failed(_) => "FAILED".to_owned(),
                    _ => "skipped".to_owned(),
                };
                cells[2] = compression.to_owned();
                cells
            }
        }
    }

    fn remarks(&self) -> Vec<String> {
        let client = self.client.package();
        match &self.outcome {
            Outcome::Played(played) => {
                let broken = played.broken.keys();
                let late = (played.overtaken > 0).then(|| {
                    let compression = self.compression;
                    format!("{client} with {compression} tells of some events after later ones")
                });
                broken
                    .map(|(rule, detail)| format!("{client} breaks {rule}: {detail}"))
                    .chain(late)
                    .collect()
            }
            Outcome::Skipped(reason) => vec![format!("{client} is skipped: {reason}")],
            Outcome::Failed(reason) => {
                vec![format!(
                    "{client} with {} FAILED: {reason}",
                    self.compression
                )]
            }
        }
    }
}

fn rules(played: &Played) -> String {
    if played.broken.is_empty() {
        return "none".to_owned();
    }
    let rules = played
        .broken
        .iter()
        .map(|((rule, _), times)| format!("{rule} × {times}"));
    rules.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_lined_up_and_rules_explained() {
        let played = Played {
            version: "1.2".to_owned(),
            runtime: "node 20".to_owned(),
            compression: "payload".to_owned(),
            events: 90,
            overtaken: 1,
            resumed: 2,
            replayed: 7,
            heartbeats: 3,
            broken: [(("P28".to_owned(), "both".to_owned()), 2)].into(),
        };
        let row = |client, outcome| Row {
            client,
            compression: "payload",
            outcome,
        };
        let table = table(&[
            row(Client::DiscordJsWs, Outcome::Played(played)),
            row(
                Client::DiscordPy,
                Outcome::Skipped("python3 not found".to_owned()),
            ),
            row(Client::Twilight, Outcome::Failed("no READY".to_owned())),
        ]);
        let lines: Vec<&str> = table.lines().collect();
        assert!(
            lines[1].ends_with("yes    90      1     2        7         3           P28 × 2"),
            "{table}"
        );
        assert_eq!(lines[0].find("READY"), lines[2].find("-  "));
        assert!(table.contains("@discordjs/ws breaks P28: both"));
        assert!(table.contains("@discordjs/ws with payload tells of some events after later ones"));
        assert!(table.contains("discord.py is skipped: python3 not found"));
        assert!(table.contains("twilight-gateway with payload FAILED: no READY"));
    }
}
