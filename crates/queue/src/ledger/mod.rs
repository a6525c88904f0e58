mod clock;
mod entry;
mod error;
mod limit;
mod spent;
mod state;
mod stored;
#[cfg(test)]
mod tests;
mod verdict;

use std::{fmt::Debug, path::Path};

pub use self::{
    entry::{LedgerEntry, LimitSnapshot, RecordedIdentify},
    error::{LedgerError, LedgerErrorKind},
    state::LedgerState,
    verdict::{LedgerAnswer, LedgerVerdict},
};
use crate::{clock_reading::ClockReading, settings::QueueSettings};

/// Keeps a durable record of identifies, so that a bot that crashes and restarts
/// in a loop does not reach the daily limit ([P12](gloaming_protocol::rules#p12)), and processes that run at the
/// same time do not exceed the limits together.
///
/// An identify is recorded before its permit is granted. After a crash in
/// between, the ledger counts one identify too many, never one too few. A ledger only ever lowers the limits in
/// [`QueueSettings`], so that Discord's numbers are worth passing as well.
///
/// # Wrong clocks
///
/// A ledger does not rely on the wall clock. [`LedgerState`] says how it measures time, and what it counts while the
/// clock is wrong: an identify too long rather than too short, with one exception.
///
/// # Several processes
///
/// A ledger that several processes use decides in [`spend`](Self::spend), where it knows the identifies of all of
/// them: neither the spacing of a rate-limit key ([P11](gloaming_protocol::rules#p11)) nor the daily limit is exceeded.
/// A shard that is refused waits in its queue, at its place, as for an identify of its own process.
/// [`FileLedger`](crate::FileLedger) and [`MemoryLedger`](crate::MemoryLedger) do that.
///
/// # Blocking
///
/// Methods may block. The queues of this crate call [`spend`](Self::spend) and [`record`](Self::record) on
/// a thread for blocking work. If it takes longer than
/// [`LEDGER_TIMEOUT`](crate::LEDGER_TIMEOUT), shards get an error and retry, and
/// [`LedgerErrorKind::TimedOut`] says so. A runtime of tokio that is dropped
/// waits for a write that has begun: a program whose ledger may hang forever
/// ends with [`Runtime::shutdown_timeout`](https://docs.rs/tokio/latest/tokio/runtime/struct.Runtime.html#method.shutdown_timeout).
pub trait Ledger: Debug + Send + Sync {
    /// Reads the recorded state. A ledger without one returns an empty state.
    ///
    /// # Errors
    ///
    /// Returns an error if the state can't be read or is invalid. An
    /// implementation must not return an empty state instead, since the
    /// identifies of the day would no longer count.
    fn load(&self) -> Result<LedgerState, LedgerError>;

    /// Appends `entries` in order, either all of them or none. Without entries, it writes down that time has passed.
    ///
    /// # Errors
    ///
    /// Returns an error if the entries can't be made durable.
    fn record(&self, entries: &[LedgerEntry]) -> Result<(), LedgerError>;

    /// Records each of `identifies` that the limits allow, in order, as [`LedgerState::spend`] decides.
    ///
    /// A ledger that several processes use has to decide and to write under one lock. The default is for a ledger
    /// of one process: it [records](Self::record) all of them, since the queue of the process keeps the limits.
    ///
    /// # Errors
    ///
    /// Returns an error if an identify can't be made durable. None of them then counts as recorded, and the queue
    /// returns them.
    fn spend(
        &self,
        identifies: &[RecordedIdentify],
        settings: &QueueSettings,
    ) -> Result<LedgerAnswer, LedgerError> {
        _ = settings;
        if !identifies.is_empty() {
            let entries = identifies.iter().copied().map(LedgerEntry::Spent);
            self.record(&entries.collect::<Vec<_>>())?;
        }
        let verdicts = vec![LedgerVerdict::Recorded; identifies.len()];
        Ok(LedgerAnswer::new(
            verdicts,
            self.load()?,
            ClockReading::now(),
        ))
    }

    /// Returns the path of the ledger's file, if it has one, for the texts of errors.
    fn path(&self) -> Option<&Path> {
        None
    }
}
