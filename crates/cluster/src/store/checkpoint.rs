//! What is stored of a shard.

use bytes::Bytes;
use gloaming_protocol::ShardId;
use gloaming_shard::{Session, machine::delivery::UnhandledLoss};
use std::fmt::{self, Debug, Formatter};

/// How far a shard has come: its session as of the last event that the application has handled, and the state that the
/// application had at that event, if it gave any.
///
/// A process that resumes the session gets each later event. Events of a session that was lost do not come again. If some
/// of them were not handled yet, the checkpoint says so, and the next process reports it. While there is no other session,
/// that is all it has.
///
/// `Debug` shows the size of the state and not its content.
#[derive(Clone, Eq, PartialEq)]
pub struct Checkpoint {
    shard: ShardId,
    session: Option<Session>,
    state: Option<Bytes>,
    loss: Option<UnhandledLoss>,
}

impl Checkpoint {
    /// Makes a checkpoint without a state of the application.
    #[must_use]
    pub const fn new(shard: ShardId, session: Session) -> Self {
        Self {
            shard,
            session: Some(session),
            state: None,
            loss: None,
        }
    }

    /// Makes a checkpoint of a shard that has no session that could be resumed, and has lost one before all of its events
    /// were handled.
    #[must_use]
    pub const fn without_session(shard: ShardId, loss: UnhandledLoss) -> Self {
        Self {
            shard,
            session: None,
            state: None,
            loss: Some(loss),
        }
    }

    /// Adds the state of the application, which may be any bytes.
    #[must_use]
    pub fn with_state(mut self, state: impl Into<Bytes>) -> Self {
        self.state = Some(state.into());
        self
    }

    /// Adds what the process has lost and not handled.
    #[must_use]
    pub fn with_unhandled_loss(mut self, loss: UnhandledLoss) -> Self {
        self.loss = Some(loss);
        self
    }

    /// Returns the shard's number and the total number of shards.
    #[must_use]
    pub const fn shard(&self) -> ShardId {
        self.shard
    }

    /// Returns the session. Its sequence is that of the last event that counts as handled. `None` if the last one was lost,
    /// and no other has begun.
    #[must_use]
    pub const fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Returns the state of the application, if it gave any.
    #[must_use]
    pub const fn state(&self) -> Option<&Bytes> {
        self.state.as_ref()
    }

    /// Returns the sessions that were lost before all of their events were handled, if there are some.
    #[must_use]
    pub const fn unhandled_loss(&self) -> Option<&UnhandledLoss> {
        self.loss.as_ref()
    }
}

impl Debug for Checkpoint {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkpoint")
            .field("shard", &self.shard)
            .field("session", &self.session)
            .field("state_bytes", &self.state.as_ref().map(Bytes::len))
            .field("unhandled_loss", &self.loss)
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
