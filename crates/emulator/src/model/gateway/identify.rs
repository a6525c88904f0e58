//! IDENTIFY and READY ([P10](gloaming_protocol::rules#p10) to [P13](gloaming_protocol::rules#p13)).

use std::time::Instant;

use gloaming_protocol::{OpCode, limits::DEFAULT_LARGE_THRESHOLD};
use serde_json::Value;
use twilight_model::gateway::Intents;

use super::Gateway;
use crate::{
    compression::Compression,
    connection::ConnectionId,
    encoding::Encoding,
    finding::Outcome,
    intents::ALL_INTENTS,
    model::{
        client_log,
        client_payload::Identify,
        connections::ConnectionState,
        delivery::Delivery,
        identify::{IdentifyVerdict, Ready, check_identify},
        sessions::{
            Attachment, DeliveryProgress, GuildArrival, GuildAvailability, ReplayBuffer, Session,
            SessionEndReason,
        },
    },
    mute::Mute,
    rule_table::{
        DOUBLE_COMPRESSION, IDENTIFY_BEFORE_HELLO, IDENTIFY_ON_RESUME_HOST, IDENTIFY_TOO_SOON,
        MALFORMED_IDENTIFY, PAYLOAD_COMPRESSION_OF_ETF, SECOND_IDENTIFY, SESSION_STARTS_EXHAUSTED,
        UNDOCUMENTED_INTENT,
    },
    scenario::TriggerEvent,
};

impl Gateway {
    pub(super) fn identify_received(&mut self, now: Instant, id: ConnectionId, d: Value) {
        self.effects.stats.identifies += 1;
        let Some(connection) = self.connections.get(id) else {
            return;
        };
        match connection.state {
            ConnectionState::Active(_) | ConnectionState::ReadyWithheld(_) => {
                return self.report(now, id, SECOND_IDENTIFY);
            }
            ConnectionState::HelloPending => self.report(now, id, IDENTIFY_BEFORE_HELLO),
            ConnectionState::Unauthenticated | ConnectionState::SessionLost => {
                if connection.is_on_resume_host() && !connection.was_invalidated {
                    self.report(now, id, IDENTIFY_ON_RESUME_HOST);
                }
            }
            ConnectionState::Closing => return,
        }
        let mut findings = Vec::new();
        let identify = Identify::read(&d, &mut findings);
        if let (Some(connection), Ok(identify)) = (self.connections.get_mut(id), &identify) {
            connection.shard = Some(identify.shard());
        }
        for kind in findings {
            self.report(now, id, kind);
        }
        let Ok(identify) = identify else {
            return self.report(now, id, MALFORMED_IDENTIFY);
        };
        if let Err(kind) = check_identify(&identify, &self.token, &self.settings, &self.world) {
            return self.report(now, id, kind);
        }
        if identify.intents & !ALL_INTENTS.bits() != 0 {
            self.report(now, id, UNDOCUMENTED_INTENT);
        }
        self.observe(now, TriggerEvent::Identify, id);
        self.compress_payloads(now, id, &identify);
        let [shard, _] = identify.shard();
        match self.identify_limits.identify(now, shard) {
            IdentifyVerdict::Allowed => self.start_session(now, id, identify),
            IdentifyVerdict::TooSoon => self.report(now, id, IDENTIFY_TOO_SOON),
            IdentifyVerdict::Exhausted => self.exhaust_session_starts(now, id),
        }
    }

    /// Starts a session and sends READY, unless READY is muted.
    pub(super) fn start_session(&mut self, now: Instant, id: ConnectionId, identify: Identify) {
        if self.faults.is_muted(Mute::Ready) {
            if let Some(connection) = self.connections.get_mut(id) {
                connection.state = ConnectionState::ReadyWithheld(Box::new(identify));
            }
            return;
        }
        let shard = identify.shard();
        let intents = Intents::from_bits_truncate(identify.intents);
        let guilds: Vec<usize> = self.world.guilds_of_shard(shard).collect();
        let flood = self.settings.flood;
        let load = flood.and_then(|flood| self.load(shard, intents, flood));
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        let session = Session {
            id: self.rng.hex(32),
            shard,
            intents,
            large_threshold: identify.large_threshold.unwrap_or(DEFAULT_LARGE_THRESHOLD),
            query: connection.query,
            attachment: Attachment::Attached(id),
            progress: DeliveryProgress::Live,
            sequence: 0,
            replay: ReplayBuffer::new(self.settings.replay_capacity(guilds.len())),
            pending_guilds: if intents.contains(Intents::GUILDS) {
                guilds.iter().copied().collect()
            } else {
                [].into()
            },
            guild_availability: GuildAvailability::Available,
            guild_arrival: GuildArrival::First,
            load,
        };
        let ready = Ready {
            version: connection.query.unwrap_or_default().version,
            shard,
            session_id: &session.id,
            resume_url: &connection.handshake.resume_url,
            guilds: &guilds,
        };
        let ready = ready.data(&self.world);
        client_log::identified(shard, guilds.len());
        let before = self.sessions.last_sequence_of(shard);
        connection.heartbeats.session_started(before);
        let key = self.sessions.start(session, &mut self.effects);
        connection.state = ConnectionState::Active(key);
        self.delivery().dispatch(key, "READY".into(), ready);
        self.observe(now, TriggerEvent::Ready, id);
        self.start_traffic(now);
        self.start_recording(now, key);
    }

    /// Sends op 9.
    pub(super) fn send_invalid_session(&mut self, id: ConnectionId, resumable: bool) {
        self.effects.stats.invalid_sessions += 1;
        if let Some(connection) = self.connections.get_mut(id) {
            connection.lose_session();
            connection.was_invalidated = !resumable;
        }
        self.effects
            .send_control(id, OpCode::InvalidSession, &Value::Bool(resumable));
    }

    pub(super) const fn delivery(&mut self) -> Delivery<'_> {
        Delivery {
            sessions: &mut self.sessions,
            connections: &self.connections,
            effects: &mut self.effects,
        }
    }

    /// Applies the payload compression that an IDENTIFY requests, unless the transport is compressed or payloads are
    /// ETF ([P28](gloaming_protocol::rules#p28)).
    fn compress_payloads(&mut self, now: Instant, id: ConnectionId, identify: &Identify) {
        if !identify.compress {
            return;
        }
        let query = self.connections.get(id).and_then(|it| it.query);
        if query.is_some_and(|query| query.compression != Compression::None) {
            self.report(now, id, DOUBLE_COMPRESSION);
        } else if query.is_some_and(|query| query.encoding == Encoding::Etf) {
            self.report(now, id, PAYLOAD_COMPRESSION_OF_ETF);
        } else {
            self.set_compression(id, Compression::Payload);
        }
    }

    /// The daily limit was exceeded: the token is reset, and every session ends
    /// ([P12](gloaming_protocol::rules#p12)).
    fn exhaust_session_starts(&mut self, now: Instant, id: ConnectionId) {
        self.token.reset();
        self.report(now, id, SESSION_STARTS_EXHAUSTED);
        for key in self.sessions.keys() {
            let connection = self.sessions.get(key).and_then(Session::connection);
            self.end_session(key, SessionEndReason::TokenReset);
            if let Some(connection) = connection
                && let Outcome::Closed(code) = SESSION_STARTS_EXHAUSTED.outcome
            {
                self.close_connection(now, connection, code);
            }
        }
    }
}
