//! Why a recording can't be read.

use std::{
    error::Error,
    fmt::{self, Display, Formatter},
};

/// A file that is no recording, or a damaged one; names the line.
#[derive(Debug)]
pub struct RecordingError {
    line: usize,
    reason: String,
    source: Option<std::io::Error>,
}

impl RecordingError {
    pub(super) fn new(line: usize, reason: impl Into<String>) -> Self {
        Self {
            line,
            reason: reason.into(),
            source: None,
        }
    }

    pub(super) fn unreadable(line: usize, source: std::io::Error) -> Self {
        Self {
            line,
            reason: "it can't be read".to_owned(),
            source: Some(source),
        }
    }

    /// The line at fault, from 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }
}

impl Display for RecordingError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

impl Error for RecordingError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
