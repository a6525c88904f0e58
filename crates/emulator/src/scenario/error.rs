//! Why a scenario can't be played.

use std::{
    error::Error,
    fmt::{self, Display, Formatter},
};

/// A scenario that makes no sense, or that there is not.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ScenarioError {
    scenario: String,
    line: Option<usize>,
    reason: String,
}

impl ScenarioError {
    pub(super) fn new(scenario: &str, line: Option<usize>, reason: impl Into<String>) -> Self {
        Self {
            scenario: scenario.to_owned(),
            line,
            reason: reason.into(),
        }
    }

    /// The line at fault, from 1, where there is one.
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
