//! Whether silence means that the gateway did not reply.

use crate::reader::Reader;
use std::time::{Duration, Instant};

/// Whether a reply would have been read by now.
#[derive(Debug)]
pub(super) struct Liveness {
    session: SessionLink,
    /// Silence before this time says nothing: the session got a connection then, or what had waited during a
    /// stall began to flow.
    floor: Option<Instant>,
}

/// A busy shard gets a backlog and reads it with every event. Only a longer one is a stall.
const STALL: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum SessionLink {
    Connected,
    Disconnected,
}

impl Default for Liveness {
    fn default() -> Self {
        Self {
            session: SessionLink::Disconnected,
            floor: None,
        }
    }
}

impl Liveness {
    /// Whether a backlog that began then and was read now was a stall. What the server held back during a stall
    /// arrives only after it.
    pub(super) fn was_stall(since: Instant, now: Instant) -> bool {
        now.duration_since(since) >= STALL
    }

    /// Counts silence from now on.
    pub(super) const fn count_from(&mut self, now: Instant) {
        self.floor = Some(now);
    }

    pub(super) const fn disconnected(&mut self) {
        self.session = SessionLink::Disconnected;
    }

    pub(super) const fn connected(&mut self, now: Instant) {
        self.session = SessionLink::Connected;
        self.floor = Some(now);
    }

    /// Whether replies can arrive and are read.
    pub(super) fn is_clear(&self, reader: Reader) -> bool {
        reader == Reader::CaughtUp && self.session == SessionLink::Connected
    }

    /// Returns the time from which silence counts, for a request whose last reply arrived at `last`.
    pub(super) fn since(&self, last: Instant) -> Instant {
        self.floor.map_or(last, |floor| floor.max(last))
    }
}
