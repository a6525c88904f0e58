//! What the gateway does when a fault is triggered.

use std::time::Duration;

use super::request_failure::RequestFailure;
use crate::{connection::Host, mute::Mute};

/// What the gateway does when a [`Fault`](super::Fault) is triggered: to the connections that the fault selects, or to
/// the gateway as a whole.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Drops the connection without a close frame.
    Drop,
    /// Closes the connection with this code.
    Close(u16),
    /// Sends op 7 ([P15](gloaming_protocol::rules#p15)).
    Reconnect,
    /// Sends op 9 ([P15](gloaming_protocol::rules#p15), [P18](gloaming_protocol::rules#p18)).
    InvalidSession {
        /// Whether the session can be resumed.
        resumable: bool,
    },
    /// Sends op 1 ([P6](gloaming_protocol::rules#p6)).
    RequestHeartbeat,
    /// Sends op 7 in place of HELLO to the next connections ([P3](gloaming_protocol::rules#p3)).
    ReconnectBeforeHello {
        /// To how many connections.
        connections: u64,
    },
    /// Withholds a message from all connections.
    Mute {
        /// Which message.
        message: Mute,
        /// For how long; `None` for no limit.
        duration: Option<Duration>,
    },
    /// Ends a `Mute` and sends what was withheld, except acknowledgements.
    Unmute {
        /// Which message.
        message: Mute,
    },
    /// Rejects handshakes with an HTTP status ([P16](gloaming_protocol::rules#p16)).
    Refuse {
        /// At which host.
        host: Host,
        /// The HTTP status.
        status: u16,
        /// For how long; `None` for no limit.
        duration: Option<Duration>,
    },
    /// Ends a `Refuse`.
    Accept {
        /// At which host.
        host: Host,
    },
    /// Impairs the connection from the gateway to the client.
    Impair(Impairment),
    /// Generates events, all at once.
    GenerateEvents {
        /// How many.
        count: u64,
    },
    /// Sends load to each session.
    Flood {
        /// How many events each session gets.
        count: u64,
    },
    /// Makes all guilds of the sessions unavailable: a GUILD_DELETE with `unavailable` for each, and no further events of
    /// these guilds ([P34](gloaming_protocol::rules#p34)).
    GuildsUnavailable,
    /// Makes the guilds available again: a GUILD_CREATE for each.
    GuildsAvailable,
    /// Makes guilds unavailable and available again, one after another.
    GuildFlood {
        /// How many times in total, for each session.
        count: u64,
    },
    /// Sends events that are not documented ([P34](gloaming_protocol::rules#p34)).
    UnknownEvents {
        /// How many to each session.
        count: u64,
    },
    /// Sends a message that is not valid JSON.
    InvalidJson,
    /// Denies the bot to view the last text channels of each guild: a CHANNEL_UPDATE for each, which is obfuscated
    /// ([P37](gloaming_protocol::rules#p37)).
    HideChannels {
        /// How many channels of each guild.
        count: u64,
    },
    /// Allows the bot to view all channels: a CHANNEL_UPDATE for each that it could not view.
    RevealChannels,
    /// Fails the next requests to REST.
    FailRequests(RequestFailure),
    /// Deletes sessions without notice.
    ForgetSessions,
    /// Drops all connections.
    Restart {
        /// Whether sessions can be resumed afterwards.
        keep_sessions: bool,
    },
}

/// What happens to messages on their way from the gateway to the client.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Impairment {
    /// Nothing is read or written any more, but the connection stays open.
    HalfOpen,
    /// The bandwidth is limited.
    Throttle {
        /// About how many bytes per second get through. At least 1.
        bytes_per_second: u32,
    },
    /// Each message is fragmented into several WebSocket frames.
    Fragment {
        /// The size of a frame's payload in bytes. At least 1.
        bytes: u32,
    },
    /// Each message of a zlib-stream is split over several WebSocket messages
    /// ([P29](gloaming_protocol::rules#p29)). With any other compression, where a message must be whole, this
    /// is the same as [`Fragment`](Self::Fragment).
    SplitMessages {
        /// The size of a WebSocket message in bytes. At least 1.
        bytes: u32,
    },
    /// The next message is corrupted.
    Corrupt,
    /// Each event is sent twice, with the same sequence.
    Duplicate,
}
