//! The session store, of which only one side has the lock.

use super::{Bug, World};

/// Who has the lock of the session store.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Lock {
    Free,
    Predecessor,
    Successor,
}

impl World {
    pub(super) fn unlock(&mut self, owner: Lock) {
        if self.lock == owner {
            self.lock = Lock::Free;
        }
    }

    /// The successor builds its cluster, which opens the store.
    pub(super) fn successor_locks(&mut self) {
        match self.lock {
            Lock::Predecessor => {
                self.violation = Some("the predecessor has released the shards, and not the store");
            }
            Lock::Free | Lock::Successor => self.lock = Lock::Successor,
        }
    }

    /// The shards of the successor are stopped, and it does not use the store any more.
    pub(super) fn successor_unlocks(&mut self) {
        if self.bug != Bug::StoreOfTheSuccessorIsNotReleased {
            self.unlock(Lock::Successor);
        }
    }
}
