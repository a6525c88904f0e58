//! The log, as the connections and watches of one process share it. Its methods block.

use super::{
    log_file::{LogFile, LogPaths, News, Unsynced},
    operation::Operation,
    replica::{Outcome, Replica},
};
use gloaming_coordinator::{CoordinatorError, CoordinatorErrorKind, FleetView, LeaseChange};
use gloaming_queue::ClockReading;
use std::{
    collections::VecDeque,
    error::Error as _,
    fmt::{self, Debug, Formatter},
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Notify;

/// How many changes a watch holds that is not asked for them. Then a snapshot takes their place.
const MAX_CHANGES: usize = 4096;

/// The log is written anew when it is this long, and four times as long as then.
const LEAST_REWRITE: u64 = 1 << 20;

type Clock = Box<dyn Fn() -> ClockReading + Send + Sync>;

/// The log and what it has come to.
pub(super) struct SharedLog {
    paths: LogPaths,
    clock: Clock,
    /// Held while a thread waits for the lock and the disk.
    state: Mutex<State>,
    /// Never held for long, so that tasks may take it.
    watches: Mutex<Watches>,
    /// Wakes the watches.
    changed: Notify,
}

#[derive(Debug)]
struct State {
    file: LogFile,
    replica: Replica,
    /// The length of the log when it was written anew.
    rewritten: u64,
    least_rewrite: u64,
}

#[derive(Debug, Default)]
struct Watches {
    queues: Vec<WatchQueue>,
    next_id: u64,
    view: FleetView,
}

/// The changes that a watch has not yielded yet.
#[derive(Debug)]
struct WatchQueue {
    id: u64,
    items: WatchItems,
}

#[derive(Debug)]
enum WatchItems {
    Snapshot,
    Changes(VecDeque<LeaseChange>),
}

/// Whether a watch can go on with changes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Continuity {
    Continued,
    Interrupted,
}

/// What has happened to the leases.
#[derive(Debug)]
struct Progress {
    changes: Vec<LeaseChange>,
    continuity: Continuity,
}

/// Whether an operation is to outlast a power failure.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Durability {
    Process,
    PowerFailure,
}

impl SharedLog {
    pub(super) fn open(paths: LogPaths, clock: Clock) -> Result<Self, CoordinatorError> {
        let log = Self {
            state: Mutex::new(State {
                file: LogFile::new(paths.clone()),
                replica: Replica::default(),
                rewritten: 0,
                least_rewrite: LEAST_REWRITE,
            }),
            paths,
            clock,
            watches: Mutex::default(),
            changed: Notify::new(),
        };
        log.refresh()?;
        Ok(log)
    }

    pub(super) fn set_least_rewrite(&self, bytes: u64) {
        self.state().least_rewrite = bytes;
    }

    pub(super) fn now(&self) -> ClockReading {
        (self.clock)()
    }

    /// Makes a call.
    pub(super) fn execute(
        &self,
        operation: Operation,
        durability: Durability,
    ) -> Result<Outcome, CoordinatorError> {
        let mut state = self.state();
        let lock = self.paths.lock()?;
        let mut progress = state.read_on()?;
        // Read under the lock, so that the times of operations are in their order.
        let stamp = state.replica.stamp(self.now());
        let appended = state.file.append(stamp, &operation);
        let result = appended.map(|unsynced| {
            let outcome = state.replica.apply(stamp, operation, &mut progress.changes);
            state.rewrite_if_long();
            (outcome, unsynced)
        });
        drop(lock);
        self.publish(progress, &state);
        drop(state);
        let (outcome, unsynced) = result?;
        if durability == Durability::PowerFailure {
            self.sync(unsynced)?;
        }
        Ok(outcome)
    }

    fn sync(&self, unsynced: Unsynced) -> Result<(), CoordinatorError> {
        let position = unsynced
            .sync()
            .map_err(|error| CoordinatorError::with_source(CoordinatorErrorKind::Failed, error))?;
        self.state().file.synced(position);
        Ok(())
    }

