//! The set of shards that a cluster has now, and the one that is to take its place.

use crate::{members::Members, reshard::ReshardErrorKind};
use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The shards of a cluster, over switches to other numbers of shards.
///
/// ```text
///  None ──prepare──► Preparing ──begin──► Running ──replace──► Replaced
///   ▲                    │                   │                    │
///   └────────────────────┴───────end─────────┴────────────────────┘
/// ```
#[derive(Debug)]
pub(crate) struct CurrentSet(Mutex<State>);

#[derive(Debug)]
struct State {
    members: Arc<Members>,
    next: NextSet,
}

#[derive(Debug)]
enum NextSet {
    None,
    /// The new shards are not made yet.
    Preparing,
    /// Both sets run. Shards of the current one are what the cluster has.
    Running(Arc<Members>),
    /// The new set is the current one, and the last items of the other one are taken.
    Replaced,
}

impl CurrentSet {
    pub(crate) const fn new(members: Arc<Members>) -> Self {
        Self(Mutex::new(State {
            members,
            next: NextSet::None,
        }))
    }

    /// Returns the current set.
    pub(crate) fn members(&self) -> Arc<Members> {
        Arc::clone(&self.state().members)
    }

    /// Returns the set that runs beside the current one.
    pub(crate) fn next(&self) -> Option<Arc<Members>> {
        match &self.state().next {
            NextSet::Running(members) => Some(Arc::clone(members)),
            _ => None,
        }
    }

    /// Begins to prepare a switch, from which on the shards of the set do not change otherwise.
    pub(super) fn prepare(&self) -> Result<(), ReshardErrorKind> {
        let mut state = self.state();
        if !matches!(state.next, NextSet::None) {
            return Err(ReshardErrorKind::InProgress);
        }
        state.members.keep_shards()?;
        state.next = NextSet::Preparing;
        Ok(())
    }

    /// Both sets run from now on.
    pub(super) fn begin(&self, new: Arc<Members>) {
        self.state().next = NextSet::Running(new);
    }

    /// The new set is the current one from now on.
    pub(super) fn replace(&self) {
        let mut state = self.state();
        match mem::replace(&mut state.next, NextSet::Replaced) {
            NextSet::Running(new) => state.members = new,
            other => state.next = other,
        }
    }

    /// The switch is over. Shards can be added and removed again.
    pub(super) fn end(&self) {
        let mut state = self.state();
        state.next = NextSet::None;
        state.members.let_shards_change();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No change under this lock is left half-done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
