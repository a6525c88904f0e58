//! A configuration that can't be used.

use std::{
    error::Error,
    fmt::{self, Display, Formatter},
};

/// A configuration with which a node can't start. Its author has to change it; the text says what, and where.
///
/// The token is not part of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConfigError {
    place: String,
    problem: String,
}

impl ConfigError {
    pub(crate) fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            problem: problem.into(),
        }
    }

    /// Returns where the problem is: the environment variable, or the key of the file.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }
}

impl Display for ConfigError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

impl Error for ConfigError {}
