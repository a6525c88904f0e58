//! When sessions are saved.

use std::time::Duration;

/// The shortest interval of saves.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(10);

/// The longest interval of saves. Discord keeps a session only for some minutes.
const LONGEST_INTERVAL: Duration = Duration::from_secs(600);

/// When and with what the [`Checkpoint`](crate::Checkpoint)s of a cluster are saved; see
/// [`ClusterBuilder::session_store`](crate::ClusterBuilder::session_store).
///
/// ```
/// use gloaming_cluster::{ApplicationState, CheckpointPolicy};
/// use std::time::Duration;
///
/// let policy = CheckpointPolicy::default()
///     .with_interval(Duration::from_secs(5))
///     .with_state(ApplicationState::Provided);
/// assert_eq!(policy.max_state_bytes, 1024 * 1024);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct CheckpointPolicy {
    /// The time between two saves, each of all shards that have changed. Default 1 s, at least 10 ms and at most 10 min.
    ///
    /// After a crash, the events of one interval at most arrive again.
    pub interval: Duration,
    /// Whether checkpoints have a state of the application. Default: none.
    pub state: ApplicationState,
    /// How many bytes the state of a shard has at most. Default 1 MiB.
    pub max_state_bytes: usize,
}

/// Whether [`Checkpoint`](crate::Checkpoint)s have a state of the application, such as the cache of guilds that it has made
/// of the events.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum ApplicationState {
    /// They have none, and the cluster saves by itself.
    #[default]
    None,
    /// Only checkpoints with a state that the application provides are saved, so that a session and its state belong
    /// together.
    Provided,
}

impl Default for CheckpointPolicy {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(1),
            state: ApplicationState::None,
            max_state_bytes: 1 << 20,
        }
    }
}

impl CheckpointPolicy {
    /// Sets the [interval](Self::interval).
    #[must_use]
    pub const fn with_interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Sets whether checkpoints have a [state](Self::state) of the application.
    #[must_use]
    pub const fn with_state(mut self, state: ApplicationState) -> Self {
        self.state = state;
        self
    }

    /// Sets how many bytes the state of a shard has [at most](Self::max_state_bytes).
    #[must_use]
    pub const fn with_max_state_bytes(mut self, bytes: usize) -> Self {
        self.max_state_bytes = bytes;
        self
    }

    pub(crate) fn bounded_interval(&self) -> Duration {
        self.interval.clamp(SHORTEST_INTERVAL, LONGEST_INTERVAL)
    }
}
