//! Bounds of every wait.

use std::time::Duration;

/// Bounds of every wait for the server. The shard acts when a bound is reached, and never waits forever.
///
/// While the consumer takes nothing, what is awaited may lie unread, and the bounds of connecting, HELLO, RESUMED, guilds
/// and ACKs are put off: for [10 minutes](gloaming_protocol::limits::MAX_UNREAD_WAIT_FOR_HELLO) until HELLO, for [an
/// hour](gloaming_protocol::limits::MAX_UNREAD_WAIT) after it.
///
/// There are two exceptions. The identify queue may have a shard wait for as long as Discord's limits require, and the
/// wait is reported. And READY: while the server acknowledges heartbeats but does not send READY, as in outages, the
/// shard keeps the connection and does not identify twice ([P8](gloaming_protocol::rules#p8)). Once ACKs
/// stop, the connection is a zombie ([P7](gloaming_protocol::rules#p7)), and the wait ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Timeouts {
    /// For TCP, TLS and the WebSocket handshake together. Default 20 s.
    pub connect: Duration,
    /// From the open connection to HELLO ([P3](gloaming_protocol::rules#p3)). Default 20 s.
    pub hello: Duration,
    /// For silence while replayed events or RESUMED are awaited ([P17](gloaming_protocol::rules#p17)).
    /// Default 30 s. It is also the most that an unanswered RESUME costs if there is no other server to ask
    /// ([`RecoveryPolicy`](crate::RecoveryPolicy)).
    pub resumed: Duration,
    /// The interval at which a wait for a permit from the identify queue is reported. Default 60 s.
    pub permit_report: Duration,
    /// The interval at which a wait for READY is reported. Default 60 s.
    pub ready_report: Duration,
    /// From READY, or from the last guild that arrived after it, until
    /// [`GuildsArrived`](crate::Lifecycle::GuildsArrived) is reported although guilds are missing. Default 15 s.
    pub guilds: Duration,
    /// From our close frame to the server's. Default 5 s.
    pub close: Duration,
    /// How long a connection must stay up to make up for its end, so that the next one follows at once
    /// ([`BackoffPolicy`](crate::BackoffPolicy)). Default 2 s.
    pub stable: Duration,
    /// How long a queued command may wait to be sent before it expires. Default 10 min: as long as a
    /// full queue takes to be sent.
    pub command: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            hello: Duration::from_secs(20),
            resumed: Duration::from_secs(30),
            permit_report: Duration::from_secs(60),
            ready_report: Duration::from_secs(60),
            guilds: Duration::from_secs(15),
            close: Duration::from_secs(5),
            stable: Duration::from_secs(2),
            command: Duration::from_secs(600),
        }
    }
}
