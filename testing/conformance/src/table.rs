//! Outcomes as a table in Markdown.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use crate::{
    client::Client,
    record::{Ending, Outcome},
};

const BEGIN: &str = "<!-- conformance: begin, written by `cargo xtask conformance --write` -->";
const END: &str = "<!-- conformance: end -->";

/// A line for each scenario, in the order of the outcomes, with what came of each client.
#[must_use]
pub fn table(outcomes: &[Outcome]) -> String {
    let mut table = String::from("| scenario |");
    let mut rule = String::from("|---|");
    for client in Client::ALL {
        let name = client.name();
        _ = write!(
            table,
            " {name}: heals in | identifies, resumes | events lost | rules broken |"
        );
        rule.push_str("---|---|---|---|");
    }
    _ = write!(table, "\n{rule}\n");

    let mut scenarios: Vec<&str> = outcomes.iter().map(|it| it.scenario.as_str()).collect();
    scenarios.dedup();
    for scenario in scenarios {
        _ = write!(table, "| `{scenario}` |");
        for client in Client::ALL {
            let of_it = |it: &&Outcome| it.scenario == scenario && it.client == client;
            match outcomes.iter().find(of_it) {
                Some(outcome) => _ = write!(table, " {} |", cells(outcome)),
                None => table.push_str(" not run | | | |"),
            }
        }
        table.push('\n');
    }
    table
}

/// `text` with `table` between the two marks.
///
/// # Errors
///
/// It has no such marks; the error says which they are.
pub fn put_between_marks(text: &str, table: &str) -> Result<String, String> {
    let marks =
        || format!("there is no place for the table: it goes between `{BEGIN}` and `{END}`");
    let (before, rest) = text.split_once(BEGIN).ok_or_else(marks)?;
    let (_, after) = rest.split_once(END).ok_or_else(marks)?;
    Ok(format!("{before}{BEGIN}\n\n{table}\n{END}{after}"))
}

fn cells(outcome: &Outcome) -> String {
    let lost = match outcome.lost {
        0 => "0".to_owned(),
        lost => format!("at least {lost}"),
    };
    format!(
        "{} | {}, {} | {lost} | {}",
        ending(&outcome.ending),
        outcome.stats.identifies,
        outcome.stats.resumes,
        rules(&outcome.rules)
    )
}

fn ending(ending: &Ending) -> String {
    match ending {
        Ending::StayedUp => "stays up".to_owned(),
        Ending::Healed(time) => seconds(*time),
        Ending::Silent { since, trouble } => {
            format!(
                "**no**: silent from {} on{}",
                seconds(*since),
                last(trouble)
            )
        }
        Ending::Stopped { at, trouble } => {
            format!("**no**: stops at {}{}", seconds(*at), last(trouble))
        }
        Ending::Panicked { at, message } => {
            format!("**no**: panics at {}: {}", seconds(*at), cell(message))
        }
    }
}

/// To the precision of the looks.
fn seconds(time: Duration) -> String {
    match time.as_secs_f64() {
        short if short < 0.1 => "0.1 s".to_owned(),
        longer => format!("{longer:.1} s"),
    }
}

fn last(trouble: &Option<String>) -> String {
    match trouble {
        Some(trouble) => format!(", last said \"{}\"", cell(trouble)),
        None => String::new(),
    }
}

/// Fit for a cell, which has no lines nor bars.
fn cell(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.replace('|', "/")
}

fn rules(rules: &BTreeMap<&'static str, u64>) -> String {
    if rules.is_empty() {
        return "none".to_owned();
    }
    let each: Vec<String> = rules
        .iter()
        .map(|(rule, times)| format!("{rule} × {times}"))
        .collect();
    each.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_around_the_marks_stays() {
        let text = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        let new = put_between_marks(&text, "| new |\n").unwrap();
        assert_eq!(new, format!("before\n{BEGIN}\n\n| new |\n\n{END}\nafter\n"));
        let again = put_between_marks(&new, "| new |\n").unwrap();
        assert_eq!(again, new);
        let error = put_between_marks("before\nafter\n", "").unwrap_err();
        assert!(error.contains(BEGIN) && error.contains(END), "{error}");
    }

    #[test]
    fn a_client_that_gave_up_is_shown_as_such() {
        let stopped = Ending::Stopped {
            at: Duration::from_millis(3250),
            trouble: Some("a | b\nc".to_owned()),
        };
        assert_eq!(
            ending(&stopped),
            "**no**: stops at 3.2 s, last said \"a / b\""
        );
        let rules = rules(&BTreeMap::from([("P11", 2), ("P7", 1)]));
        assert_eq!(rules, "P11 × 2, P7 × 1");
    }
}
