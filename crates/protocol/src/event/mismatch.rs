use super::shortened::Shortened;
use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// What does not match its type. Its text is short, while the parser's quotes the value, which may have megabytes.
#[derive(Debug)]
pub(super) struct Mismatch {
    path: String,
    message: String,
}

impl Mismatch {
    /// Takes the error of a parser, about a value that is not known.
    pub(super) fn of(error: &dyn Error) -> Self {
        Self::new(String::new(), error.to_string())
    }

    pub(super) const fn new(path: String, message: String) -> Self {
        Self { path, message }
    }
}

impl Display for Mismatch {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "at {}: ", Shortened(&self.path))?;
        }
        Shortened(&self.message).fmt(f)
    }
}

impl Error for Mismatch {}
