use std::{sync::Arc, time::Duration};

use super::{
    ledger_writer::{LedgerView, LedgerWriter},
    shared::{Deferral, Shared},
};
use crate::{
    clock_reading::ClockReading,
    ledger::{LedgerEntry, RecordedIdentify},
    permit::PermitGuard,
    scheduler::SpendOutcome,
    ticket::Ticket,
};

/// The queue's side of a permit. Dropping it returns the permit.
pub(super) struct LeaseGuard {
    shared: Arc<Shared>,
    /// `None` when the permit was spent, or is not leased any more.
    lease: Option<Lease>,
}

struct Lease {
    ticket: Ticket,
    recorded: Option<Recorded>,
}

/// The ledger's entry, which is taken back if the permit is returned.
struct Recorded {
    ledger: Arc<LedgerWriter>,
    identify: RecordedIdentify,
}

impl LeaseGuard {
    pub(super) const fn new(shared: Arc<Shared>, ticket: Ticket) -> Self {
        Self {
            shared,
            lease: Some(Lease {
                ticket,
                recorded: None,
            }),
        }
    }

    pub(super) fn recorded(
        shared: Arc<Shared>,
        ticket: Ticket,
        ledger: Arc<LedgerWriter>,
        identify: RecordedIdentify,
    ) -> Self {
        shared.add_own(ticket, identify);
        Self {
            shared,
            lease: Some(Lease {
                ticket,
                recorded: Some(Recorded { ledger, identify }),
            }),
        }
    }

    /// The ledger refused the identify: lets the shard `shard` wait again, for at least `wait`.
    pub(super) fn defer(mut self, shard: u32, view: &LedgerView, wait: Duration) -> Deferral {
        match self.lease.take() {
            Some(lease) => self.shared.defer(lease.ticket, shard, view, wait),
            None => Deferral::Lapsed,
        }
    }
}

impl Drop for LeaseGuard {
    fn drop(&mut self) {
        if let Some(Lease { ticket, recorded }) = self.lease.take() {
            let batch = recorded.map(|Recorded { ledger, identify }| {
                ledger.write_in_background(LedgerEntry::Returned(identify))
            });
            self.shared.release(ticket, batch);
        }
    }
}

impl PermitGuard for LeaseGuard {
    fn spend(mut self: Box<Self>) {
        let Some(Lease { ticket, recorded }) = self.lease.take() else {
            return;
        };
        match self.shared.spend(ticket) {
            SpendOutcome::InTime | SpendOutcome::Unknown => {}
            SpendOutcome::Lapsed => tracing::warn!(
                "IDENTIFY was sent after the lease of its permit had ended; the gateway may \
                 reject it"
            ),
        }
        if let Some(Recorded { ledger, identify }) = recorded {
            let at = ClockReading::now();
            ledger.write_in_background(LedgerEntry::Sent { identify, at });
        }
    }

    fn release(self: Box<Self>) {
        drop(self);
    }
}
