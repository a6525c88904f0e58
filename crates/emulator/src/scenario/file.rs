//! Scenario files: TOML.

mod entry;
mod names;

use serde::Deserialize;
use toml::Spanned;

use self::entry::Entry;
use super::{
    action::Action,
    error::{ScenarioError, ScenarioErrorKind},
    fault::Scenario,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    description: String,
    #[serde(default)]
    fault: Vec<Spanned<Entry>>,
}

impl Scenario {
    /// Parses the text of a file in the [format](crate::scenario#file-format) of scenarios.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is not TOML, or has an unknown key or an invalid value. The error names the line.
    pub fn parse(name: impl Into<String>, text: &str) -> Result<Self, ScenarioError> {
        parse(name.into(), text)
    }
}

fn parse(name: String, text: &str) -> Result<Scenario, ScenarioError> {
    let line = |at: usize| {
        1 + text.as_bytes()[..at.min(text.len())]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
    };
    let error = |kind, line, reason: String| ScenarioError::new(&name, kind, line, reason);
    let file: File = toml::from_str(text).map_err(|syntax| {
        let at = syntax.span().map(|span| line(span.start));
        error(ScenarioErrorKind::Syntax, at, syntax.message().to_owned())
    })?;
    let mut faults = Vec::with_capacity(file.fault.len());
    for entry in file.fault {
        let at = line(entry.span().start);
        let fault = entry
            .into_inner()
            .fault()
            .map_err(|reason| error(ScenarioErrorKind::InvalidFault, Some(at), reason))?;
        faults.push(fault);
    }
    if faults.is_empty() {
        let reason = "the file has no [[fault]]".to_owned();
        return Err(error(ScenarioErrorKind::Empty, None, reason));
    }
    Ok(Scenario {
        name,
        description: file.description,
        faults,
    })
}

/// Parses an action to be taken immediately, a JSON object with the keys of a file, and the shard that it applies to.
pub(crate) fn parse_action(json: &[u8]) -> Result<(Action, Option<u32>), String> {
    let entry: Entry = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    entry.immediate_action()
}

#[cfg(test)]
mod tests;
