use std::sync::{Arc, Mutex, PoisonError};

use crate::ledger::{Ledger, LedgerEntry, LedgerError, LedgerState};

/// A ledger that lasts as long as the process.
///
/// Clones share one state, so a queue that is built with a clone continues
/// where the previous queue stopped.
#[derive(Clone, Debug, Default)]
pub struct MemoryLedger {
    state: Arc<Mutex<LedgerState>>,
}

impl MemoryLedger {
    /// Builds a ledger with an empty state.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Ledger for MemoryLedger {
    fn load(&self) -> Result<LedgerState, LedgerError> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(state.clone())
    }

    fn record(&self, entries: &[LedgerEntry]) -> Result<(), LedgerError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in entries {
            state.apply(entry);
        }
        Ok(())
    }
}
