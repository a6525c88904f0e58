//! What the gateway does when something is to go wrong.

use std::time::Duration;

use crate::model::{Host, Mute};

/// What happens to the connections that a fault is for, or to the gateway as a whole.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Deed {
    /// The connection is cut without a close frame.
    Drop,
    /// The connection is closed with this code.
    Close(u16),
    /// Op 7 (P15).
    Reconnect,
    /// Op 9: resumable or not (P15, P18).
    InvalidSession {
        /// Whether the session stays.
        resumable: bool,
    },
    /// Op 1 (P6).
    RequestHeartbeat,
    /// That many connections to come get op 7 in place of HELLO (P3).
    ReconnectFirst {
        /// How many.
        connections: u64,
    },
    /// The gateway keeps something to itself.
    Mute {
        /// What.
        what: Mute,
        /// For how long; `None` for good.
        lasting: Option<Duration>,
    },
    /// It no longer does, and what was withheld is sent, except acks.
    Unmute {
        /// What.
        what: Mute,
    },
    /// Handshakes are answered with an HTTP status (P16).
    Refuse {
        /// At which host.
        host: Host,
        /// Which status.
        status: u16,
        /// For how long; `None` for good.
        lasting: Option<Duration>,
    },
    /// They are no longer.
    Accept {
        /// At which host.
        host: Host,
    },
    /// What is sent on the connection suffers on the way.
    Impair(Impairment),
    /// Believable events happen at once.
    Events {
        /// How many.
        count: u64,
    },
    /// Sessions are loaded.
    Flood {
        /// Each with how many events.
        count: u64,
    },
    /// All guilds of the sessions become unavailable: a GUILD_DELETE that says so for each, and no events of theirs
    /// (P34).
    GuildsUnavailable,
    /// They are there again: a GUILD_CREATE for each.
    GuildsAvailable,
    /// Guilds become unavailable and come back, one after another.
    GuildFlood {
        /// How many times in all, for each session.
        count: u64,
    },
    /// Events come that are in no documentation (P34).
    UnknownEvents {
        /// How many, to each session.
        count: u64,
    },
    /// A message comes that is no JSON.
    Garbage,
    /// Sessions are gone, and nobody is told.
    ForgetSessions,
    /// All connections are cut.
    Restart {
        /// Whether the sessions are there afterwards.
        keep_sessions: bool,
    },
}

/// What the way from the gateway to the client does to what is sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Impairment {
    /// Nothing is read or written any more, and the connection stays open.
    HalfOpen,
    /// It comes in drips.
    Slow {
        /// How fast, about. At least 1.
        bytes_per_second: u32,
    },
    /// Each message comes in WebSocket frames of so many bytes, at least 1.
    Split {
        /// How many.
        bytes: u32,
    },
    /// Each message of a zlib-stream comes in WebSocket messages of so many bytes (P29), at least 1. With any other
    /// compression a message is whole, and this is [`Split`](Self::Split).
    Scatter {
        /// How many.
        bytes: u32,
    },
    /// The next message is damaged.
    Tear,
    /// Each event comes twice, with one sequence.
    Duplicate,
}
