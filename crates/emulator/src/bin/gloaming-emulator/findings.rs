//! What the gateway found in what clients sent.

use gloaming_emulator::{Note, Violation};
use serde::Serialize;

/// The violations and the notes of a run.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Findings {
    pub(crate) violations: Vec<Violation>,
    pub(crate) notes: Vec<Note>,
}

impl Findings {
    pub(crate) const fn is_empty(&self) -> bool {
        self.violations.is_empty() && self.notes.is_empty()
    }
}
