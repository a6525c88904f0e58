//! Errors of scenarios.

use std::{
    error::Error,
    fmt::{self, Display, Formatter},
};

/// A scenario that is invalid, or that the library does not have.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ScenarioError {
    scenario: String,
    kind: ScenarioErrorKind,
    line: Option<usize>,
    reason: String,
}

/// What is wrong with a scenario.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ScenarioErrorKind {
    /// The text is not TOML, or a key is unknown or of the wrong type.
    Syntax,
    /// A fault lacks a key, has one that does not apply to it, or has an invalid value.
    InvalidFault,
    /// The file has no faults.
    Empty,
    /// The library has no scenario with this name.
    UnknownName,
    /// The feature `scenario-files`, which reads scenarios, is not enabled.
    Unavailable,
}

impl ScenarioError {
    pub(super) fn new(
        scenario: &str,
        kind: ScenarioErrorKind,
        line: Option<usize>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            scenario: scenario.to_owned(),
            kind,
            line,
            reason: reason.into(),
        }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> ScenarioErrorKind {
        self.kind
    }

    /// The line of the error, counted from 1, if it is in a line of the file.
    #[must_use]
    pub const fn line(&self) -> Option<usize> {
        self.line
    }
}

impl Display for ScenarioError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "scenario {}", self.scenario)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl Error for ScenarioError {}
