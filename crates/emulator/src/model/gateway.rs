//! The gateway's door: inputs in, outputs and a deadline out.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::{Duration, Instant},
};

use gloaming_protocol::{CloseCode, OpCode, limits::MAX_COMMAND_BYTES};
use serde_json::Value;

use super::{
    app_commands::AppCommands,
    chat::BotMessages,
    connection::{Connection, Stage},
    controls::Mute,
    director::Director,
    ended::{Ended, SessionEndReason},
    faults::Ends,
    input::{ConnectionId, Handshake, Host, Input, Operation, Output},
    interactions::Interactions,
    payload::Envelope,
    payload_text::Payload,
    player::Player,
    query::{Compression, Query},
    send_window::Verdict,
    session::{Session, SessionKey},
    session_starts::SessionStarts,
    timers::{Timer, Timers},
};
use crate::{
    rng::Rng,
    scenario::TriggerEvent,
    settings::Settings,
    stats::Stats,
    traffic::{Chat, Decks, Traffic},
    violation::{Violation, ViolationResponse},
    violation_kinds::is_known,
    world::{World, stream},
};

/// Violations kept for looking at; later ones are only counted.
const MOST_VIOLATIONS: usize = 10_000;

/// A Discord gateway without IO, clock or randomness of its own.
///
/// Feed it one input, then drain [`poll_output`](Self::poll_output) until `None`; call
/// [`handle_timeout`](Self::handle_timeout) when the instant of [`poll_timeout`](Self::poll_timeout) has come. When
/// all outputs of a connection have been written, say [`Input::Drained`]: GUILD_CREATEs, replays and load wait for that, so
/// that what is unsent stays bounded. Instants must not go back.
///
/// ```
/// use std::time::Instant;
///
/// use gloaming_emulator::{Settings, model::{Operation, ConnectionId, Gateway, Handshake, Host, Input}};
///
/// let now = Instant::now();
/// let mut gateway = Gateway::new(Settings::default(), now);
/// let client = ConnectionId(1);
/// let handshake = Handshake {
///     query: "v=10&encoding=json".to_owned(),
///     host: Host::Main,
///     resume_url: "ws://resume.example".into(),
/// };
/// gateway.handle_input(now, client, Input::Opened(handshake));
/// while let Some(output) = gateway.poll_output() {
///     if let Operation::Send(payload) = output.operation {
///         assert_eq!(payload.to_text(), r#"{"t":null,"s":null,"op":10,"d":{"_trace":["gloaming-emulator"],"heartbeat_interval":41250}}"#);
///     }
/// }
/// // A heartbeat is awaited.
/// assert!(gateway.poll_timeout().is_some());
/// ```
#[derive(Debug)]
pub struct Gateway {
    pub(super) settings: Settings,
    pub(super) world: World,
    pub(super) connections: BTreeMap<ConnectionId, Connection>,
    pub(super) sessions: BTreeMap<SessionKey, Session>,
    pub(super) ended: Ended,
    pub(super) next_session: u64,
    pub(super) starts: SessionStarts,
    /// Set once the daily limit was broken: the token is worth nothing any more (P12).
    pub(super) token_was_reset: bool,
    /// When each guild's full member list was last asked for (P25).
    pub(super) member_lists: BTreeMap<u64, Instant>,
    pub(super) traffic: Traffic,
    pub(super) decks: Decks,
    pub(super) player: Option<Player>,
    pub(super) chat: Chat,
    pub(super) bot_messages: BotMessages,
    pub(super) interactions: Interactions,
    pub(super) app_commands: AppCommands,
    pub(super) muted: BTreeSet<Mute>,
    pub(super) director: Director,
    pub(super) mute_ends: Ends<Mute>,
    pub(super) refusal_ends: Ends<Host>,
    /// What handshakes at each host are refused with.
    pub(super) refusals: [Option<u16>; 2],
    /// How many connections to come get op 7 in place of HELLO.
    pub(super) reconnect_first: u64,
    pub(super) timers: Timers,
    pub(super) stats: Stats,
    pub(super) rng: Rng,
    violations: Vec<Violation>,
    outputs: VecDeque<Output>,
}

/// What REST says about session starts (P2, P12).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SessionStartLimit {
    /// Starts allowed a day.
    pub total: u32,
    /// Starts left.
    pub remaining: u32,
    /// How long until the day is over, by the client's clock (see [`EmulatorBuilder::speed`](crate::EmulatorBuilder::speed)).
    pub reset_after: Duration,
    /// Identifies allowed at once.
    pub max_concurrency: u32,
}

