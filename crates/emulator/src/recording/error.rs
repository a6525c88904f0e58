use std::{
    error::Error,
    fmt::{self, Display, Formatter},
    io,
};

/// The error of a recording that can not be read. It names the line.
#[derive(Debug)]
pub struct RecordingError {
    kind: RecordingErrorKind,
    line: usize,
    reason: String,
    source: Option<io::Error>,
}

impl RecordingError {
    pub(super) fn new(kind: RecordingErrorKind, line: usize, reason: impl Into<String>) -> Self {
        Self {
            kind,
            line,
            reason: reason.into(),
            source: None,
        }
    }

    pub(super) fn io(line: usize, source: io::Error) -> Self {
        Self {
            kind: RecordingErrorKind::Io,
            line,
            reason: "reading failed; check the file".to_owned(),
            source: Some(source),
        }
    }

    /// Returns the kind of error.
    #[must_use]
    pub const fn kind(&self) -> RecordingErrorKind {
        self.kind
    }

    /// Returns the line of the error, counted from 1.
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

/// The reason why a recording can not be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RecordingErrorKind {
    /// Reading failed. [`source`](Error::source) is the cause.
    Io,
    /// A line is not JSON, or a key is missing, unknown or of the wrong type.
    Syntax,
    /// The header has another format or version, or no shards.
    InvalidHeader,
    /// A dispatch has an invalid value.
    InvalidDispatch,
    /// A line or the file is too large.
    TooLarge,
}
