//! The table of the emulator's guide.

use std::{collections::BTreeSet, fs};

use crate::{
    findings::Accusation,
    folders::Folders,
    table::{HEADERS, Outcome, Row},
};

const GUIDE: &str = "crates/emulator/docs/guide.md";
const START: &str = "<!-- `cargo xtask clients --write` writes what follows. -->";
const END: &str = "<!-- The end of what is written. -->";

/// Whether the guide has the results.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum GuideState {
    Same,
    Different,
}

/// Compares the guide with the results.
pub(crate) fn compare(folders: &Folders, rows: &[Row]) -> Result<GuideState, String> {
    let guide = read(folders)?;
    Ok(match replaced(&guide, &markdown(rows))? == guide {
        true => GuideState::Same,
        false => GuideState::Different,
    })
}

/// Writes the results into the guide.
///
/// # Errors
///
/// A client is missing, or the guide has no place for the results.
pub(crate) fn write(folders: &Folders, rows: &[Row]) -> Result<(), String> {
    if let Some(row) = rows
        .iter()
        .find(|row| !matches!(row.outcome, Outcome::Completed(_)))
    {
        let title = row.client.title();
        return Err(format!("{title} has no result to write"));
    }
    let guide = replaced(&read(folders)?, &markdown(rows))?;
    fs::write(folders.in_repository(GUIDE), guide).map_err(|error| format!("{GUIDE}: {error}"))
}

fn read(folders: &Folders) -> Result<String, String> {
    fs::read_to_string(folders.in_repository(GUIDE)).map_err(|error| format!("{GUIDE}: {error}"))
}

/// Returns the guide with other results.
fn replaced(guide: &str, results: &str) -> Result<String, String> {
    let parts = guide.split_once(START).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let (before, after) = parts.ok_or("the guide has no place for the results")?;
    Ok(format!("{before}{START}\n\n{results}\n{END}{after}"))
}

/// Returns the table, followed by what the libraries do against the documentation.
fn markdown(rows: &[Row]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut text = line(&HEADERS.map(str::to_owned));
    text.push_str(&line(&HEADERS.map(|_| "---".to_owned())));
    for row in rows {
        text.push_str(&line(&row.cells().map(linked)));
    }
    let accusations: BTreeSet<_> = rows.iter().flat_map(Row::accusations).collect();
    text.push_str("\n| library | rule | what it does | what the documentation says |\n");
    text.push_str("|---|---|---|---|\n");
    for accusation in &accusations {
        text.push_str(&accusation_line(accusation));
    }
    let new_sessions: BTreeSet<_> = rows.iter().flat_map(Row::new_sessions).collect();
    for (index, sentence) in new_sessions.iter().enumerate() {
        text.push_str(if index == 0 { "\n" } else { "" });
        text.push_str(&format!("- {sentence}.\n"));
    }
    text
}

/// Returns a cell with links if it is a list of rules.
fn linked(cell: String) -> String {
    let is_rule = |word: &str| {
        let number = word.strip_prefix('P');
        number.is_some_and(|number| number.parse::<u8>().is_ok())
    };
    if !cell.split(", ").all(is_rule) {
        return cell;
    }
    let links: Vec<String> = cell.split(", ").map(link).collect();
    links.join(", ")
}

fn link(rule: &str) -> String {
    let rules = "https://docs.rs/gloaming-protocol/latest/gloaming_protocol/rules";
    let anchor = rule.to_lowercase();
    format!("[{rule}]({rules}/#{anchor})")
}

fn accusation_line(accusation: &Accusation) -> String {
    let Accusation {
        package,
        rule,
        detail,
        is_note,
    } = accusation;
    let rule = link(rule);
    let kind = if *is_note { "note" } else { "violation" };
    let documented = accusation.documented();
    let reason = accusation
        .justification()
        .map_or_else(String::new, |reason| format!(" {reason}"));
    format!("| {package} | {rule} | {detail} ({kind}) | {documented}{reason} |\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        client::Client,
        table::tests::{row, summary},
    };

    #[test]
    fn results_take_the_place_of_earlier_ones() {
        let guide = format!("before\n\n{START}\n\nold\n{END}\n\nafter\n");
        let new = replaced(&guide, "| a |\n").unwrap();
        assert_eq!(
            new,
            format!("before\n\n{START}\n\n| a |\n\n{END}\n\nafter\n")
        );
        assert_eq!(replaced(&new, "| a |\n").unwrap(), new);
        assert!(replaced("no marks", "").is_err());
    }

    #[test]
    fn results_are_tables() {
        let text = markdown(&[row(Client::DiscordJsWs, Outcome::Completed(summary()))]);
        assert!(text.contains(
            "| @discordjs/ws | 1.2 | json | payload | yes | 1 of 2 | 0 of 50 | 1 | none | [P5]("
        ));
        assert!(text.contains("/#p5), [P28](https://"), "{text}");
        assert!(
            text.contains("/#p28) | two compressions (note) |"),
            "{text}"
        );
        assert!(text.ends_with("\n\n- @discordjs/ws starts a new session after op 9.\n"));
    }

    #[test]
    fn guide_has_a_row_for_each_client() {
        let guide = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .join(GUIDE);
        let guide = fs::read_to_string(guide).unwrap();
        let (_, rest) = guide.split_once(START).unwrap();
        let (results, _) = rest.split_once(END).unwrap();
        for client in Client::ALL {
            for compression in client.compressions() {
                let (title, encoding) = (client.title(), client.encoding());
                let is_row = |line: &str| {
                    let cells: Vec<&str> = line.split(" | ").collect();
                    cells.len() == HEADERS.len()
                        && cells[0] == format!("| {title}")
                        && cells[2..4] == [encoding, compression]
                };
                assert!(results.lines().any(is_row), "{title}: {compression}");
            }
        }
    }
}
