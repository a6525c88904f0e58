//! Events that are lost, as consumers learn of them.

use crate::{events::PublishedEvent, fence::Fence};
use gloaming_protocol::ShardId;
use std::{
    fmt::{self, Display, Formatter},
    sync::Arc,
};

/// Events of a session that no consumer gets.
///
/// A state that is built from events, such as a cache, has to be built anew for the shard.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct EventLoss {
    /// The shard.
    pub shard: ShardId,
    /// The fence of the owner's lease.
    pub fence: Fence,
    /// The session whose events they are.
    pub session: Arc<str>,
    /// The sequence after which they are missing.
    pub after: u64,
    /// Why.
    pub cause: LossCause,
}

impl EventLoss {
    /// The name that a loss has among the names of events. No event of Discord has it.
    pub const NAME: &'static str = "GLOAMING_EVENTS_LOST";
}

/// Why events are lost.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum LossCause {
    /// Discord has ended the session. What it would have sent since is in no session; the shard begins another one.
    SessionLost,
    /// A process received them and ended before it had passed them on, and the session can't be resumed.
    NotHandled,
    /// The stream had no room, or the engine did not answer, and the events were dropped by the configuration of a node.
    Dropped,
}

impl LossCause {
    const ALL: [Self; 3] = [Self::SessionLost, Self::NotHandled, Self::Dropped];

    /// Returns the name that messages have.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SessionLost => "session_lost",
            Self::NotHandled => "not_handled",
            Self::Dropped => "dropped",
        }
    }

    /// Returns the cause with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.name() == name)
    }
}

impl Display for LossCause {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What consumers get: an event, or that some are lost.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum StreamItem {
    /// An event.
    Event(PublishedEvent),
    /// Events of the same shard, before those that follow, are lost.
    Lost(EventLoss),
}

impl StreamItem {
    /// Returns the event, if it is one.
    #[must_use]
    pub const fn event(&self) -> Option<&PublishedEvent> {
        match self {
            Self::Event(event) => Some(event),
            Self::Lost(_) => None,
        }
    }

    /// Returns the shard.
    #[must_use]
    pub const fn shard(&self) -> ShardId {
        match self {
            Self::Event(event) => event.shard,
            Self::Lost(loss) => loss.shard,
        }
    }

    /// Returns the fence of the owner's lease.
    #[must_use]
    pub const fn fence(&self) -> Fence {
        match self {
            Self::Event(event) => event.fence,
            Self::Lost(loss) => loss.fence,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::LossCause;

    #[test]
    fn causes_are_found_by_their_names() {
        for cause in LossCause::ALL {
            assert_eq!(LossCause::from_name(cause.name()), Some(cause));
        }
        assert_eq!(LossCause::from_name(""), None);
    }
}
