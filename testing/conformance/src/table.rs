//! The outcomes as a Markdown table.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use crate::{
    client::Client,
    record::{FinalState, Outcome},
};

const BEGIN: &str = "<!-- conformance: begin, written by `cargo xtask conformance --write` -->";
const END: &str = "<!-- conformance: end -->";

/// Returns a table with one line per scenario, in the order of the outcomes, and four columns per client.
#[must_use]
pub fn table(outcomes: &[Outcome]) -> String {
    let mut table = String::from("| scenario |");
    let mut rule = String::from("|---|");
    for client in Client::ALL {
        let name = client.name();
        _ = write!(
            table,
            " {name}: recovers in | identifies, resumes | events lost | rules broken |"
        );
        rule.push_str("---|---|---|---|");
    }
    _ = write!(table, "\n{rule}\n");

    let mut scenarios: Vec<&str> = outcomes.iter().map(|it| it.scenario.as_str()).collect();
    scenarios.dedup();
    for scenario in scenarios {
        _ = write!(table, "| `{scenario}` |");
        for client in Client::ALL {
            let matches = |it: &&Outcome| it.scenario == scenario && it.client == client;
            match outcomes.iter().find(matches) {
                Some(outcome) => _ = write!(table, " {} |", cells(outcome)),
                None => table.push_str(" not run | | | |"),
            }
        }
        table.push('\n');
    }
    table
}

/// Returns `text` with `table` between the two markers.
///
/// # Errors
///
/// `text` does not contain the markers. The error names them.
pub fn put_between_markers(text: &str, table: &str) -> Result<String, String> {
    let missing = || format!("the markers of the table are missing: `{BEGIN}` and `{END}`");
    let (before, rest) = text.split_once(BEGIN).ok_or_else(missing)?;
    let (_, after) = rest.split_once(END).ok_or_else(missing)?;
    Ok(format!("{before}{BEGIN}\n\n{table}\n{END}{after}"))
}

fn cells(outcome: &Outcome) -> String {
    let lost = match outcome.lost {
        0 => "0".to_owned(),
        lost => format!("at least {lost}"),
    };
    format!(
        "{} | {}, {} | {lost} | {}",
        final_state(&outcome.final_state),
        outcome.stats.identifies,
        outcome.stats.resumes,
        rules(&outcome.rules)
    )
}

fn final_state(final_state: &FinalState) -> String {
    match final_state {
        FinalState::StayedUp => "stays up".to_owned(),
        FinalState::Recovered(time) => seconds(*time),
        FinalState::Silent { since, last_error } => {
            format!(
                "**no**: silent from {} on{}",
                seconds(*since),
                last(last_error)
            )
        }
        FinalState::Stopped { at, last_error } => {
            format!("**no**: stops at {}{}", seconds(*at), last(last_error))
        }
        FinalState::Panicked { at, message } => {
            format!("**no**: panics at {}: {}", seconds(*at), cell(message))
        }
    }
}

/// Formats a time with the precision of the samples.
fn seconds(time: Duration) -> String {
    match time.as_secs_f64() {
        short if short < 0.1 => "0.1 s".to_owned(),
        longer => format!("{longer:.1} s"),
    }
}

fn last(last_error: &Option<String>) -> String {
    match last_error {
        Some(last_error) => format!(", last error \"{}\"", cell(last_error)),
        None => String::new(),
    }
}

/// Returns the first line without the character that ends a cell.
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
    fn only_the_text_between_the_markers_changes() {
        let text = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        let new = put_between_markers(&text, "| new |\n").unwrap();
        assert_eq!(new, format!("before\n{BEGIN}\n\n| new |\n\n{END}\nafter\n"));
        let again = put_between_markers(&new, "| new |\n").unwrap();
        assert_eq!(again, new);
        let error = put_between_markers("before\nafter\n", "").unwrap_err();
        assert!(error.contains(BEGIN) && error.contains(END), "{error}");
    }

    #[test]
    fn stopped_client_is_shown_with_its_last_error() {
        let stopped = FinalState::Stopped {
            at: Duration::from_millis(3250),
            last_error: Some("a | b\nc".to_owned()),
        };
        assert_eq!(
            final_state(&stopped),
            "**no**: stops at 3.2 s, last error \"a / b\""
        );
        let rules = rules(&BTreeMap::from([("P11", 2), ("P7", 1)]));
        assert_eq!(rules, "P11 × 2, P7 × 1");
    }
}
