//! The gateway as a state machine.
//!
//! The parts of the gateway (connections, sessions, identify limits, faults, …) know nothing of one another. The modules
//! below route between them: one per kind of input.

mod actions;
mod commands;
mod connections;
mod control;
mod events;
mod guilds;
mod heartbeats;
mod identify;
mod messages;
mod permissions;
mod rest;
mod resume;

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use super::{
    commands::MemberListLimits,
    connections::Connections,
    effects::Effects,
    faults::Faults,
    identify::{BotToken, IdentifyLimits},
    io::{Input, Output},
    message::Message,
    recording_player::RecordingPlayer,
    rest::RestState,
    sessions::{SessionEndReason, Sessions},
    timers::Timer,
};
use crate::{
    connection::ConnectionId,
    note::Note,
    rng::{Rng, stream},
    settings::Settings,
    stats::Stats,
    traffic::{EventPools, Traffic},
    violation::Violation,
    world::World,
};

/// A Discord gateway without IO. Time is an argument, and randomness comes from a seed.
///
/// Feed it one input, then drain [`poll_output`](Self::poll_output) until `None`. Call
/// [`handle_timeout`](Self::handle_timeout) at the instant of [`poll_timeout`](Self::poll_timeout). When all outputs of a
/// connection have been written, report [`Input::Drained`]: GUILD_CREATEs, replays and load wait for it, so that the
/// amount of unsent data is bounded. Instants must not decrease.
///
/// ```
/// use std::time::Instant;
///
/// use gloaming_emulator::{Settings, model::{ConnectionId, Gateway, Handshake, Host, Input, Operation}};
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
/// // The deadline of the first heartbeat.
/// assert!(gateway.poll_timeout().is_some());
/// ```
#[derive(Debug)]
pub struct Gateway {
    settings: Settings,
    world: World,
    connections: Connections,
    sessions: Sessions,
    token: BotToken,
    identify_limits: IdentifyLimits,
    member_lists: MemberListLimits,
    traffic: Traffic,
    event_pools: EventPools,
    recording: Option<RecordingPlayer>,
    rest: RestState,
    faults: Faults,
    rng: Rng,
    effects: Effects,
    /// Guilds that a test let the bot join.
    announced_guilds: BTreeSet<u64>,
    /// The time of the last input.
    now: Instant,
}

/// The session start limit of `GET /gateway/bot` ([P2](gloaming_protocol::rules#p2),
/// [P12](gloaming_protocol::rules#p12)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SessionStartLimit {
    /// The number of session starts per day.
    pub total: u32,
    /// The number of session starts that are left.
    pub remaining: u32,
    /// The time until the day is over, by the client's clock (see
    /// [`EmulatorBuilder::speed`](crate::EmulatorBuilder::speed)).
    pub reset_after: Duration,
    /// The number of identifies that are allowed at the same time.
    pub max_concurrency: u32,
}

impl Gateway {
    /// A gateway without connections. The day of session starts ([P12](gloaming_protocol::rules#p12)) begins
    /// at `now`.
    #[must_use]
    pub fn new(settings: Settings, now: Instant) -> Self {
        let world = World::new(&settings);
        let recording = settings.recording.as_ref();
        let mut gateway = Self {
            connections: Connections::default(),
            sessions: Sessions::default(),
            token: BotToken::new(settings.token.clone()),
            identify_limits: IdentifyLimits::new(now, &settings),
            member_lists: MemberListLimits::default(),
            traffic: Traffic::new(&settings, &world),
            event_pools: EventPools::default(),
            recording: recording
                .map(|recording| RecordingPlayer::new(recording, settings.playback)),
            rest: RestState::default(),
            faults: Faults::new(&settings, now),
            rng: Rng::derived(settings.seed, &[stream::SESSION]),
            effects: Effects::default(),
            world,
            announced_guilds: BTreeSet::new(),
            now,
            settings,
        };
        gateway.run_due_faults(now);
        gateway
    }

    /// Handles an event on a connection. Drain [`poll_output`](Self::poll_output) next.
    pub fn handle_input(&mut self, now: Instant, id: ConnectionId, input: Input<'_>) {
        self.now = now;
        self.run_due_faults(now);
        match input {
            Input::Opened(handshake) => self.connection_opened(now, id, handshake),
            Input::Closed { code } => self.connection_closed(now, id, code),
            Input::Text(text) if self.connections.is_open(id) => {
                self.message_received(now, id, Message::Text(text));
            }
            Input::Binary(bytes) if self.connections.is_open(id) => {
                self.message_received(now, id, Message::Binary(bytes));
            }
            Input::Drained if self.connections.is_open(id) => self.send_pending(now, id),
            Input::Text(_) | Input::Binary(_) | Input::Drained => {}
        }
        self.run_due_faults(now);
    }

    /// Handles the timers that have expired. Drain [`poll_output`](Self::poll_output) next.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        while let Some(timer) = self.effects.timers.pop_expired(now) {
            match timer {
                Timer::Heartbeat(id) => self.heartbeat_missed(now, id),
                Timer::RequestedHeartbeat(id) => self.requested_heartbeat_missed(now, id),
                Timer::SessionExpiry(key) => self.end_session(key, SessionEndReason::Expired),
                Timer::Traffic => self.generate_due_events(now),
                Timer::Recording => self.play_due_recording(now),
                Timer::Scenario => self.run_due_faults(now),
            }
        }
    }

    /// Returns the next output, or `None` if there is nothing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.effects.pop_output()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout); `None` if there is no deadline.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.effects.timers.next()
    }

    /// It is `now`: for what happens without an input that has a time.
    pub(crate) const fn set_time(&mut self, now: Instant) {
        self.now = now;
    }

    /// The counters.
    #[must_use]
    pub const fn stats(&self) -> &Stats {
        &self.effects.stats
    }

    /// The violations of clients, oldest first. Only the first ten thousand are kept.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        self.effects.violations()
    }

    /// The deviations of clients from the documentation that Discord accepts, oldest first. Only the first ten thousand
    /// are kept.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        self.effects.notes()
    }

    /// The settings that the gateway was created with.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }
}
