//! What brings a fault about.

use std::time::Duration;

/// What brings a fault about.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum When {
    /// Something that happens on a connection.
    On {
        /// What.
        occasion: Occasion,
        /// The first time that counts, from 1.
        nth: u64,
        /// How often from then on.
        again: Again<u64>,
    },
    /// A time after the scenario's beginning.
    At {
        /// The first time.
        at: Duration,
        /// How often from then on.
        again: Again<Duration>,
    },
}

/// Whether and how a cue comes again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Again<T> {
    /// It counts once.
    Never,
    /// It counts every so often.
    Every {
        /// The distance from one to the next.
        distance: T,
        /// How often in all; `None` for no end.
        times: Option<u64>,
    },
}

impl When {
    /// The first time that something happens.
    #[must_use]
    pub const fn first(occasion: Occasion) -> Self {
        Self::nth(occasion, 1)
    }

    /// The `nth` time that something happens, from 1.
    #[must_use]
    pub const fn nth(occasion: Occasion, nth: u64) -> Self {
        Self::On {
            occasion,
            nth,
            again: Again::Never,
        }
    }

    /// Whenever something happens.
    #[must_use]
    pub const fn always(occasion: Occasion) -> Self {
        Self::On {
            occasion,
            nth: 1,
            again: Again::Every {
                distance: 1,
                times: None,
            },
        }
    }

    /// So long after the start.
    #[must_use]
    pub const fn at(at: Duration) -> Self {
        Self::At {
            at,
            again: Again::Never,
        }
    }

    /// After each such time.
    #[must_use]
    pub const fn every(distance: Duration) -> Self {
        Self::At {
            at: distance,
            again: Again::Every {
                distance,
                times: None,
            },
        }
    }
}

/// Something that happens on a connection.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Occasion {
    /// A WebSocket was opened; HELLO was not sent yet.
    Connect,
    /// IDENTIFY arrived, and was found to be in order.
    Identify,
    /// READY was sent.
    Ready,
    /// RESUME arrived, for a session that there is.
    Resume,
    /// RESUMED was sent, or is to be sent once what was missed is.
    Resumed,
    /// A heartbeat arrived.
    Heartbeat,
}

impl Occasion {
    /// Every one.
    pub const ALL: [Self; 6] = [
        Self::Connect,
        Self::Identify,
        Self::Ready,
        Self::Resume,
        Self::Resumed,
        Self::Heartbeat,
    ];

    /// Its name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Identify => "identify",
            Self::Ready => "ready",
            Self::Resume => "resume",
            Self::Resumed => "resumed",
            Self::Heartbeat => "heartbeat",
        }
    }
}
