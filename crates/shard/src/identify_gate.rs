//! Pauses the IDENTIFYs of shards.

use std::{
    fmt::{self, Debug, Formatter},
    sync::Arc,
};
use tokio::sync::watch;

/// Whether shards may identify. Clones are the same gate, and shards of one [`Config`](crate::Config) share it.
///
/// While it is paused, a shard without a session waits before it enters the identify queue. A shard that resumes, or has its
/// permit already, goes on. For operators who need the identifies of the day for something else, or want no shard to start
/// while they look into a problem.
///
/// ```
/// use gloaming_shard::{Config, Intents};
///
/// let config = Config::new("token".to_owned(), Intents::GUILDS);
/// config.identify_gate().pause();
/// assert!(config.clone().identify_gate().is_paused());
/// config.identify_gate().resume();
/// ```
#[derive(Clone)]
pub struct IdentifyGate(Arc<watch::Sender<GateState>>);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum GateState {
    Open,
    Paused,
}

impl IdentifyGate {
    /// Creates an open gate.
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(GateState::Open)))
    }

    /// Lets no further shard enter the identify queue.
    pub fn pause(&self) {
        self.0.send_replace(GateState::Paused);
    }

    /// Lets shards enter the identify queue.
    pub fn resume(&self) {
        self.0.send_replace(GateState::Open);
    }

    /// Returns whether it is paused.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        *self.0.borrow() == GateState::Paused
    }

    /// Waits until it is open.
    pub(crate) async fn opened(&self) {
        let mut state = self.0.subscribe();
        // It can't fail: `self` holds the sender.
        _ = state.wait_for(|state| *state == GateState::Open).await;
    }
}

impl Debug for IdentifyGate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IdentifyGate")
            .field(&*self.0.borrow())
            .finish()
    }
}
