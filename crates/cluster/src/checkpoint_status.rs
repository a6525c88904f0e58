//! What became of the last saves.

use crate::StoreError;
use std::{
    fmt::{self, Display, Formatter},
    sync::Arc,
    time::Instant,
};

/// How the saves of a cluster's [`Checkpoint`](crate::Checkpoint)s go; see
/// [`Cluster::checkpoint_status`](crate::Cluster::checkpoint_status).
///
/// `Display` is one line.
#[derive(Clone, Debug, Default)]
pub struct CheckpointStatus {
    pub(crate) last_saved: Option<Instant>,
    pub(crate) failures: u32,
    pub(crate) last_error: Option<Arc<StoreError>>,
    /// The requests to save at once that were answered.
    pub(crate) flushes: u64,
}

impl CheckpointStatus {
    /// Returns when the store last confirmed a save. `None` before the first one. Nothing is saved while nothing changes.
    #[must_use]
    pub const fn last_saved(&self) -> Option<Instant> {
        self.last_saved
    }

    /// Returns how many saves have failed since the last one that succeeded. The next one succeeds or counts as well.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// Returns the error of the last save, if it failed.
    #[must_use]
    pub fn last_error(&self) -> Option<&StoreError> {
        self.last_error.as_deref()
    }
}

impl Display for CheckpointStatus {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match (&self.last_error, self.last_saved) {
            (Some(error), _) => write!(f, "{} saves in a row have failed: {error}", self.failures),
            (None, Some(_)) => f.write_str("the last save has succeeded"),
            (None, None) => f.write_str("nothing was saved yet"),
        }
    }
}
