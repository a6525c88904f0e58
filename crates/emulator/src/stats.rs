//! Counters.

/// Counters of a gateway since it was created, and gauges of its current state.
///
/// Copies are cheap. [`Emulator::wait_until`](crate::Emulator::wait_until) waits for a condition on them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// The number of WebSocket connections that are open (gauge).
    pub connections: u64,
    /// The number of WebSocket connections that were opened.
    pub connections_opened: u64,
    /// The number of handshakes that were refused with an HTTP status.
    pub handshakes_refused: u64,
    /// The number of sessions that exist, with or without a connection (gauge).
    pub sessions: u64,
    /// The number of sessions that have a connection (gauge).
    pub sessions_connected: u64,
    /// The number of IDENTIFY payloads received.
    pub identifies: u64,
    /// The number of sessions started: READY was sent.
    pub sessions_started: u64,
    /// The number of RESUME payloads received.
    pub resumes: u64,
    /// The number of sessions resumed: RESUMED was sent.
    pub sessions_resumed: u64,
    /// The number of connections that were dropped since their session was resumed on another one: the network had lost
    /// them, or two processes have served the same session.
    pub connections_replaced: u64,
    /// The number of dispatches that were replayed after a RESUME.
    pub replayed: u64,
    /// The number of sessions that ended, for any reason.
    pub sessions_ended: u64,
    /// The number of op 9 payloads sent.
    pub invalid_sessions: u64,
    /// The number of op 7 payloads sent.
    pub reconnects: u64,
    /// The number of heartbeats received.
    pub heartbeats: u64,
    /// The number of heartbeats acknowledged.
    pub heartbeat_acks: u64,
    /// The number of commands received: op 3, 4, 8, 31 and 43.
    pub commands: u64,
    /// The number of dispatches made for sessions, with or without a connection. Includes READY, RESUMED and GUILD_CREATE.
    pub dispatches: u64,
    /// The number of events that were generated or played from a recording. An event counts once, regardless of how many
    /// sessions get it. Load counts once per session.
    pub events: u64,
    /// How often the events of a shard of a recording were played to the end.
    pub recordings_played: u64,
    /// The number of close frames sent.
    pub closes_sent: u64,
    /// The number of connections that were dropped because the client did not read.
    pub slow_clients_dropped: u64,
    /// The number of actions that were taken for faults of scenarios or by request.
    pub faults: u64,
    /// The number of violations of the protocol.
    pub violations: u64,
    /// The number of notes: deviations from the documentation that Discord accepts.
    pub notes: u64,
    /// The number of REST requests answered.
    pub rest_requests: u64,
    /// The number of REST requests that failed on demand.
    pub requests_failed: u64,
    /// The number of messages that the bot wrote over REST, including responses to interactions and edits.
    pub bot_messages: u64,
    /// The number of interactions that the bot responded to.
    pub interactions_answered: u64,
    /// The number of initial responses to interactions that came after the
    /// [deadline](crate::EmulatorBuilder::interaction_deadline).
    pub late_responses: u64,
}
