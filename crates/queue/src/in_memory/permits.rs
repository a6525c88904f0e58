use std::{
    fmt::{self, Formatter},
    sync::Arc,
};

use super::{clock, grant::Grant, lease_guard::LeaseGuard, shared::Shared};
use crate::{
    error::QueueError,
    identify_queue::{BoxFuture, IdentifyQueue},
    ledger::{LedgerEntry, RecordedIdentify},
    permit::Permit,
    position::Position,
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
            let ticket = Grant::new(Arc::clone(&shared), shard).await;
            let lease = LeaseGuard::new(Arc::clone(&shared), ticket);
            let Some(ledger) = shared.ledger() else {
                return Ok(Permit::new(lease));
            };
            let identify = RecordedIdentify {
                shard,
                at: clock::wall_clock(),
            };
            let permit = Permit::new(lease.with_recorded(identify));
            ledger.write(LedgerEntry::Spent(identify)).await?;
            Ok(permit)
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
