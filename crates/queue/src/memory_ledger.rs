use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{
    clock_reading::ClockReading,
    ledger::{Ledger, LedgerAnswer, LedgerEntry, LedgerError, LedgerState, RecordedIdentify},
    settings::QueueSettings,
};

/// A ledger that lasts as long as the process.
///
/// Clones share one state, so a queue that is built with a clone continues
/// where the previous queue stopped, and queues that exist at the same time keep the limits together.
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

    fn lock(&self) -> MutexGuard<'_, LedgerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger for MemoryLedger {
    fn load(&self) -> Result<LedgerState, LedgerError> {
        Ok(self.lock().clone())
    }

    fn record(&self, entries: &[LedgerEntry]) -> Result<(), LedgerError> {
        let mut state = self.lock();
        let now = ClockReading::now();
        state.pass_time(&now);
        for entry in entries {
            state.apply(entry, &now);
        }
        Ok(())
    }

    fn spend(
        &self,
        identifies: &[RecordedIdentify],
        settings: &QueueSettings,
    ) -> Result<LedgerAnswer, LedgerError> {
        let mut state = self.lock();
        let now = ClockReading::now();
        let verdicts = identifies
            .iter()
            .map(|identify| state.spend(*identify, settings, &now));
        let verdicts = verdicts.collect();
        Ok(LedgerAnswer::new(verdicts, state.clone(), now))
    }
}
