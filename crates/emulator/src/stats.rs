//! What happened so far, in numbers.

use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

/// Counters of a gateway since it was made, and gauges of what is there now.
///
/// A copy is cheap. [`Emulator::wait_until`](crate::Emulator::wait_until) awaits a condition on it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// WebSocket connections open now.
    pub connections: u64,
    /// WebSocket connections ever opened.
    pub connections_opened: u64,
    /// Handshakes refused with an HTTP status.
    pub handshakes_refused: u64,
    /// Sessions that live now, connected or not.
    pub sessions: u64,
    /// Sessions that are connected now.
    pub sessions_connected: u64,
    /// IDENTIFY payloads received.
    pub identifies: u64,
    /// Sessions started: READY sent.
    pub sessions_started: u64,
    /// RESUME payloads received.
    pub resumes: u64,
    /// Sessions resumed: RESUMED sent.
    pub sessions_resumed: u64,
    /// Dispatches sent again after a RESUME.
    pub replayed: u64,
    /// Sessions that ended: closed by the client, timed out, invalidated.
    pub sessions_ended: u64,
    /// Op 9 sent.
    pub invalid_sessions: u64,
    /// Op 7 sent.
    pub reconnects: u64,
    /// Heartbeats received.
    pub heartbeats: u64,
    /// Heartbeats answered.
    pub heartbeat_acks: u64,
    /// Payloads received that are none of the above: op 3, 4, 8, 31 and 43.
    pub commands: u64,
    /// Dispatches made for sessions, connected or not; READY, RESUMED and GUILD_CREATE included.
    pub dispatches: u64,
    /// Events made up or played from a recording: once each, however many sessions got them; load once per session.
    pub events: u64,
    /// How often a shard's part of a recording was played to its end.
    pub recordings_played: u64,
    /// Close frames sent.
    pub closes_sent: u64,
    /// Connections dropped because the client didn't read what was sent.
    pub slow_clients_dropped: u64,
    /// Faults of scenarios that came about.
    pub faults: u64,
    /// Violations of the protocol.
    pub violations: u64,
    /// REST requests answered.
    pub rest_requests: u64,
    /// Messages that the bot wrote over REST, answers to interactions and edits included.
    pub bot_messages: u64,
    /// Interactions that the bot answered, with a message or otherwise.
    pub interactions_answered: u64,
}

/// What was awaited did not happen in time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct TimedOut {
    /// How long it was awaited.
    pub limit: Duration,
    /// What there was instead.
    pub stats: Stats,
}

impl Display for TimedOut {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "what was awaited did not happen within {:?}, but {:?}",
            self.limit, self.stats
        )
    }
}

impl std::error::Error for TimedOut {}
