mod entry;
mod error;
mod state;

use std::fmt::Debug;

pub use self::{
    entry::{LedgerEntry, LimitSnapshot, RecordedIdentify},
    error::{LedgerError, LedgerErrorKind},
    state::LedgerState,
};

/// Keeps a durable record of identifies, so that a bot that crashes and restarts
/// in a loop does not reach the daily limit ([P12](gloaming_protocol::rules#p12)).
///
/// An identify is recorded before its permit is granted. After a crash in
/// between, the ledger counts one identify too many, never one too few.
///
/// Entries carry wall-clock times. If the clock is set back, a bot waits longer
/// than necessary. If the clock is set forward between a crash and the next
/// start, the ledger takes the difference for elapsed time; a ledger only ever
/// lowers the limits in [`QueueSettings`](crate::QueueSettings), so pass the
/// values that Discord returned at the start.
///
/// Methods may block. The queues of this crate call [`record`](Self::record) on
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

    /// Appends `entries` in order, either all of them or none.
    ///
    /// # Errors
    ///
    /// Returns an error if the entries can't be made durable.
    fn record(&self, entries: &[LedgerEntry]) -> Result<(), LedgerError>;
}
