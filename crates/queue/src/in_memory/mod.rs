mod clock;
#[cfg_attr(not(feature = "metrics"), path = "gauges_disabled.rs")]
mod gauges;
mod grant;
mod lease_guard;
mod ledger_writer;
mod own_identifies;
mod permits;
mod refusal_backoff;
mod shared;
mod timer_task;

use std::{
    fmt::{self, Debug, Formatter},
    future::poll_fn,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use tokio::{runtime::Handle, sync::oneshot};

use self::{ledger_writer::LedgerWriter, permits::Permits, shared::Shared};
use crate::{
    error::QueueError,
    identify_queue::{BoxFuture, IdentifyQueue},
    ledger::{Ledger, LedgerAnswer, LedgerEntry, LedgerError, LimitSnapshot},
    max_concurrency::MaxConcurrency,
    permit::Permit,
    position::Position,
    queue::Queue,
    scheduler::Scheduler,
    settings::QueueSettings,
    timestamp::Timestamp,
};

/// A queue for all shards of one process.
///
/// Clones share one queue. The queue may be built and dropped anywhere; its
/// futures must be polled within a tokio runtime that has time enabled. While
/// shards wait, the queue runs one task with a timer on that runtime.
///
/// When the daily budget is used up to its reserve, shards wait for the reset
/// ([`waiting`](Self::waiting) returns how long) or for an
/// [`update`](Self::update) with new limits.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use gloaming_queue::InMemoryQueue;
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), gloaming_queue::QueueError> {
/// // From the response of `GET /gateway/bot`.
/// let day = Duration::from_secs(24 * 60 * 60);
/// let queue = InMemoryQueue::new(1, 998, day, 1000);
///
/// let permit = queue.acquire(0).await?;
/// // Send IDENTIFY, then:
/// permit.spend();
///
/// // Granted 5.25 s later.
/// let permit = queue.acquire(1).await?;
/// # drop(permit);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct InMemoryQueue {
    permits: Permits,
}

impl InMemoryQueue {
    /// Builds a queue from the `session_start_limit` of `GET /gateway/bot`
    /// ([P2](gloaming_protocol::rules#p2)), with the [default reserve](QueueSettings::default_reserve).
    ///
    /// `max_concurrency` is a `u16` or a `NonZeroU16`; 0 counts as 1. A
    /// `remaining` greater than `total` counts as `total`.
    #[must_use]
    pub fn new(
        max_concurrency: impl Into<MaxConcurrency>,
        remaining: u32,
        reset_after: Duration,
        total: u32,
    ) -> Self {
        Self::with_settings(QueueSettings {
            max_concurrency: max_concurrency.into().get(),
            remaining,
            total,
            reset_after,
            reserve: QueueSettings::default_reserve(total),
        })
    }

    /// Builds a queue from `settings`.
    #[must_use]
    pub fn with_settings(settings: QueueSettings) -> Self {
        Self::from_parts(Scheduler::new(settings, clock::now()), None)
    }

    /// Builds a queue from `settings`, lowered to what `ledger` leaves. The
    /// queue records every identify in the ledger. Queues of other processes may
    /// use it at the same time: a shard whose identify the ledger refuses waits
    /// at its place, and [`waiting`](Self::waiting) says for how long.
    ///
    /// If `settings` are a guess or outdated, the ledger keeps them from
    /// granting too many identifies. Discord's own count is more accurate than
    /// both: pass it to [`update`](Self::update) after each request for it.
    ///
    /// Reads the ledger, which may block. Call this before the shards start.
    /// If fewer identifies are left than the ledger knows of, they are recorded,
    /// so that other processes count them as well.
    ///
    /// # Errors
    ///
    /// Returns an error if the ledger can't be read, or can't record the number.
    pub fn with_ledger(
        settings: QueueSettings,
        ledger: impl Ledger + 'static,
    ) -> Result<Self, LedgerError> {
        let LedgerAnswer { state, at, .. } = ledger.spend(&[], &settings)?;
        let recorded = state.restrict(
            QueueSettings {
                remaining: settings.total,
                ..settings
            },
            &at,
        );
        if settings.remaining < recorded.remaining {
            ledger.record(&[LedgerEntry::LimitAssumed(snapshot(&settings, at.wall))])?;
        }
        let now = clock::now();
        let mut scheduler = Scheduler::new(state.restrict(settings, &at), now);
        for (identify, wait) in state.spacing_left(&at) {
            scheduler.hold(now, identify.shard, wait);
        }
        let writer = Arc::new(LedgerWriter::new(ledger));
        Ok(Self::from_parts(scheduler, Some(writer)))
    }

    /// Returns whether the queue records identifies in a ledger, so that the next process counts them.
    #[must_use]
    pub fn has_ledger(&self) -> bool {
        self.permits.shared.ledger().is_some()
    }

