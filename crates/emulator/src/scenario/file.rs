//! Scenario files: TOML.

mod entry;
mod names;
#[cfg(not(feature = "scenario-files"))]
mod toml_disabled;
#[cfg(feature = "scenario-files")]
mod toml_file;

use self::entry::Entry;
#[cfg(not(feature = "scenario-files"))]
use self::toml_disabled as toml_file;
use super::{
    action::Action,
    error::{ScenarioError, ScenarioErrorKind},
    fault::Scenario,
};

/// A file as it is written, before its faults are checked.
struct File {
    description: String,
    /// Each with the index of its first byte.
    faults: Vec<(usize, Entry)>,
}

/// A text that can't be read.
struct Unreadable {
    kind: ScenarioErrorKind,
    /// The index of the byte at which the mistake is.
    at: Option<usize>,
    reason: String,
}

impl Scenario {
    /// Parses the text of a file in the [format](crate::scenario#file-format) of scenarios.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is not TOML, or has an unknown key or an invalid value. The error names the line.
    /// Without the feature `scenario-files`, the error is always
    /// [`Unavailable`](ScenarioErrorKind::Unavailable).
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
    let file = toml_file::read(text).map_err(|unreadable| {
        let Unreadable { kind, at, reason } = unreadable;
        error(kind, at.map(line), reason)
    })?;
    let mut faults = Vec::with_capacity(file.faults.len());
    for (at, entry) in file.faults {
        let fault = entry
            .fault()
            .map_err(|reason| error(ScenarioErrorKind::InvalidFault, Some(line(at)), reason))?;
        faults.push(fault);
    }
    if faults.is_empty() {
        let reason = "the file has no [[fault]]; add one".to_owned();
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
