//! Sessions that are no more.

use std::collections::VecDeque;

use serde::{Serialize, Serializer};

/// Ended sessions kept for looking at; of more than these the oldest go.
const MOST: usize = 10_000;

/// A session that ended, as a test sees it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct EndedSession {
    /// Its id, as given in READY.
    pub id: String,
    /// `[id, count]`.
    pub shard: [u32; 2],
    /// Sequence of the last dispatch made for it, whether or not it was sent.
    pub sequence: u64,
    /// What ended it.
    pub reason: SessionEndReason,
}

/// What ended a session.
///
/// As JSON its name in words, `"closed by the client"` for one.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum SessionEndReason {
    /// The client closed its connection with 1000 or 1001 (P19).
    ClosedByClient,
    /// Its client did not come back in time (P19).
    Expired,
    /// The client asked for what was not: more than the replay buffer holds (P20), or a sequence from the future.
    Unresumable,
    /// The gateway closed its connection with a code that ends sessions.
    ClosedByGateway,
    /// The gateway said so, with op 9 (P18).
    Invalidated,
    /// The gateway forgot it, without a word.
    Forgotten,
    /// The daily limit was broken (P12).
    TokenReset,
}

impl SessionEndReason {
    /// Its name in words.
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
pub(super) struct Ended(VecDeque<EndedSession>);

impl Ended {
    pub(super) fn push(&mut self, session: EndedSession) {
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back(session);
    }

    pub(super) fn to_vec(&self) -> Vec<EndedSession> {
        self.0.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_too_many_the_oldest_go() {
        let mut ended = Ended::default();
        for sequence in 0..MOST as u64 + 2 {
            ended.push(EndedSession {
                id: String::new(),
                shard: [0, 1],
                sequence,
                reason: SessionEndReason::Expired,
            });
        }
        let kept = ended.to_vec();
        assert_eq!((kept.len(), kept[0].sequence), (MOST, 2));
    }
}
