mod error;
mod file;
mod memory;
mod record;

use std::fmt::Debug;

pub use self::{
    error::{LedgerError, LedgerErrorKind},
    file::FileLedger,
    memory::MemoryLedger,
    record::{Announcement, Entry, Identify, Record},
};

/// A durable record of identifies, so that a bot that crashes and starts over
/// and over can't reach the daily limit (P12).
///
/// An identify is on record before its permit is handed out: a crash right
/// after it counts one too many rather than one too few.
///
/// What it keeps is dated by the wall clock. One that was set back makes a bot
/// wait for longer than it has to. One that was set forward between a crash and
/// the next start can't be told from time that passed: what Discord is asked at
/// the start, and [`Settings`](crate::Settings) then say, is restricted by the
/// ledger and never widened.
///
/// Methods may block; the queues of this crate call
/// [`record`](Self::record) on a thread where that is allowed.
pub trait Ledger: Debug + Send + Sync {
    /// Reads what is on record; an empty record where there is none yet.
    ///
    /// # Errors
    ///
    /// Fails when the record can't be read or makes no sense. It is never
    /// replaced by an empty one: that would be forgetting how much was spent.
    fn load(&self) -> Result<Record, LedgerError>;

    /// Adds `entries`, in their order, all or none.
    ///
    /// # Errors
    ///
    /// Fails when they can't be made durable.
    fn record(&self, entries: &[Entry]) -> Result<(), LedgerError>;
}
