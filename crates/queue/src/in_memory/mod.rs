mod clock;
mod lease;
#[cfg_attr(not(feature = "metrics"), path = "meters_absent.rs")]
mod meters;
mod recorder;
mod shared;
mod timekeeper;
mod turn;

use std::{
    fmt::{self, Debug, Formatter},
    sync::Arc,
    time::Duration,
};

use self::{lease::Lease, recorder::Recorder, shared::Shared, turn::Turn};
use crate::{
    Announcement, BoxFuture, Entry, Identify, Ledger, LedgerError, MaxConcurrency, Permit,
    Position, Queue, QueueError, Scheduler, Settings,
};

/// A queue for all shards of one process.
///
/// Clones share one queue. It may be made and dropped anywhere; its futures have
/// to be polled within a tokio runtime that has time enabled, where one small
/// task keeps the time while shards wait.
///
/// When the daily budget is used up to its reserve, shards wait for the reset
/// ([`waiting`](Queue::waiting) tells how long) or for an
/// [`update`](Self::update) with better news.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use gloaming_queue::{InMemoryQueue, Queue};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), gloaming_queue::QueueError> {
/// // As `GET /gateway/bot` says.
/// let day = Duration::from_secs(24 * 60 * 60);
/// let queue = InMemoryQueue::new(1, 998, day, 1000);
///
/// let permit = queue.acquire(0).await?;
/// // Send IDENTIFY, then:
/// permit.spend();
///
/// // Ready 5.25 s later.
/// let permit = queue.acquire(1).await?;
/// # drop(permit);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct InMemoryQueue {
    shared: Arc<Shared>,
}

impl InMemoryQueue {
    /// Starts from `session_start_limit` of `GET /gateway/bot` (P2), keeping
    /// back the [usual reserve](Settings::default_reserve).
    ///
    /// `max_concurrency` is a `u16` or a `NonZeroU16`; 0 counts as 1. More
    /// `remaining` than in `total` counts as all of them.
    #[must_use]
    pub fn new(
        max_concurrency: impl Into<MaxConcurrency>,
        remaining: u32,
        reset_after: Duration,
        total: u32,
    ) -> Self {
        Self::with_settings(Settings {
            max_concurrency: max_concurrency.into().number(),
            remaining,
            total,
            reset_after,
            reserve: Settings::default_reserve(total),
        })
    }

    /// Starts from `settings`.
    #[must_use]
    pub fn with_settings(settings: Settings) -> Self {
        let scheduler = Scheduler::new(settings, clock::now());
        Self {
            shared: Arc::new(Shared::new(scheduler, None)),
        }
    }

    /// Starts from `settings`, restricted by what `ledger` knows, and puts every
    /// identify on record.
    ///
    /// Where `settings` are a guess, or some time old, the ledger keeps count
    /// for them. Discord's own count is better than either: pass it to
    /// [`update`](Self::update) whenever it was asked for.
    ///
    /// Reads the ledger, which may block; best called before shards are
    /// started.
    ///
    /// # Errors
    ///
    /// Fails when the ledger can't be read.
    pub fn with_ledger(
        settings: Settings,
        ledger: impl Ledger + 'static,
    ) -> Result<Self, LedgerError> {
        let record = ledger.load()?;
        let (now, wall_clock) = (clock::now(), clock::wall_clock());
        let mut scheduler = Scheduler::new(record.restrict(settings, wall_clock), now);
        for identify in record.spent() {
            scheduler.recall(now, identify.shard, identify.least_age(wall_clock));
        }
        let recorder = Arc::new(Recorder::new(ledger));
        Ok(Self {
            shared: Arc::new(Shared::new(scheduler, Some(recorder))),
        })
    }

    /// Takes over what Discord says now, as [`new`](Self::new) does; the reserve
    /// stays as it is.
    ///
    /// Heard at any time, also by shards that wait for the daily reset.
    pub fn update(
        &self,
        max_concurrency: impl Into<MaxConcurrency>,
        remaining: u32,
        reset_after: Duration,
        total: u32,
    ) {
        let settings = Settings {
            max_concurrency: max_concurrency.into().number(),
            remaining,
            total,
            reset_after,
            reserve: self.settings().reserve,
        };
        self.update_settings(settings);
    }

    /// Takes over all settings.
    pub fn update_settings(&self, settings: Settings) {
        if let Some(recorder) = self.shared.recorder() {
            let at = clock::wall_clock();
            recorder.note(Entry::Announced(Announcement {
                at,
                remaining: settings.remaining,
                total: settings.total,
                resets_at: at.after(settings.reset_after),
            }));
        }
        self.shared
            .change(|scheduler, now| scheduler.update(now, settings));
    }

    /// The settings last heard.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.shared.look(|scheduler, _| *scheduler.settings())
    }

    /// Identifies left of the daily limit, the reserve included (P12).
    #[must_use]
    pub fn remaining(&self) -> u32 {
        self.shared.look(|scheduler, now| scheduler.remaining(now))
    }
}

impl Queue for InMemoryQueue {
    fn acquire(&self, shard: u32) -> BoxFuture<'static, Result<Permit, QueueError>> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            let ticket = Turn::new(Arc::clone(&shared), shard).await;
            let lease = Lease::new(Arc::clone(&shared), ticket);
            let Some(recorder) = shared.recorder() else {
                return Ok(Permit::new(lease));
            };
            let identify = Identify {
                shard,
                at: clock::wall_clock(),
            };
            let permit = Permit::new(lease.on_record(identify));
            recorder.record(Entry::Spent(identify)).await?;
            Ok(permit)
        })
    }

    fn waiting(&self, shard: u32) -> Option<Position> {
        self.shared.position(shard)
    }
}

impl Debug for InMemoryQueue {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.shared.look(|scheduler, now| {
            f.debug_struct("InMemoryQueue")
                .field("waiting", &scheduler.waiting())
                .field("remaining", &scheduler.remaining(now))
                .field("settings", scheduler.settings())
                .finish_non_exhaustive()
        })
    }
}

/// What a bot has that never asked Discord; see [`Settings::default`].
impl Default for InMemoryQueue {
    fn default() -> Self {
        Self::with_settings(Settings::default())
    }
}
