//! Whether silence means that nothing was said.

use std::time::{Duration, Instant};

/// Whether what the gateway answers would have been heard by now.
#[derive(Debug)]
pub(super) struct Hearing {
    reader: Reader,
    link: Link,
    /// Silence before says nothing: the session was given a connection then, or what waited during a
    /// stall began to flow.
    floor: Option<Instant>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Reader {
    CaughtUp,
    Behind { since: Instant },
}

/// A busy shard falls behind and catches up with each event; only what lasts is a stall.
const STALL: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Link {
    Up,
    Down,
}

impl Default for Hearing {
    fn default() -> Self {
        Self {
            reader: Reader::CaughtUp,
            link: Link::Down,
            floor: None,
        }
    }
}

impl Hearing {
    pub(super) fn read_paused(&mut self, now: Instant) {
        if self.reader == Reader::CaughtUp {
            self.reader = Reader::Behind { since: now };
        }
    }

    /// All that arrived has been read; gives since when it was not, if that was a stall. What the server
    /// holds back during one comes only after it.
    pub(super) fn caught_up(&mut self, now: Instant) -> Option<Instant> {
        match std::mem::replace(&mut self.reader, Reader::CaughtUp) {
            Reader::Behind { since } if now.duration_since(since) >= STALL => Some(since),
            _ => None,
        }
    }

    /// Silence counts from now on.
    pub(super) const fn count_from(&mut self, now: Instant) {
        self.floor = Some(now);
    }

    pub(super) const fn disconnected(&mut self) {
        self.link = Link::Down;
    }

    pub(super) const fn connected(&mut self, now: Instant) {
        self.link = Link::Up;
        self.floor = Some(now);
    }

    pub(super) fn is_clear(&self) -> bool {
        self.reader == Reader::CaughtUp && self.link == Link::Up
    }

    /// From when on silence counts, for who last heard something at `heard`.
    pub(super) fn since(&self, heard: Instant) -> Instant {
        self.floor.map_or(heard, |floor| floor.max(heard))
    }
}