    fn from_parts(scheduler: Scheduler, ledger: Option<Arc<LedgerWriter>>) -> Self {
        Self {
            permits: Permits {
                shared: Arc::new(Shared::new(scheduler, ledger)),
            },
        }
    }

    /// Replaces the limits with those that Discord reports now; see
    /// [`new`](Self::new) for the arguments. The reserve does not change.
    ///
    /// Takes effect immediately, also for shards that wait for the daily reset.
    pub fn update(
        &self,
        max_concurrency: impl Into<MaxConcurrency>,
        remaining: u32,
        reset_after: Duration,
        total: u32,
    ) {
        let settings = QueueSettings {
            max_concurrency: max_concurrency.into().get(),
            remaining,
            total,
            reset_after,
            reserve: self.settings().reserve,
        };
        self.update_settings(settings);
    }

    /// Replaces all settings. Takes effect immediately.
    pub fn update_settings(&self, settings: QueueSettings) {
        let shared = &self.permits.shared;
        let batch = shared.ledger().map(|ledger| {
            let limit = snapshot(&settings, clock::wall_clock());
            ledger.write_in_background(LedgerEntry::LimitReported(limit))
        });
        shared.update(settings, batch);
    }

    /// Returns the current settings.
    #[must_use]
    pub fn settings(&self) -> QueueSettings {
        self.permits
            .shared
            .read(|scheduler, _| *scheduler.settings())
    }

    /// Returns the number of identifies left of the daily limit, including the
    /// reserve ([P12](gloaming_protocol::rules#p12)). Those of other processes
    /// with the same ledger are known as of this queue's last identify, and
    /// within a minute while shards wait for the limit.
    #[must_use]
    pub fn remaining(&self) -> u32 {
        self.permits
            .shared
            .read(|scheduler, now| scheduler.remaining(now))
    }

    /// Waits until `shard` may identify.
    ///
    /// This is [`IdentifyQueue::acquire`] with a future that does not borrow the
    /// queue.
    ///
    /// # Errors
    ///
    /// Returns an error if the queue's ledger can't be written
    /// ([`QueueErrorKind::Ledger`](crate::QueueErrorKind::Ledger)).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future removes the shard from the queue. No identify is
    /// counted, even if a permit was already on its way.
    pub fn acquire(&self, shard: u32) -> BoxFuture<'static, Result<Permit, QueueError>> {
        self.permits.acquire(shard)
    }

    /// Returns the position of `shard`, or `None` if it does not wait.
    #[must_use]
    pub fn waiting(&self, shard: u32) -> Option<Position> {
        self.permits.waiting(shard)
    }
}

fn snapshot(settings: &QueueSettings, at: Timestamp) -> LimitSnapshot {
    LimitSnapshot {
        at,
        remaining: settings.remaining,
        total: settings.total,
        resets_at: at.saturating_add(settings.reset_after),
    }
}

/// As in `twilight-gateway-queue`, the identify is counted when the shard may
/// proceed. Shards that are configured with this queue do not use `enqueue`:
/// they acquire permits.
///
/// `enqueue` must be called within a tokio runtime that has time enabled;
/// outside of one, the channel is closed.
impl Queue for InMemoryQueue {
    fn enqueue(&self, id: u32) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(let_proceed(id, self.acquire(id), sender))),
            Err(error) => tracing::error!(
                shard = id,
                %error,
                "the shard was not enqueued: call `enqueue` within a tokio runtime"
            ),
        }
        receiver
    }

    fn permits(&self) -> Option<&dyn IdentifyQueue> {
        Some(&self.permits)
    }
}

/// Spends a permit by a message to `sender`, unless its receiver is dropped.
async fn let_proceed(
    shard: u32,
    mut permit: BoxFuture<'static, Result<Permit, QueueError>>,
    mut sender: oneshot::Sender<()>,
) {
    let permit = poll_fn(|cx| match sender.poll_closed(cx) {
        Poll::Ready(()) => Poll::Ready(None),
        Poll::Pending => permit.as_mut().poll(cx).map(Some),
    });
    let permit = match permit.await {
        Some(Ok(permit)) => permit,
        Some(Err(error)) => {
            return tracing::warn!(shard, %error, "the shard has to enqueue again");
        }
        // The receiver was dropped while the shard waited.
        None => return,
    };
    // If the receiver was dropped just now, the permit is returned.
    if sender.send(()).is_ok() {
        permit.spend();
    }
}

impl Debug for InMemoryQueue {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.permits.fmt_debug(f)
    }
}

/// Builds a queue from [`QueueSettings::default`].
impl Default for InMemoryQueue {
    fn default() -> Self {
        Self::with_settings(QueueSettings::default())
    }
}
