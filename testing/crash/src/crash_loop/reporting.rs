//! A ledger and a queue that report what they do, around those that do it.

use super::{clock::SharedClock, line::Line};
use gloaming_queue::{
    BoxFuture, FileLedger, IdentifyQueue, InMemoryQueue, Ledger, LedgerAnswer, LedgerEntry,
    LedgerError, LedgerState, LedgerVerdict, Permit, Position, QueueBudget, QueueError,
    QueueSettings, RecordedIdentify,
};
use std::{
    io::{self, Write as _},
    path::Path,
    sync::Arc,
};

/// Writes lines to the standard output.
#[derive(Clone, Debug)]
pub(super) struct Reporter(pub(super) Arc<SharedClock>);

impl Reporter {
    /// Writes a line at once. The kernel keeps it if the process is killed.
    pub(super) fn report(&self, line: &Line) {
        let mut stdout = io::stdout().lock();
        // Without a parent process, the end of the standard input ends this one.
        _ = writeln!(stdout, "{line}");
    }

    /// Returns the virtual time, or 0 if it can't be read, which is a fault in what is reported with it.
    pub(super) fn time(&self) -> u64 {
        self.0.time().unwrap_or(0)
    }

    fn failed(&self, error: &dyn std::error::Error) {
        let source = error.source().map(ToString::to_string);
        let text = format!("{error} ({})", source.unwrap_or_default());
        self.report(&Line::Failed { text });
    }
}

#[derive(Debug)]
pub(super) struct ReportingLedger {
    pub(super) ledger: FileLedger,
    pub(super) reporter: Reporter,
}

impl ReportingLedger {
    fn call<T>(
        &self,
        call: impl FnOnce(&FileLedger) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        self.reporter.report(&Line::LedgerBegins);
        let result = call(&self.ledger);
        if let Err(error) = &result {
            self.reporter.failed(error);
        }
        self.reporter.report(&Line::LedgerEnds);
        result
    }
}

impl Ledger for ReportingLedger {
    fn load(&self) -> Result<LedgerState, LedgerError> {
        self.call(Ledger::load)
    }

    fn record(&self, entries: &[LedgerEntry]) -> Result<(), LedgerError> {
        self.call(|ledger| ledger.record(entries))
    }

    fn spend(
        &self,
        identifies: &[RecordedIdentify],
        settings: &QueueSettings,
    ) -> Result<LedgerAnswer, LedgerError> {
        for identify in identifies {
            let shard = identify.shard;
            self.reporter.report(&Line::Asks { shard });
        }
        let answer = self.call(|ledger| ledger.spend(identifies, settings))?;
        for (identify, verdict) in identifies.iter().zip(&answer.verdicts) {
            if let LedgerVerdict::Refused(_) = verdict {
                let shard = identify.shard;
                self.reporter.report(&Line::Refused { shard });
            }
        }
        Ok(answer)
    }

    fn path(&self) -> Option<&Path> {
        Some(self.ledger.path())
    }
}

pub(super) struct ReportingQueue {
    pub(super) queue: InMemoryQueue,
    pub(super) reporter: Reporter,
}

impl IdentifyQueue for ReportingQueue {
    fn acquire(&self, shard: u32) -> BoxFuture<'_, Result<Permit, QueueError>> {
        Box::pin(async move {
            let result = self.queue.acquire(shard).await;
            match &result {
                Ok(_) => {
                    let time = self.reporter.time();
                    self.reporter.report(&Line::Granted { shard, time });
                }
                Err(error) => self.reporter.failed(error),
            }
            result
        })
    }

    fn waiting(&self, shard: u32) -> Option<Position> {
        self.queue.waiting(shard)
    }

    fn budget(&self) -> Option<QueueBudget> {
        IdentifyQueue::budget(&self.queue)
    }
}
