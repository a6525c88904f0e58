use std::sync::Arc;

use super::shared::Shared;
use crate::{
    ledger::{LedgerEntry, RecordedIdentify},
    permit::PermitGuard,
    scheduler::SpendOutcome,
    ticket::Ticket,
};

/// The queue's side of a permit.
pub(super) struct LeaseGuard {
    shared: Arc<Shared>,
    ticket: Ticket,
    /// The ledger's entry, which is taken back if the permit is returned.
    recorded: Option<RecordedIdentify>,
}

impl LeaseGuard {
    pub(super) const fn new(shared: Arc<Shared>, ticket: Ticket) -> Self {
        Self {
            shared,
            ticket,
            recorded: None,
        }
    }

    pub(super) fn with_recorded(self, identify: RecordedIdentify) -> Self {
        Self {
            recorded: Some(identify),
            ..self
        }
    }
}

impl PermitGuard for LeaseGuard {
    fn spend(self: Box<Self>) {
        match self.shared.spend(self.ticket) {
            SpendOutcome::InTime | SpendOutcome::Unknown => {}
            SpendOutcome::Lapsed => tracing::warn!(
                "IDENTIFY was sent after the lease of its permit had ended; the gateway may \
                 reject it"
            ),
        }
    }

    fn release(self: Box<Self>) {
        self.shared.release(self.ticket);
        if let (Some(ledger), Some(identify)) = (self.shared.ledger(), self.recorded) {
            ledger.write_in_background(LedgerEntry::Returned(identify));
        }
    }
}