impl Gateway {
    /// A gateway with no connections, whose day (P12) begins at `now`.
    #[must_use]
    pub fn new(settings: Settings, now: Instant) -> Self {
        let world = World::new(&settings);
        let mut gateway = Self {
            connections: BTreeMap::new(),
            sessions: BTreeMap::new(),
            ended: Ended::default(),
            next_session: 0,
            starts: SessionStarts::new(now, &settings),
            token_was_reset: false,
            member_lists: BTreeMap::new(),
            traffic: Traffic::new(&settings, &world),
            decks: Decks::default(),
            player: (settings.recording.as_ref())
                .map(|recording| Player::new(recording, settings.playback)),
            chat: Chat::default(),
            bot_messages: BotMessages::default(),
            interactions: Interactions::default(),
            app_commands: AppCommands::default(),
            muted: BTreeSet::new(),
            director: Director::new(settings.seed, &settings.scenarios, now),
            mute_ends: Ends::default(),
            refusal_ends: Ends::default(),
            refusals: [None; 2],
            reconnect_first: 0,
            timers: Timers::default(),
            stats: Stats::default(),
            rng: Rng::derived(settings.seed, &[stream::SESSION]),
            violations: Vec::new(),
            outputs: VecDeque::new(),
            world,
            settings,
        };
        gateway.direct(now);
        gateway
    }

    /// Something happened to a connection. Drain [`poll_output`](Self::poll_output) next.
    pub fn handle_input(&mut self, now: Instant, id: ConnectionId, input: Input<'_>) {
        self.direct(now);
        match input {
            Input::Opened(handshake) => self.open(now, id, handshake),
            Input::Closed { code } => self.closed(now, id, code),
            Input::Text(text) if self.is_heard(id) => self.received(now, id, text),
            Input::Binary(_) if self.is_heard(id) => {
                self.refuse(
                    now,
                    id,
                    "P21",
                    CloseCode::DecodeError,
                    "a binary message, while the encoding is json",
                );
            }
            Input::Drained if self.is_heard(id) => self.feed(now, id),
            Input::Text(_) | Input::Binary(_) | Input::Drained => {}
        }
        self.direct(now);
    }

