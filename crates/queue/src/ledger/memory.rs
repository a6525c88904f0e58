use std::sync::{Arc, Mutex, PoisonError};

use super::{Entry, Ledger, LedgerError, Record};

/// A ledger that lasts as long as the process.
///
/// Clones share one record, so a queue built anew goes on where the one before
/// it stopped.
#[derive(Clone, Debug, Default)]
pub struct MemoryLedger {
    record: Arc<Mutex<Record>>,
}

impl MemoryLedger {
    /// Starts with an empty record.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Ledger for MemoryLedger {
    fn load(&self) -> Result<Record, LedgerError> {
        let record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(record.clone())
    }

    fn record(&self, entries: &[Entry]) -> Result<(), LedgerError> {
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in entries {
            record.apply(entry);
        }
        Ok(())
    }
}
