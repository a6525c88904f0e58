use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// What does not match its type and can't be repaired.
#[derive(Debug)]
pub(in super::super) struct Mismatch {
    path: String,
    message: String,
}

impl Mismatch {
    pub(super) const fn new(path: String, message: String) -> Self {
        Self { path, message }
    }
}

impl Display for Mismatch {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "at {}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl Error for Mismatch {}
