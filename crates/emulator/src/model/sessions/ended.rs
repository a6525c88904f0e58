//! Sessions that have ended.

use std::collections::VecDeque;

use serde::{Serialize, Serializer};

/// The number of ended sessions that are kept. When there are more, the oldest are discarded.
const MAX_ENDED: usize = 10_000;

/// A session that has ended.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct EndedSession {
    /// The session id, as given in READY.
    pub id: String,
    /// The shard, `[id, count]`.
    pub shard: [u32; 2],
    /// The sequence of the session's last dispatch, whether or not it was sent.
    pub sequence: u64,
    /// Why the session ended.
    pub reason: SessionEndReason,
}

/// Why a session ended.
///
/// As JSON, it is its [`name`](Self::name), for example `"closed by the client"`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum SessionEndReason {
    /// The client closed the connection with 1000 or 1001 ([P19](gloaming_protocol::rules#p19)).
    ClosedByClient,
    /// The client did not resume in time ([P19](gloaming_protocol::rules#p19)).
    Expired,
    /// The client tried to resume from a sequence that the replay buffer no longer holds
    /// ([P20](gloaming_protocol::rules#p20)) or that was never sent.
    Unresumable,
    /// The gateway closed the connection with a code that ends the session.
    ClosedByGateway,
    /// The gateway sent op 9 with `false` ([P18](gloaming_protocol::rules#p18)).
    Invalidated,
    /// The gateway deleted the session without notice.
    Forgotten,
    /// The daily limit of session starts was exceeded ([P12](gloaming_protocol::rules#p12)).
    TokenReset,
}

impl SessionEndReason {
    /// The reason in words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClosedByClient => "closed by the client",
            Self::Expired => "expired",
            Self::Unresumable => "unresumable",
            Self::ClosedByGateway => "closed by the gateway",
            Self::Invalidated => "invalidated",
            Self::Forgotten => "forgotten",
            Self::TokenReset => "token reset",
        }
    }
}

impl Serialize for SessionEndReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// The last sessions that ended, oldest first.
#[derive(Debug, Default)]
pub(crate) struct EndedSessions(VecDeque<EndedSession>);

impl EndedSessions {
    pub(crate) fn push(&mut self, session: EndedSession) {
        if self.0.len() == MAX_ENDED {
            self.0.pop_front();
        }
        self.0.push_back(session);
    }

    /// Returns the highest sequence of those of this shard.
    pub(crate) fn last_sequence_of(&self, shard: [u32; 2]) -> Option<u64> {
        let ended = self.0.iter().filter(|session| session.shard == shard);
        ended.map(|session| session.sequence).max()
    }

    pub(crate) fn to_vec(&self) -> Vec<EndedSession> {
        self.0.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oldest_are_discarded_when_there_are_too_many() {
        let mut ended = EndedSessions::default();
        for sequence in 0..MAX_ENDED as u64 + 2 {
            ended.push(EndedSession {
                id: String::new(),
                shard: [0, 1],
                sequence,
                reason: SessionEndReason::Expired,
            });
        }
        let kept = ended.to_vec();
        assert_eq!((kept.len(), kept[0].sequence), (MAX_ENDED, 2));
    }
}
