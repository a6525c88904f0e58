//! An engine for the processes of one machine, in files.

mod connection;
mod encoding;
mod log_file;
mod log_format;
mod operation;
mod replica;
mod shared_log;
mod watch;

use self::{log_file::LogPaths, shared_log::SharedLog};
use gloaming_coordinator::CoordinatorError;
use gloaming_queue::{
    ClockReading, FileLedger, Ledger as _, LedgerEntry, LedgerError, LimitSnapshot, QueueSettings,
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// An engine for several processes of one machine, which needs no server: what the processes share is in files of one folder.
///
/// Every process opens the same folder and has the [`Leases`](gloaming_coordinator::Leases), the
/// [`Budget`](gloaming_coordinator::Budget) and the [`Sessions`](gloaming_coordinator::Sessions) of the fleet. Clones are the
/// same engine.
///
/// # How
///
/// The processes append their calls to one log, `fleet.log`, one at a time under a lock, and each applies all of them in their
/// order. So all have the same tables, without one that is the server: there is nothing to take over when a process dies, and
/// the lock of a process that was killed is free. A server on a Unix socket would need an election, a second protocol and a
/// time without a server; the log needs neither, and a call costs tens of microseconds. When the log has grown, it is written
/// anew.
///
/// Time is that since the machine booted, where the system tells it, and otherwise the wall clock, which must not be set while
/// the nodes run then. Identifies are counted in a [`FileLedger`], by default `identifies.json` beside the log.
///
/// # Failures
///
/// - **A process is killed** at any moment: what it has not finished is dropped. Its lease ends as that of a machine does that
///   fails.
/// - **The power fails**: checkpoints were made durable before they counted as stored. Leases were not, and those of all
///   processes have ended.
/// - **The log is damaged**: calls fail with [`Damaged`](gloaming_coordinator::CoordinatorErrorKind::Damaged), and the nodes go
///   on as without an engine. Nothing is overwritten.
/// - **The folder is deleted**: the log begins anew, and the nodes acquire again what they run.
///
/// The log has the sessions of the bot. Its files can be read by the user of the processes only (mode 0600), and so can the
/// folder, if this makes it. The file system has to be a local one with locks. A checkpoint may have 8 MiB, and the log 512 MiB.
///
/// ```no_run
/// use gloaming_fleet::LocalCoordinator;
/// use gloaming_queue::QueueSettings;
///
/// # fn example() -> Result<(), gloaming_coordinator::CoordinatorError> {
/// let engine = LocalCoordinator::open("/var/lib/bot/fleet", QueueSettings::default())?;
/// # drop(engine);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct LocalCoordinator {
    log: Arc<SharedLog>,
    budget: Arc<LocalBudget>,
}

#[derive(Debug)]
struct LocalBudget {
    ledger: FileLedger,
    settings: QueueSettings,
}

impl LocalCoordinator {
    /// Opens the engine in this folder, which is made if it does not exist. `settings` are the limits of identifies, and the
    /// same for all processes.
    ///
    /// It reads the log, and blocks the thread meanwhile.
    ///
    /// # Errors
    ///
    /// Fails if the folder can't be made or used, if another process holds the lock for 2 s, and if the log is damaged. The
    /// source names the path.
    pub fn open(
        folder: impl Into<PathBuf>,
        settings: QueueSettings,
    ) -> Result<Self, CoordinatorError> {
        Self::open_with_clock(folder, settings, ClockReading::now)
    }

    /// Opens an engine that reads another clock, for tests. Not public API.
    #[doc(hidden)]
    pub fn open_with_clock(
        folder: impl Into<PathBuf>,
        settings: QueueSettings,
        clock: impl Fn() -> ClockReading + Clone + Send + Sync + 'static,
    ) -> Result<Self, CoordinatorError> {
        let folder: PathBuf = folder.into();
        let paths = LogPaths::new(&folder);
        paths.prepare()?;
        let log = SharedLog::open(paths, Box::new(clock.clone()))?;
        let ledger = FileLedger::new(folder.join("identifies.json")).with_clock(clock);
        Self {
            log: Arc::new(log),
            budget: Arc::new(LocalBudget { ledger, settings }),
        }
        .counting()
    }

    /// Counts identifies in this ledger instead, such as that of the bot as one process
    /// ([`FileLedger::for_bot`]), so that what was counted before counts on.
    ///
    /// # Errors
    ///
    /// Fails if the ledger can't be written, which is only done if the settings say that less is left of the day than usual.
    pub fn with_ledger(self, ledger: FileLedger) -> Result<Self, CoordinatorError> {
        let settings = self.budget.settings;
        let budget = Arc::new(LocalBudget { ledger, settings });
        Self { budget, ..self }.counting()
    }

    /// Writes the log anew when it is this long, for tests. Not public API.
    #[doc(hidden)]
    #[must_use]
    pub fn least_rewrite(self, bytes: u64) -> Self {
        self.log.set_least_rewrite(bytes);
        self
    }

    /// Tells the ledger how many identifies are left of the day.
    fn counting(self) -> Result<Self, CoordinatorError> {
        let LocalBudget { ledger, settings } = &*self.budget;
        if settings.remaining < settings.total {
            let at = self.log.now().wall;
            let assumed = LedgerEntry::LimitAssumed(LimitSnapshot {
                at,
                remaining: settings.remaining,
                total: settings.total,
                resets_at: at.saturating_add(settings.reset_after),
            });
            ledger.record(&[assumed]).map_err(ledger_error)?;
        }
        Ok(self)
    }

    /// Returns the path of the ledger of identifies.
    #[must_use]
    pub fn ledger_path(&self) -> &Path {
        self.budget.ledger.path()
    }
}

/// Returns the error of a ledger as one of an engine.
fn ledger_error(error: LedgerError) -> CoordinatorError {
    use gloaming_coordinator::CoordinatorErrorKind as Kind;
    use gloaming_queue::LedgerErrorKind;
    let kind = match error.kind() {
        LedgerErrorKind::Busy => Kind::Unreachable,
        LedgerErrorKind::Corrupt => Kind::Damaged,
        _ => Kind::Failed,
    };
    CoordinatorError::with_source(kind, error)
}
