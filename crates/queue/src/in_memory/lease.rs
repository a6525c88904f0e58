use std::sync::Arc;

use super::shared::Shared;
use crate::{Entry, Identify, PermitGuard, Spend, Ticket};

/// The queue's end of a permit.
pub(super) struct Lease {
    shared: Arc<Shared>,
    ticket: Ticket,
    /// What the ledger has to take back if the permit comes back.
    on_record: Option<Identify>,
}

impl Lease {
    pub(super) const fn new(shared: Arc<Shared>, ticket: Ticket) -> Self {
        Self {
            shared,
            ticket,
            on_record: None,
        }
    }

    pub(super) fn on_record(self, identify: Identify) -> Self {
        Self {
            on_record: Some(identify),
            ..self
        }
    }
}

impl PermitGuard for Lease {
    fn spend(self: Box<Self>) {
        match self.shared.spend(self.ticket) {
            Spend::InTime | Spend::Unknown => {}
            Spend::Lapsed => tracing::warn!(
                "identify was sent long after its permit was granted; the gateway may refuse it"
            ),
        }
    }

    fn release(self: Box<Self>) {
        self.shared.release(self.ticket);
        if let (Some(recorder), Some(identify)) = (self.shared.recorder(), self.on_record) {
            recorder.note(Entry::Returned(identify));
        }
    }
}
