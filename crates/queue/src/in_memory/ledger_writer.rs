use std::{
    collections::VecDeque,
    error::Error,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{runtime::Handle, sync::oneshot, time::timeout};

use crate::{
    error::{QueueError, QueueErrorKind},
    ledger::{Ledger, LedgerEntry, LedgerError, LedgerErrorKind},
    limits::LEDGER_TIMEOUT,
};

/// Writes to the ledger in order, on a thread for blocking work. Entries that
/// arrive during a write are written together in the next one.
pub(super) struct LedgerWriter {
    ledger: Box<dyn Ledger>,
    state: Mutex<State>,
}

struct State {
    worker: Worker,
    pending: VecDeque<PendingEntry>,
}

impl PendingEntry {
    /// Returns whether an `acquire` waits for the entry.
    fn is_awaited(&self) -> bool {
        self.result
            .as_ref()
            .is_some_and(|result| !result.is_closed())
    }
}

impl State {
    /// Adds an entry, and removes what it makes needless: while a write hangs, shards request permits again and again.
    fn add(&mut self, added: PendingEntry) {
        match added.entry {
            LedgerEntry::Spent(_) => {}
            LedgerEntry::Returned(identify) => {
                let spent = LedgerEntry::Spent(identify);
                let unwritten = self
                    .pending
                    .iter()
                    .position(|pending| pending.entry == spent && !pending.is_awaited());
                if let Some(index) = unwritten {
                    self.pending.remove(index);
                    return;
                }
            }
            LedgerEntry::LimitReported(_) => self
                .pending
                .retain(|pending| !matches!(pending.entry, LedgerEntry::LimitReported(_))),
        }
        self.pending.push_back(added);
    }
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Worker {
    Stopped,
    Running,
}

struct PendingEntry {
    entry: LedgerEntry,
    /// Receives the result. `None` for an entry written in the background.
    result: Option<oneshot::Sender<Result<(), Arc<LedgerError>>>>,
}

impl LedgerWriter {
    pub(super) fn new(ledger: impl Ledger + 'static) -> Self {
        Self {
            ledger: Box::new(ledger),
            state: Mutex::new(State {
                worker: Worker::Stopped,
                pending: VecDeque::new(),
            }),
        }
    }

    /// Returns when the entry is durable, or an error if that takes too long.
    pub(super) async fn write(self: &Arc<Self>, entry: LedgerEntry) -> Result<(), QueueError> {
        let (sender, result) = oneshot::channel();
        self.submit(PendingEntry {
            entry,
            result: Some(sender),
        });
        match timeout(LEDGER_TIMEOUT, result).await {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(error))) => Err(QueueError::with_source(QueueErrorKind::Ledger, error)),
            // The runtime shut down before the write.
            Ok(Err(_)) => Err(QueueError::new(QueueErrorKind::Ledger)),
            Err(_) => {
                let error = LedgerError::new(LedgerErrorKind::TimedOut);
                Err(QueueError::with_source(QueueErrorKind::Ledger, error))
            }
        }
    }

    /// Writes the entry later. If it is lost, the ledger counts too many
    /// identifies rather than too few.
    pub(super) fn write_in_background(self: &Arc<Self>, entry: LedgerEntry) {
        self.submit(PendingEntry {
            entry,
            result: None,
        });
    }

    fn submit(self: &Arc<Self>, pending: PendingEntry) {
        let mut state = self.lock();
        state.add(pending);
        if state.worker == Worker::Running {
            return;
        }
        // Outside of a runtime, a background entry waits for the next submit within one.
        if let Ok(runtime) = Handle::try_current() {
            state.worker = Worker::Running;
            drop(state);
            let guard = WorkerGuard(Some(Arc::clone(self)));
            runtime.spawn_blocking(move || guard.run());
        }
    }

    /// Returns the pending entries, or `None` if there are none and the worker
    /// stops.
    fn next_batch(&self) -> Option<VecDeque<PendingEntry>> {
        let mut state = self.lock();
        if state.pending.is_empty() {
            state.worker = Worker::Stopped;
            None
        } else {
            Some(mem::take(&mut state.pending))
        }
    }

    fn write_batch(&self, batch: VecDeque<PendingEntry>) {
        let entries = batch
            .iter()
            .map(|pending| pending.entry)
            .collect::<Vec<_>>();
        let result = self.ledger.record(&entries).map_err(Arc::new);
        if let Err(error) = &result {
            let error: &(dyn Error + 'static) = &**error;
            tracing::warn!(error, "the ledger of identifies was not written");
        }
        for sender in batch.into_iter().filter_map(|pending| pending.result) {
            // An `acquire` that was dropped has no receiver any more.
            _ = sender.send(result.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Marks the worker as stopped if it does not finish: a runtime that shuts down
/// drops it before it runs, and a ledger that panics unwinds it. The next
/// submit starts another worker.
struct WorkerGuard(Option<Arc<LedgerWriter>>);

impl WorkerGuard {
    fn run(mut self) {
        if let Some(writer) = &self.0 {
            while let Some(batch) = writer.next_batch() {
                writer.write_batch(batch);
            }
        }
        self.0 = None;
    }
}

impl Drop for WorkerGuard {
    fn drop(&mut self) {
        if let Some(writer) = &self.0 {
            let mut state = writer.lock();
            state.worker = Worker::Stopped;
            // Fail the entries that an `acquire` waits for, as no worker will write them.
            state.pending.retain(|pending| pending.result.is_none());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PendingEntry, State, Worker};
    use crate::{
        Timestamp,
        ledger::{LedgerEntry, LimitSnapshot, RecordedIdentify},
    };
    use std::collections::VecDeque;
    use tokio::sync::oneshot;

    const AT: Timestamp = Timestamp::from_millis(1_750_000_000_000);
    const IDENTIFY: RecordedIdentify = RecordedIdentify { shard: 3, at: AT };

    fn state() -> State {
        State {
            worker: Worker::Running,
            pending: VecDeque::new(),
        }
    }

    const fn in_background(entry: LedgerEntry) -> PendingEntry {
        PendingEntry {
            entry,
            result: None,
        }
    }

    #[test]
    fn returned_identify_removes_one_that_nobody_waits_for() {
        let mut state = state();
        let (sender, receiver) = oneshot::channel();
        state.add(PendingEntry {
            entry: LedgerEntry::Spent(IDENTIFY),
            result: Some(sender),
        });
        // Another shard with the same number waits for this entry, and would never be granted its permit.
        state.add(in_background(LedgerEntry::Returned(IDENTIFY)));
        assert_eq!(state.pending.len(), 2);
        drop(receiver);
        state.add(in_background(LedgerEntry::Returned(IDENTIFY)));
        let left = state.pending.iter().map(|pending| pending.entry);
        assert_eq!(left.collect::<Vec<_>>(), [LedgerEntry::Returned(IDENTIFY)]);
    }

    #[test]
    fn reported_limit_replaces_an_earlier_one_only() {
        let limit = |remaining| {
            LedgerEntry::LimitReported(LimitSnapshot {
                at: AT,
                remaining,
                total: 1000,
                resets_at: AT,
            })
        };
        let mut state = state();
        for entry in [limit(2), LedgerEntry::Spent(IDENTIFY), limit(1)] {
            state.add(in_background(entry));
        }
        let left = state.pending.iter().map(|pending| pending.entry);
        let expected = [LedgerEntry::Spent(IDENTIFY), limit(1)];
        assert_eq!(left.collect::<Vec<_>>(), expected);
    }
}