    /// Takes notice of what other processes have done, and of leases that have ended.
    pub(super) fn refresh(&self) -> Result<(), CoordinatorError> {
        let mut state = self.state();
        if state.file.is_unchanged() && !state.replica.has_overdue(self.now()) {
            return Ok(());
        }
        let lock = self.paths.lock()?;
        let mut progress = state.read_on()?;
        // Under the lock, so that no operation is earlier.
        let now = self.now();
        state.replica.expire(now, &mut progress.changes);
        drop(lock);
        self.publish(progress, &state);
        Ok(())
    }

    /// Begins a watch, and returns its id.
    pub(super) fn watch(&self) -> u64 {
        let mut watches = self.watches();
        let id = watches.next_id;
        watches.next_id += 1;
        let items = WatchItems::Snapshot;
        watches.queues.push(WatchQueue { id, items });
        id
    }

    pub(super) fn unwatch(&self, id: u64) {
        self.watches().queues.retain(|watch| watch.id != id);
    }

    /// Returns the next change of a watch.
    pub(super) fn next_change(&self, id: u64) -> Option<LeaseChange> {
        let Watches { queues, view, .. } = &mut *self.watches();
        let watch = queues.iter_mut().find(|watch| watch.id == id)?;
        match &mut watch.items {
            WatchItems::Changes(changes) => changes.pop_front(),
            items @ WatchItems::Snapshot => {
                *items = WatchItems::Changes(VecDeque::new());
                Some(LeaseChange::Snapshot(view.clone()))
            }
        }
    }

    /// Wakes those that wait when something has changed.
    pub(super) const fn changed(&self) -> &Notify {
        &self.changed
    }

    /// Tells the watches. The state is locked, so that they learn of changes in their order.
    fn publish(&self, progress: Progress, state: &State) {
        if progress.changes.is_empty() && progress.continuity == Continuity::Continued {
            return;
        }
        let mut watches = self.watches();
        watches.view = state.replica.tables().leases.view().clone();
        for watch in &mut watches.queues {
            match &mut watch.items {
                WatchItems::Changes(queue)
                    if progress.continuity == Continuity::Continued
                        && queue.len() + progress.changes.len() <= MAX_CHANGES =>
                {
                    queue.extend(progress.changes.iter().cloned());
                }
                items => *items = WatchItems::Snapshot,
            }
        }
        drop(watches);
        self.changed.notify_waiters();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A change that was cut short by a panic is read from the log again, or refused by it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watches(&self) -> MutexGuard<'_, Watches> {
        // No change under this lock is left half-done.
        self.watches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Applies what other processes have appended.
    fn read_on(&mut self) -> Result<Progress, CoordinatorError> {
        let (frames, continuity) = match self.file.read_on()? {
            News::Frames(frames) => (frames, Continuity::Continued),
            News::Restarted(frames) => {
                self.replica = Replica::default();
                self.rewritten = 0;
                (frames, Continuity::Interrupted)
            }
        };
        let mut changes = Vec::new();
        for frame in frames {
            if matches!(frame.operation, Operation::State(_)) {
                self.rewritten = self.file.length();
            }
            self.replica
                .apply(frame.stamp, frame.operation, &mut changes);
        }
        Ok(Progress {
            changes,
            continuity,
        })
    }

    fn rewrite_if_long(&mut self) {
        let length = self.file.length();
        if length < self.least_rewrite || length / 4 < self.rewritten {
            return;
        }
        let state = Operation::State(Box::new(self.replica.tables().clone()));
        if let Err(error) = self.file.replace(self.replica.last_stamp(), &state) {
            let cause = error.source().map(tracing::field::display);
            tracing::warn!(
                cause,
                "the log of the fleet is long, and can't be written anew"
            );
        }
        self.rewritten = self.file.length();
    }
}

impl Debug for SharedLog {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedLog")
            .field("paths", &self.paths)
            .finish_non_exhaustive()
    }
}
