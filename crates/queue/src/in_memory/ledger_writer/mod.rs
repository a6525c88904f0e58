mod pending;
mod refresh;

use std::{
    error::Error,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{runtime::Handle, sync::oneshot, time::timeout};

pub(super) use self::pending::{Answered, LedgerView};
use self::{
    pending::{Pending, PendingRequests, Reply, Request},
    refresh::Refresh,
};
use crate::{
    error::{QueueError, QueueErrorKind},
    ledger::{Ledger, LedgerEntry, LedgerError, LedgerErrorKind, LedgerVerdict, RecordedIdentify},
    limits::LEDGER_TIMEOUT,
    settings::QueueSettings,
};

/// Writes to the ledger in order, on a thread for blocking work. Requests that
/// arrive during a write are written together in the next one.
pub(super) struct LedgerWriter {
    ledger: Box<dyn Ledger>,
    state: Mutex<State>,
}

struct State {
    worker: Worker,
    pending: PendingRequests,
    /// The number of the last batch that was begun.
    batch: u64,
    refresh: Option<Refresh>,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Worker {
    Stopped,
    Running,
}

impl LedgerWriter {
    pub(super) fn new(ledger: impl Ledger + 'static) -> Self {
        Self {
            ledger: Box::new(ledger),
            state: Mutex::new(State {
                worker: Worker::Stopped,
                pending: PendingRequests::default(),
                batch: 0,
                refresh: None,
            }),
        }
    }

    /// Returns when the identify is durable or refused, or an error if that takes too long.
    pub(super) async fn spend(
        self: &Arc<Self>,
        identify: RecordedIdentify,
        settings: QueueSettings,
    ) -> Result<Answered, QueueError> {
        self.request(Request::Spend(identify, settings)).await
    }

    /// Returns what the ledger knows, with the identifies of other processes.
    pub(super) async fn look(
        self: &Arc<Self>,
        settings: QueueSettings,
    ) -> Result<Arc<LedgerView>, QueueError> {
        let answered = self.request(Request::Look(settings)).await?;
        Ok(answered.view)
    }

    /// Writes the entry later. If it is lost, the ledger counts too many
    /// identifies rather than too few. Returns the number of the last batch that does not have the entry.
    pub(super) fn write_in_background(self: &Arc<Self>, entry: LedgerEntry) -> u64 {
        self.submit(Request::Record(entry), None)
    }

    async fn request(self: &Arc<Self>, request: Request) -> Result<Answered, QueueError> {
        let (sender, result) = oneshot::channel();
        self.submit(request, Some(sender));
        match timeout(LEDGER_TIMEOUT, result).await {
            Ok(Ok(Ok(answered))) => Ok(answered),
            Ok(Ok(Err(error))) => Err(QueueError::with_source(QueueErrorKind::Ledger, error)),
            // The runtime shut down before the write.
            Ok(Err(_)) => Err(QueueError::new(QueueErrorKind::Ledger)),
            Err(_) => {
                let error = self.error(LedgerErrorKind::TimedOut);
                Err(QueueError::with_source(QueueErrorKind::Ledger, error))
            }
        }
    }

    fn submit(self: &Arc<Self>, request: Request, reply: Option<Reply>) -> u64 {
        let mut state = self.lock();
        state.pending.add(Pending { request, reply });
        let batch = state.batch;
        // Outside of a runtime, a background entry waits for the next submit within one.
        if let Ok(runtime) = Handle::try_current() {
            if state.refresh.as_ref().is_none_or(Refresh::is_finished) {
                state.refresh = Some(Refresh::spawn(&runtime, Arc::downgrade(self)));
            }
            if state.worker == Worker::Stopped {
                state.worker = Worker::Running;
                drop(state);
                let guard = WorkerGuard(Some(Arc::clone(self)));
                runtime.spawn_blocking(move || guard.run());
            }
        }
        batch
    }

    /// Returns the pending requests and their number, or `None` if there are none and the worker
    /// stops.
    fn next_batch(&self) -> Option<(u64, Vec<Pending>)> {
        let mut state = self.lock();
        if state.pending.is_empty() {
            state.worker = Worker::Stopped;
            None
        } else {
            state.batch += 1;
            Some((state.batch, state.pending.take()))
        }
    }

    /// Writes a batch: entries that follow one another together, and so for identifies.
    fn write_batch(&self, number: u64, batch: Vec<Pending>) {
        let mut batch = batch.into_iter().peekable();
        while let Some(first) = batch.next() {
            let spends = is_spend(&first.request);
            let mut run = vec![first];
            while let Some(next) = batch.next_if(|pending| is_spend(&pending.request) == spends) {
                run.push(next);
            }
            if spends {
                self.spend_run(number, run);
            } else {
                self.record_run(&run);
            }
        }
    }

    fn record_run(&self, run: &[Pending]) {
        let entries = run.iter().filter_map(|pending| match pending.request {
            Request::Record(entry) => Some(entry),
            Request::PassTime | Request::Spend(..) | Request::Look(_) => None,
        });
        if let Err(error) = self.ledger.record(&entries.collect::<Vec<_>>()) {
            warn(&error);
        }
    }

    fn spend_run(&self, batch: u64, run: Vec<Pending>) {
        let mut identifies = Vec::new();
        let mut settings = QueueSettings::default();
        for pending in &run {
            match pending.request {
                Request::Spend(identify, current) => {
                    identifies.push(identify);
                    settings = current;
                }
                Request::Look(current) => settings = current,
                Request::Record(_) | Request::PassTime => {}
            }
        }
        let result = self.ledger.spend(&identifies, &settings);
        let result = match result {
            Ok(answer) if answer.verdicts.len() == identifies.len() => Ok(answer),
            Ok(_) => Err(LedgerError::with_source(
                LedgerErrorKind::Write,
                "the ledger did not answer each request",
            )),
            Err(error) => Err(error),
        };
        let result = match result {
            Ok(answer) => Ok(Arc::new(LedgerView { batch, answer })),
            Err(error) => {
                warn(&error);
                Err(Arc::new(error))
            }
        };
        let mut answered = 0;
        for pending in run {
            let mut verdict = LedgerVerdict::Recorded;
            if let (Request::Spend(..), Ok(view)) = (pending.request, &result) {
                verdict = view.answer.verdicts[answered];
                answered += 1;
            }
            let result = result.clone().map(|view| Answered { verdict, view });
            // An `acquire` that was dropped has no receiver any more.
            _ = pending.reply.map(|reply| reply.send(result));
        }
    }

    fn error(&self, kind: LedgerErrorKind) -> LedgerError {
        let error = LedgerError::new(kind);
        match self.ledger.path() {
            Some(path) => error.with_path(path),
            None => error,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const fn is_spend(request: &Request) -> bool {
    matches!(request, Request::Spend(..) | Request::Look(_))
}

fn warn(error: &LedgerError) {
    let error: &(dyn Error + 'static) = error;
    tracing::warn!(error, "the ledger of identifies was not written");
}

/// Marks the worker as stopped if it does not finish: a runtime that shuts down
/// drops it before it runs, and a ledger that panics unwinds it. The next
/// submit starts another worker.
struct WorkerGuard(Option<Arc<LedgerWriter>>);

impl WorkerGuard {
    fn run(mut self) {
        if let Some(writer) = &self.0 {
            while let Some((number, batch)) = writer.next_batch() {
                writer.write_batch(number, batch);
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
            // No worker will write them.
            state.pending.fail_awaited();
        }
    }
}

#[cfg(test)]
mod tests {
    use gloaming_test_support::Logs;
    use tracing::Level;

    use super::*;
    use crate::ledger::LedgerState;

    #[derive(Debug)]
    struct FullDisk;

    impl Ledger for FullDisk {
        fn load(&self) -> Result<LedgerState, LedgerError> {
            Ok(LedgerState::default())
        }

        fn record(&self, _entries: &[LedgerEntry]) -> Result<(), LedgerError> {
            Err(LedgerError::new(LedgerErrorKind::Write))
        }
    }

    #[test]
    fn entry_that_nobody_waits_for_is_told_if_it_is_not_written() {
        let (logs, _guard) = Logs::capture(Level::WARN);
        let request = Request::PassTime;
        LedgerWriter::new(FullDisk).record_run(&[Pending {
            request,
            reply: None,
        }]);
        let warnings = logs.lines();
        let [warning] = &warnings[..] else {
            panic!("expected one warning: {warnings:?}");
        };
        let error = LedgerError::new(LedgerErrorKind::Write);
        for part in ["was not written", &error.to_string()] {
            assert!(warning.contains(part), "no {part} in {warning}");
        }
    }
}
