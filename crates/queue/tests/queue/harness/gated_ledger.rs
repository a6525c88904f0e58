use gloaming_queue::{
    Ledger, LedgerAnswer, LedgerEntry, LedgerError, LedgerState, MemoryLedger, QueueSettings,
    RecordedIdentify,
};
use std::sync::{Arc, Condvar, Mutex};

/// A ledger that answers no requests for identifies while its gate is closed, and counts the requests.
#[derive(Clone, Debug, Default)]
pub(crate) struct GatedLedger {
    pub(crate) ledger: MemoryLedger,
    gate: Arc<(Mutex<Gate>, Condvar)>,
}

#[derive(Debug, Default)]
struct Gate {
    is_closed: bool,
    requests: usize,
    looks: usize,
    ticks: usize,
}

impl GatedLedger {
    pub(crate) fn close(&self) {
        self.gate.0.lock().unwrap().is_closed = true;
    }

    pub(crate) fn open(&self) {
        self.gate.0.lock().unwrap().is_closed = false;
        self.gate.1.notify_all();
    }

    /// Returns the number of requests so far, with those that wait at the gate.
    pub(crate) fn requests(&self) -> usize {
        self.gate.0.lock().unwrap().requests
    }

    /// Returns the number of requests for no identify, only for what the ledger knows.
    pub(crate) fn looks(&self) -> usize {
        self.gate.0.lock().unwrap().looks
    }

    /// Returns how often nothing was recorded but that time has passed.
    pub(crate) fn ticks(&self) -> usize {
        self.gate.0.lock().unwrap().ticks
    }
}

impl Ledger for GatedLedger {
    fn load(&self) -> Result<LedgerState, LedgerError> {
        self.ledger.load()
    }

    fn record(&self, entries: &[LedgerEntry]) -> Result<(), LedgerError> {
        self.gate.0.lock().unwrap().ticks += usize::from(entries.is_empty());
        self.ledger.record(entries)
    }

    fn spend(
        &self,
        identifies: &[RecordedIdentify],
        settings: &QueueSettings,
    ) -> Result<LedgerAnswer, LedgerError> {
        let (gate, opened) = &*self.gate;
        let mut gate = gate.lock().unwrap();
        gate.requests += 1;
        gate.looks += usize::from(identifies.is_empty());
        drop(opened.wait_while(gate, |gate| gate.is_closed).unwrap());
        self.ledger.spend(identifies, settings)
    }
}
