//! What is stored of a shard.

use bytes::Bytes;
use gloaming_protocol::ShardId;
use gloaming_shard::Session;
use std::fmt::{self, Debug, Formatter};

/// How far a shard has come: its session as of the last event that the application has handled, and the state that the
/// application had at that event, if it gave any.
///
/// A process that resumes the session gets each later event. `Debug` shows the size of the state and not its content.
#[derive(Clone, Eq, PartialEq)]
pub struct Checkpoint {
    shard: ShardId,
    session: Session,
    state: Option<Bytes>,
}

impl Checkpoint {
    /// Makes a checkpoint without a state of the application.
    #[must_use]
    pub const fn new(shard: ShardId, session: Session) -> Self {
        Self {
            shard,
            session,
            state: None,
        }
    }

    /// Adds the state of the application, which may be any bytes.
    #[must_use]
    pub fn with_state(mut self, state: impl Into<Bytes>) -> Self {
        self.state = Some(state.into());
        self
    }

    /// Returns the shard's number and the total number of shards.
    #[must_use]
    pub const fn shard(&self) -> ShardId {
        self.shard
    }

    /// Returns the session. Its sequence is that of the last event that counts as handled.
    #[must_use]
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// Returns the state of the application, if it gave any.
    #[must_use]
    pub const fn state(&self) -> Option<&Bytes> {
        self.state.as_ref()
    }

    /// Returns the shard, its session and the state of the application.
    #[must_use]
    pub fn into_parts(self) -> (ShardId, Session, Option<Bytes>) {
        (self.shard, self.session, self.state)
    }
}

impl Debug for Checkpoint {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkpoint")
            .field("shard", &self.shard)
            .field("session", &self.session)
            .field("state_bytes", &self.state.as_ref().map(Bytes::len))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Checkpoint;
    use gloaming_protocol::ShardId;
    use gloaming_shard::Session;

    #[test]
    fn debug_shows_no_state() {
        let session = Session::new(42, "d8c3b5".to_owned());
        let checkpoint = Checkpoint::new(ShardId::ONE, session).with_state("private");
        let shown = format!("{checkpoint:?}");
        assert!(shown.contains("state_bytes: Some(7)"), "{shown}");
        assert!(!shown.contains("private"), "{shown}");
    }
}
