//! The table of the outcomes.

use std::collections::BTreeSet;

use crate::{
    client::Client,
    emulator::Findings,
    findings::Accusation,
    story::{Recovery, Summary},
};

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

pub(crate) const HEADERS: [&str; 10] = [
    "library",
    "version",
    "encoding",
    "compression",
    "READY",
    "resumed",
    "lost",
    "doubled",
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
    pub(crate) fn summary(&self) -> Option<&Summary> {
        match &self.outcome {
            Outcome::Completed(summary) => Some(summary),
            Outcome::Skipped(_) | Outcome::Failed(_) => None,
        }
    }

    /// Whether the outcome fails the command.
    pub(crate) fn is_failure(&self) -> bool {
        match &self.outcome {
            Outcome::Completed(summary) => {
                let accusations = self.accusations();
                !summary.lost.is_empty() || accusations.iter().any(Accusation::is_unjustified)
            }
            Outcome::Skipped(_) => false,
            Outcome::Failed(_) => true,
        }
    }

    pub(crate) fn accusations(&self) -> BTreeSet<Accusation> {
        self.summary().map_or_else(BTreeSet::new, |summary| {
            Accusation::of(self.client, &summary.violations, &summary.notes)
        })
    }

    /// Returns the cells, one for each of the [`HEADERS`].
    pub(crate) fn cells(&self) -> [String; HEADERS.len()] {
        let (title, compression) = (self.client.title(), self.compression);
        match &self.outcome {
            Outcome::Completed(summary) => [
                title,
                summary.version.clone(),
                summary.encoding.clone(),
                summary.compression.clone(),
                "yes".to_owned(),
                summary.resumed(),
                format!("{} of {}", summary.lost.len(), summary.sent),
                summary.doubled.len().to_string(),
                rules(&summary.violations),
                rules(&summary.notes),
            ],
            Outcome::Skipped(_) | Outcome::Failed(_) => {
                let mut cells = std::array::from_fn(|_| "-".to_owned());
                cells[0] = title;
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
        let (title, compression) = (self.client.title(), self.compression);
        match &self.outcome {
            Outcome::Completed(summary) => {
                let numbers = [("loses", &summary.lost), ("doubles", &summary.doubled)];
                let numbers = numbers
                    .into_iter()
                    .filter(|(_, numbers)| !numbers.is_empty());
                let accusations = self.accusations();
                accusations
                    .iter()
                    .map(Accusation::to_string)
                    .chain(self.new_sessions())
                    .chain(numbers.map(|(verb, numbers)| {
                        format!("{title} with {compression} {verb} messages {numbers:?}")
                    }))
                    .collect()
            }
            Outcome::Skipped(reason) => vec![format!("{title} is skipped: {reason}")],
            Outcome::Failed(error) => vec![format!("{title} with {compression} FAILED: {error}")],
        }
    }

    /// Returns where the client could have resumed and did not.
    pub(crate) fn new_sessions(&self) -> Vec<String> {
        let recoveries = self.summary().into_iter().flat_map(|it| &it.recoveries);
        recoveries
            .filter(|(_, recovery)| *recovery == Recovery::StartedAnew)
            .map(|(name, _)| {
                let package = self.client.package();
                format!("{package} starts a new session after {name}")
            })
            .collect()
    }
}

impl Summary {
    /// Returns how often the client resumed where it could.
    fn resumed(&self) -> String {
        let resumed = self.recoveries.iter();
        let resumed = resumed.filter(|(_, recovery)| *recovery == Recovery::Resumed);
        format!("{} of {}", resumed.count(), self.recoveries.len())
    }
}

/// Returns the numbers of the rules, in order.
fn rules(findings: &Findings) -> String {
    let rules: BTreeSet<(usize, &str)> = findings
        .keys()
        .map(|(rule, _)| (rule.len(), &**rule))
        .collect();
    match rules.is_empty() {
        true => "none".to_owned(),
        false => {
            let names: Vec<&str> = rules.into_iter().map(|(_, rule)| rule).collect();
            names.join(", ")
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn summary() -> Summary {
        Summary {
            version: "1.2".to_owned(),
            encoding: "json".to_owned(),
            compression: "payload".to_owned(),
            recoveries: vec![("op 7", Recovery::Resumed), ("op 9", Recovery::StartedAnew)],
            sent: 50,
            lost: Vec::new(),
            doubled: vec![7],
            violations: Findings::new(),
            notes: [
                (("P28".to_owned(), "two compressions".to_owned()), 1),
                (("P5".to_owned(), "zero".to_owned()), 4),
                (("P28".to_owned(), "another".to_owned()), 1),
            ]
            .into(),
        }
    }

    pub(crate) fn row(client: Client, outcome: Outcome) -> Row {
        Row {
            client,
            compression: "payload",
            outcome,
        }
    }

    #[test]
    fn table_has_aligned_columns_and_details_below() {
        let rows = [
            row(Client::DiscordJsWs, Outcome::Completed(summary())),
            row(
                Client::DiscordPySharded,
                Outcome::Skipped("python3 not found".to_owned()),
            ),
            row(
                Client::Twilight,
                Outcome::Failed("no READY within 30 s".to_owned()),
            ),
        ];
        let table = table(&rows);
        let lines: Vec<&str> = table.lines().collect();
        assert!(
            lines[1].ends_with("yes    1 of 2   0 of 50  1        none        P5, P28"),
            "{table}"
        );
        assert_eq!(lines[0].find("READY"), lines[2].find("-  "));
        for remark in [
            "@discordjs/ws deviates from P28, as Discord accepts: two compressions",
            "@discordjs/ws starts a new session after op 9",
            "@discordjs/ws with payload doubles messages [7]",
            "discord.py, 2 shards is skipped: python3 not found",
            "twilight-gateway with payload FAILED: no READY within 30 s",
        ] {
            assert!(table.contains(remark), "{table}");
        }
        assert_eq!(
            rows.each_ref().map(Row::is_failure),
            [false, false, true],
            "doubled messages and notes do not fail the command"
        );
    }

    #[test]
    fn loss_and_unjustified_violations_are_failures() {
        let mut lossy = summary();
        lossy.lost = vec![3];
        assert!(row(Client::Eris, Outcome::Completed(lossy)).is_failure());
        let mut violating = summary();
        let violation = ("P4".to_owned(), "a new kind".to_owned());
        violating.violations = [(violation, 1)].into();
        assert!(row(Client::Eris, Outcome::Completed(violating)).is_failure());
    }
}
