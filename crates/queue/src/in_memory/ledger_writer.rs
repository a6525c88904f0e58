use std::{
    collections::VecDeque,
    error::Error,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{runtime::Handle, sync::oneshot};

use crate::{
    error::{QueueError, QueueErrorKind},
    ledger::{Ledger, LedgerEntry, LedgerError},
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

    /// Returns when the entry is durable.
    pub(super) async fn write(self: &Arc<Self>, entry: LedgerEntry) -> Result<(), QueueError> {
        let (sender, result) = oneshot::channel();
        self.submit(PendingEntry {
            entry,
            result: Some(sender),
        });
        match result.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(QueueError::with_source(QueueErrorKind::Ledger, error)),
            // The runtime shut down before the write.
            Err(_) => Err(QueueError::new(QueueErrorKind::Ledger)),
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
        state.pending.push_back(pending);
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
