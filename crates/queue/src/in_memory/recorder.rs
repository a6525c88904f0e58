use std::{
    collections::VecDeque,
    error::Error,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{runtime::Handle, sync::oneshot};

use crate::{Entry, Ledger, LedgerError, QueueError, QueueErrorKind};

/// Writes to the ledger on a thread that may block, in order, as many entries
/// at once as have come up since the write before.
pub(super) struct Recorder {
    ledger: Box<dyn Ledger>,
    inbox: Mutex<Inbox>,
}

struct Inbox {
    writer: Writer,
    jobs: VecDeque<Job>,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Writer {
    Idle,
    Running,
}

struct Job {
    entry: Entry,
    /// Somebody waits for it; nobody does for mere notes.
    done: Option<oneshot::Sender<Result<(), Arc<LedgerError>>>>,
}

impl Recorder {
    pub(super) fn new(ledger: impl Ledger + 'static) -> Self {
        Self {
            ledger: Box::new(ledger),
            inbox: Mutex::new(Inbox {
                writer: Writer::Idle,
                jobs: VecDeque::new(),
            }),
        }
    }

    /// Resolves when the entry is durable.
    pub(super) async fn record(self: &Arc<Self>, entry: Entry) -> Result<(), QueueError> {
        let (done, outcome) = oneshot::channel();
        self.submit(Job {
            entry,
            done: Some(done),
        });
        match outcome.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(QueueError::with_source(QueueErrorKind::Ledger, error)),
            // The writer went down with its runtime.
            Err(_) => Err(QueueError::new(QueueErrorKind::Ledger)),
        }
    }

    /// Has the entry written when it can be. Should it get lost, the ledger
    /// counts too much rather than too little.
    pub(super) fn note(self: &Arc<Self>, entry: Entry) {
        self.submit(Job { entry, done: None });
    }

    fn submit(self: &Arc<Self>, job: Job) {
        let mut inbox = self.lock();
        inbox.jobs.push_back(job);
        if inbox.writer == Writer::Running {
            return;
        }
        // Outside of a runtime, a note waits here for the next one.
        if let Ok(runtime) = Handle::try_current() {
            inbox.writer = Writer::Running;
            drop(inbox);
            let shift = Shift(Some(Arc::clone(self)));
            runtime.spawn_blocking(move || shift.work());
        }
    }

    /// The jobs that have come up, or none and the writer is off duty.
    fn next_batch(&self) -> Option<VecDeque<Job>> {
        let mut inbox = self.lock();
        if inbox.jobs.is_empty() {
            inbox.writer = Writer::Idle;
            None
        } else {
            Some(mem::take(&mut inbox.jobs))
        }
    }

    fn write(&self, jobs: VecDeque<Job>) {
        let entries = jobs.iter().map(|job| job.entry).collect::<Vec<_>>();
        let outcome = self.ledger.record(&entries).map_err(Arc::new);
        if let Err(error) = &outcome {
            let error: &(dyn Error + 'static) = &**error;
            tracing::warn!(error, "identifies were not put on record");
        }
        for done in jobs.into_iter().filter_map(|job| job.done) {
            // An acquire that was dropped doesn't care.
            _ = done.send(outcome.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The writer on duty. A runtime that shuts down drops it unworked, and a
/// ledger that panics unwinds it: the next entry then starts another.
struct Shift(Option<Arc<Recorder>>);

impl Shift {
    fn work(mut self) {
        if let Some(recorder) = &self.0 {
            while let Some(jobs) = recorder.next_batch() {
                recorder.write(jobs);
            }
        }
        self.0 = None;
    }
}

impl Drop for Shift {
    fn drop(&mut self) {
        if let Some(recorder) = &self.0 {
            let mut inbox = recorder.lock();
            inbox.writer = Writer::Idle;
            // Nobody may wait for a write that no one is there to make.
            inbox.jobs.retain(|job| job.done.is_none());
        }
    }
}
