//! Whether silence means that nothing was said.

use std::time::Instant;

/// Whether what the gateway answers would have been heard by now.
#[derive(Debug)]
pub(super) struct Hearing {
    reader: Reader,
    link: Link,
    /// When the session was last given a connection: silence before says nothing.
    connected: Option<Instant>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Reader {
    CaughtUp,
    Behind,
}

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
            connected: None,
        }
    }
}

impl Hearing {
    pub(super) const fn read_paused(&mut self) {
        self.reader = Reader::Behind;
    }

    pub(super) const fn caught_up(&mut self) {
        self.reader = Reader::CaughtUp;
    }

    pub(super) const fn disconnected(&mut self) {
        self.link = Link::Down;
    }

    pub(super) const fn connected(&mut self, now: Instant) {
        self.link = Link::Up;
        self.connected = Some(now);
    }

    pub(super) fn is_clear(&self) -> bool {
        self.reader == Reader::CaughtUp && self.link == Link::Up
    }

    /// From when on silence counts, for who last heard something at `heard`.
    pub(super) fn since(&self, heard: Instant) -> Instant {
        self.connected
            .map_or(heard, |connected| connected.max(heard))
    }
}
