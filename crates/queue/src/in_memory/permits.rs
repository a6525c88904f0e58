use std::{
    fmt::{self, Formatter},
    sync::Arc,
};

use super::{
    clock,
    grant::Grant,
    lease_guard::LeaseGuard,
    refusal_backoff::RefusalBackoff,
    shared::{Deferral, Shared},
};
use crate::{
    error::QueueError,
    identify_queue::{BoxFuture, IdentifyQueue},
    ledger::{LedgerVerdict, RecordedIdentify},
    permit::Permit,
    position::Position,
    queue_budget::QueueBudget,
    scheduler::Scheduler,
};

/// The in-memory queue as an [`IdentifyQueue`].
///
/// A type of its own, since every [`Queue`](crate::Queue) is an
/// [`IdentifyQueue`] by other means.
#[derive(Clone)]
pub(super) struct Permits {
    pub(super) shared: Arc<Shared>,
}

impl Permits {
    pub(super) fn acquire(&self, shard: u32) -> BoxFuture<'static, Result<Permit, QueueError>> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            let Some(ledger) = shared.ledger().cloned() else {
                let ticket = Grant::new(Arc::clone(&shared), shard).await;
                return Ok(Permit::new(LeaseGuard::new(shared, ticket)));
            };
            let mut grant = Grant::new(Arc::clone(&shared), shard);
            let mut backoff = RefusalBackoff::default();
            // Each round waits at least for the time after which another try is worthwhile.
            loop {
                let ticket = grant.await;
                let at = clock::wall_clock();
                let identify = RecordedIdentify { shard, at };
                let lease = LeaseGuard::recorded(
                    Arc::clone(&shared),
                    ticket,
                    Arc::clone(&ledger),
                    identify,
                );
                let answered = ledger.spend(identify, shared.settings()).await?;
                let reason = match answered.verdict {
                    LedgerVerdict::Recorded => {
                        shared.synchronize(&answered.view);
                        return Ok(Permit::new(lease));
                    }
                    LedgerVerdict::Refused(reason) => reason,
                };
                tracing::debug!(shard, ?reason, "another process used the permit");
                let wait = backoff.refused(clock::now());
                grant = match lease.defer(shard, &answered.view, wait) {
                    Deferral::Waiting => Grant::of_deferred(Arc::clone(&shared), shard, ticket),
                    Deferral::Lapsed => Grant::new(Arc::clone(&shared), shard),
                };
            }
        })
    }
}

impl IdentifyQueue for Permits {
    fn acquire(&self, shard: u32) -> BoxFuture<'_, Result<Permit, QueueError>> {
        self.acquire(shard)
    }

    fn waiting(&self, shard: u32) -> Option<Position> {
        self.shared.position(shard)
    }

    fn budget(&self) -> Option<QueueBudget> {
        Some(self.shared.read(Scheduler::budget))
    }

    fn fmt_debug(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.shared.read(|scheduler, now| {
            f.debug_struct("InMemoryQueue")
                .field("waiting", &scheduler.waiting())
                .field("remaining", &scheduler.remaining(now))
                .field("settings", scheduler.settings())
                .finish_non_exhaustive()
        })
    }
}
