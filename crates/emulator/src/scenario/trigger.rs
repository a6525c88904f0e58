//! What triggers a fault.

use std::time::Duration;

/// What triggers a [`Fault`](super::Fault).
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Trigger {
    /// An event on a connection.
    On {
        /// Which event.
        event: TriggerEvent,
        /// The first occurrence that triggers the fault, counted from 1.
        nth: u64,
        /// Which later occurrences trigger it again.
        repeat: Repeat<u64>,
    },
    /// A time after the scenario's start.
    At {
        /// The first time.
        at: Duration,
        /// Which later times trigger it again.
        repeat: Repeat<Duration>,
    },
}

/// Whether and how often a [`Trigger`] fires again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Repeat<T> {
    /// It fires once.
    Never,
    /// It fires periodically.
    Every {
        /// From one to the next: a number of occurrences, or a time.
        period: T,
        /// How often it fires in total; `None` for no limit.
        times: Option<u64>,
    },
}

impl Trigger {
    /// The first occurrence of an event.
    #[must_use]
    pub const fn first(event: TriggerEvent) -> Self {
        Self::nth(event, 1)
    }

    /// The `nth` occurrence of an event, counted from 1.
    #[must_use]
    pub const fn nth(event: TriggerEvent, nth: u64) -> Self {
        Self::On {
            event,
            nth,
            repeat: Repeat::Never,
        }
    }

    /// Every occurrence of an event.
    #[must_use]
    pub const fn always(event: TriggerEvent) -> Self {
        Self::On {
            event,
            nth: 1,
            repeat: Repeat::Every {
                period: 1,
                times: None,
            },
        }
    }

    /// Once, at a time after the scenario's start.
    #[must_use]
    pub const fn at(at: Duration) -> Self {
        Self::At {
            at,
            repeat: Repeat::Never,
        }
    }

    /// Periodically, the first time one period after the scenario's start.
    #[must_use]
    pub const fn every(period: Duration) -> Self {
        Self::At {
            at: period,
            repeat: Repeat::Every {
                period,
                times: None,
            },
        }
    }
}

/// An event on a connection that can trigger a [`Fault`](super::Fault).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum TriggerEvent {
    /// A WebSocket was opened. HELLO was not sent yet.
    Connect,
    /// A valid IDENTIFY arrived.
    Identify,
    /// READY was sent.
    Ready,
    /// A RESUME of an existing session arrived.
    Resume,
    /// RESUMED was sent, or is queued behind the replay.
    Resumed,
    /// A heartbeat arrived.
    Heartbeat,
}

impl TriggerEvent {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Connect,
        Self::Identify,
        Self::Ready,
        Self::Resume,
        Self::Resumed,
        Self::Heartbeat,
    ];

    /// The event's name in scenario files.
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
