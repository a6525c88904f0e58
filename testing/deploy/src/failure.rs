//! What must not have happened in a case.

use std::fmt::{self, Display, Formatter};

/// The most faults that are listed.
const MAX_LISTED: usize = 10;

#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<String>);

impl Faults {
    pub(crate) fn add(&mut self, fault: impl Into<String>) {
        self.0.push(fault.into());
    }

    /// Adds a fault if a number of events is not 0.
    pub(crate) fn add_some(&mut self, count: u64, what: &str) {
        if count > 0 {
            self.add(format!("{count} events {what}"));
        }
    }

    pub(crate) fn extend(&mut self, faults: impl IntoIterator<Item = impl Display>) {
        self.0
            .extend(faults.into_iter().map(|fault| fault.to_string()));
    }

    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }
}

impl Display for Faults {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for fault in self.0.iter().take(MAX_LISTED) {
            write!(f, "\n  FAULT: {fault}")?;
        }
        match self.0.len().saturating_sub(MAX_LISTED) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}