    /// The instant of [`poll_timeout`](Self::poll_timeout) has come. Drain [`poll_output`](Self::poll_output) next.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(timer) = self.timers.pop_expired(now) {
            match timer {
                Timer::Heartbeat(id) => self.heartbeat_missed(now, id),
                Timer::RequestedHeartbeat(id) => self.requested_heartbeat_missed(id),
                Timer::Expiry(key) => self.end_session(key, SessionEndReason::Expired),
                Timer::Traffic => self.make_traffic(now),
                Timer::Recording => self.play_recording(now),
                Timer::Director => self.direct(now),
            }
        }
    }

    /// The next thing to do, if any.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout); `None` if nothing is awaited.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Counters so far.
    #[must_use]
    pub const fn stats(&self) -> &Stats {
        &self.stats
    }

    /// What clients did wrong so far, oldest first; of more than ten thousand, the first ten thousand.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// What it was made of.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The limit on session starts as REST tells it (P2).
    pub fn session_start_limit(&mut self, now: Instant) -> SessionStartLimit {
        let (remaining, reset_after) = self.starts.remaining(now);
        SessionStartLimit {
            total: self.settings.session_starts_total,
            remaining,
            reset_after: self.settings.told(reset_after),
            max_concurrency: self.settings.max_concurrency.max(1),
        }
    }

    /// The `[id, count]` of the shard that a connection identified as or resumed.
    #[must_use]
    pub fn shard_of(&self, id: ConnectionId) -> Option<[u32; 2]> {
        self.connections.get(&id)?.shard
    }

    /// A REST request was answered.
    pub fn count_rest_request(&mut self) {
        self.stats.rest_requests += 1;
    }

    /// A handshake was refused with an HTTP status.
    pub fn count_refused_handshake(&mut self) {
        self.stats.handshakes_refused += 1;
    }

    /// A connection is about to be reported closed because its client didn't read.
    pub fn count_slow_client(&mut self) {
        self.stats.slow_clients_dropped += 1;
    }

    fn open(&mut self, now: Instant, id: ConnectionId, handshake: Handshake) {
        let query = Query::parse(&handshake.query);
        self.connections.insert(id, Connection::new(now, handshake));
        self.stats.connections += 1;
        self.stats.connections_opened += 1;
        match query {
            Err(error) => self.refuse(now, id, "P1", CloseCode::InvalidApiVersion, error.reason()),
            Ok(query) => {
                self.compress(id, query.compression);
                if let Some(connection) = self.connections.get_mut(&id) {
                    connection.query = Some(query);
                }
                self.notice(now, TriggerEvent::Connect, id);
                self.direct(now);
                if self.is_heard(id) {
                    self.greet(now, id);
                }
            }
        }
    }

    /// What is sent from now on.
    pub(super) fn compress(&mut self, id: ConnectionId, compression: Compression) {
        if let Some(connection) = self.connections.get_mut(&id)
            && connection.compression != compression
        {
            connection.compression = compression;
            self.act(id, Operation::Compress(compression));
        }
    }

    fn closed(&mut self, now: Instant, id: ConnectionId, code: Option<u16>) {
        let Some(connection) = self.connections.get(&id) else {
            return;
        };
        let (session, zombie) = (connection.session(), connection.ack_withheld);
        let ends = matches!(code, Some(1000 | 1001));
        if ends && zombie && session.is_some() {
            self.violation(
                id,
                "P7",
                "a connection without acks was closed with 1000 or 1001",
                ViolationResponse::Recorded,
            );
        }
        self.connections.remove(&id);
        self.cancel_heartbeats(id);
        self.stats.connections -= 1;
        match session {
            Some(key) if ends => self.end_session(key, SessionEndReason::ClosedByClient),
            Some(key) => self.detach(now, key),
            None => {}
        }
    }

    fn received(&mut self, now: Instant, id: ConnectionId, text: &str) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        if connection.window.record(now) == Verdict::OverLimit {
            return self.refuse(
                now,
                id,
                "P22",
                CloseCode::RateLimited,
                "over 120 payloads in 60 seconds",
            );
        }
        if text.len() > MAX_COMMAND_BYTES {
            return self.refuse(
                now,
                id,
                "P21",
                CloseCode::DecodeError,
                "a payload over 4096 bytes",
            );
        }
        let Ok(Envelope { op, d }) = serde_json::from_str(text) else {
            return self.refuse(
                now,
                id,
                "P32",
                CloseCode::DecodeError,
                "a payload that is no JSON object with an op",
            );
        };
        match OpCode::from_number(op) {
            OpCode::Heartbeat => self.heartbeat(now, id, &d),
            OpCode::Identify => self.identify(now, id, d),
            OpCode::Resume => self.resume(now, id, d),
            op @ (OpCode::PresenceUpdate
            | OpCode::VoiceStateUpdate
            | OpCode::RequestGuildMembers
            | OpCode::RequestSoundboardSounds
            | OpCode::RequestChannelInfo) => self.command(now, id, op, d),
            _ => self.refuse(
                now,
                id,
                "P32",
                CloseCode::UnknownOpcode,
                "an opcode that is not for clients to send",
            ),
        }
    }

    fn is_heard(&self, id: ConnectionId) -> bool {
        self.connections
            .get(&id)
            .is_some_and(|connection| !matches!(connection.stage, Stage::Closing))
    }

    pub(super) fn act(&mut self, connection: ConnectionId, operation: Operation) {
        self.outputs.push_back(Output {
            connection,
            operation,
        });
    }

    pub(super) fn send_control(&mut self, id: ConnectionId, op: OpCode, d: &Value) {
        self.act(id, Operation::Send(Payload::control(op.number(), d)));
    }

    /// Notes a violation and closes the connection for it.
    pub(super) fn refuse(
        &mut self,
        now: Instant,
        id: ConnectionId,
        rule: &'static str,
        code: CloseCode,
        detail: &'static str,
    ) {
        self.violation(id, rule, detail, ViolationResponse::Closed(code.number()));
        self.close_connection(now, id, code.number());
    }

    pub(super) fn violation(
        &mut self,
        id: ConnectionId,
        rule: &'static str,
        detail: &'static str,
        response: ViolationResponse,
    ) {
        debug_assert!(
            is_known(rule, detail, response),
            "not in the table: {rule}, {detail}, {response:?}"
        );
        self.stats.violations += 1;
        let violation = Violation {
            rule,
            detail: detail.to_owned(),
            connection: id,
            shard: self
                .connections
                .get(&id)
                .and_then(|connection| connection.shard),
            response,
        };
        tracing::debug!(%violation, "the client broke a rule");
        if self.violations.len() < MOST_VIOLATIONS {
            self.violations.push(violation);
        }
    }
}
