//! IDENTIFY and READY (P10 to P13, P35, P36).

use std::{sync::Arc, time::Instant};

use gloaming_protocol::{
    CloseCode, OpCode, Token,
    limits::{DEFAULT_LARGE_THRESHOLD, LARGE_THRESHOLD},
};
use serde_json::{Value, json};
use twilight_model::gateway::Intents;

use super::{
    connection::Stage,
    controls::Mute,
    ended::SessionEndReason,
    gateway::Gateway,
    input::ConnectionId,
    payload::Identify,
    query::Compression,
    replay_buffer::ReplayBuffer,
    session::{Arrival, Delivery, Guilds, Link, Session, SessionKey},
    session_starts::Start,
};
use crate::{
    intents::{ALL_INTENTS, PRIVILEGED_INTENTS},
    scenario::TriggerEvent,
    violation::ViolationResponse,
};

impl Gateway {
    pub(super) fn identify(&mut self, now: Instant, id: ConnectionId, d: Value) {
        self.stats.identifies += 1;
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        match connection.stage {
            Stage::Bound(_) | Stage::Withheld(_) => {
                return self.refuse(
                    now,
                    id,
                    "P13",
                    CloseCode::AlreadyAuthenticated,
                    "a second IDENTIFY",
                );
            }
            Stage::Silent => self.violation(
                id,
                "P3",
                "an IDENTIFY before HELLO",
                ViolationResponse::Recorded,
            ),
            Stage::Greeted | Stage::Bereft => {
                if connection.is_on_resume_host() && !connection.invalidated {
                    self.violation(
                        id,
                        "P14",
                        "an IDENTIFY on the host for resuming",
                        ViolationResponse::Recorded,
                    );
                }
            }
            Stage::Closing => return,
        }
        let Ok(identify) = serde_json::from_value::<Identify>(d) else {
            return self.refuse(
                now,
                id,
                "P10",
                CloseCode::DecodeError,
                "an IDENTIFY that lacks a field or has one of a wrong type",
            );
        };
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.shard = Some(identify.shard.unwrap_or([0, 1]));
        }
        if let Err((rule, code, detail)) = self.check_identify(&identify) {
            return self.refuse(now, id, rule, code, detail);
        }
        self.notice(now, TriggerEvent::Identify, id);
        self.compress_payloads(id, &identify);
        let [shard, _] = identify.shard.unwrap_or([0, 1]);
        match self.starts.start(now, shard) {
            Start::Granted => self.grant(now, id, identify),
            Start::TooSoon => {
                self.violation(
                    id,
                    "P11",
                    "an IDENTIFY sooner than the interval after another of the same rate-limit key",
                    ViolationResponse::InvalidSession,
                );
                self.send_invalid_session(id, false);
            }
            Start::Exhausted => self.exhaust(now, id),
        }
    }

    /// Sends READY, unless it is to be withheld.
    pub(super) fn grant(&mut self, now: Instant, id: ConnectionId, identify: Identify) {
        if self.muted.contains(&Mute::Ready) {
            if let Some(connection) = self.connections.get_mut(&id) {
                connection.stage = Stage::Withheld(Box::new(identify));
            }
            return;
        }
        let shard = identify.shard.unwrap_or([0, 1]);
        let intents = Intents::from_bits_truncate(identify.intents);
        let guilds: Vec<usize> = self.world.guilds_of_shard(shard).collect();
        let load = self
            .settings
            .flood
            .and_then(|flood| self.load(shard, intents, flood));
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        let key = SessionKey(self.next_session);
        self.next_session += 1;
        connection.stage = Stage::Bound(key);
        let session = Session {
            id: self.rng.hex(32),
            shard,
            intents,
            large_threshold: identify.large_threshold.unwrap_or(DEFAULT_LARGE_THRESHOLD),
            query: connection.query,
            link: Link::Attached(id),
            delivery: Delivery::Live,
            sequence: 0,
            replay: ReplayBuffer::new(self.settings.replay_capacity(guilds.len())),
            pending_guilds: if intents.contains(Intents::GUILDS) {
                guilds.iter().copied().collect()
            } else {
                [].into()
            },
            guilds: Guilds::Available,
            arrival: Arrival::First,
            load,
        };
        let ready = json!({
            "v": 10,
            "user_settings": {},
            "user": self.world.bot.current_json(),
            "shard": shard,
            "session_type": "normal",
            "session_id": session.id,
            "resume_gateway_url": &*connection.handshake.resume_url,
            "relationships": [],
            "private_channels": [],
            "presences": [],
            "guilds": guilds
                .iter()
                .map(|index| json!({"unavailable": true, "id": self.world.guild_id(*index).to_string()}))
                .collect::<Vec<_>>(),
            "guild_join_requests": [],
            "geo_ordered_rtc_regions": ["rotterdam", "bucharest"],
            "auth": {},
            "application": self.world.partial_application_json(),
            "_trace": ["gloaming-emulator"],
        });
        tracing::debug!(shard = ?shard, guilds = guilds.len(), "session started");
        self.sessions.insert(key, session);
        self.stats.sessions += 1;
        self.stats.sessions_connected += 1;
        self.stats.sessions_started += 1;
        self.dispatch_to(key, "READY".into(), Arc::from(ready.to_string()));
        self.notice(now, TriggerEvent::Ready, id);
        self.start_traffic(now);
        self.start_recording(now, key);
    }

    /// P28: payload compression, never together with that of the transport.
    fn compress_payloads(&mut self, id: ConnectionId, identify: &Identify) {
        if !identify.compress {
            return;
        }
        let query = self
            .connections
            .get(&id)
            .and_then(|connection| connection.query);
        if query.is_some_and(|query| query.compression != Compression::None) {
            self.violation(
                id,
                "P28",
                "payload compression was asked for on top of transport compression",
                ViolationResponse::Recorded,
            );
        } else {
            self.compress(id, Compression::Payload);
        }
    }

    pub(super) fn send_invalid_session(&mut self, id: ConnectionId, resumable: bool) {
        self.stats.invalid_sessions += 1;
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.part();
            connection.invalidated = !resumable;
        }
        self.send_control(id, OpCode::InvalidSession, &Value::Bool(resumable));
    }

    pub(super) fn knows_token(&self, token: &str) -> bool {
        !self.token_was_reset && Token::new(token) == self.settings.token
    }

    fn check_identify(
        &self,
        identify: &Identify,
    ) -> Result<(), (&'static str, CloseCode, &'static str)> {
        if !self.knows_token(&identify.token) {
            return Err(("P10", CloseCode::AuthenticationFailed, "a wrong token"));
        }
        let properties = &identify.properties;
        if [&properties.os, &properties.browser, &properties.device]
            .iter()
            .any(|text| text.is_empty())
        {
            return Err(("P10", CloseCode::DecodeError, "an empty property"));
        }
        if identify
            .large_threshold
            .is_some_and(|members| !LARGE_THRESHOLD.contains(&members))
        {
            return Err((
                "P10",
                CloseCode::DecodeError,
                "a large_threshold outside of 50 to 250",
            ));
        }
        if identify
            .presence
            .as_ref()
            .is_some_and(|presence| !presence.has_known_status())
        {
            return Err((
                "P27",
                CloseCode::DecodeError,
                "a presence with an unknown status",
            ));
        }
        if let Some([shard, count]) = identify.shard {
            if shard >= count {
                return Err((
                    "P10",
                    CloseCode::InvalidShard,
                    "a shard number that is not below the shard count",
                ));
            }
            if count % self.settings.required_shard_multiple.max(1) != 0 {
                return Err((
                    "P36",
                    CloseCode::InvalidShard,
                    "a shard count that is no multiple of the required one",
                ));
            }
        }
        if identify.intents & !ALL_INTENTS.bits() != 0 {
            return Err((
                "P10",
                CloseCode::InvalidIntents,
                "an intent that does not exist",
            ));
        }
        let denied = PRIVILEGED_INTENTS.difference(self.settings.allowed_intents);
        if identify.intents & denied.bits() != 0 {
            return Err((
                "P10",
                CloseCode::DisallowedIntents,
                "a privileged intent that is not enabled",
            ));
        }
        let guilds = self
            .world
            .guilds_of_shard(identify.shard.unwrap_or([0, 1]))
            .count();
        if guilds > self.settings.max_guilds_per_shard as usize {
            return Err((
                "P35",
                CloseCode::ShardingRequired,
                "a shard with too many guilds",
            ));
        }
        Ok(())
    }

    /// The daily limit was broken: every session ends and the token is reset (P12).
    fn exhaust(&mut self, now: Instant, id: ConnectionId) {
        self.token_was_reset = true;
        let code = CloseCode::AuthenticationFailed;
        self.refuse(
            now,
            id,
            "P12",
            code,
            "an IDENTIFY past the daily limit of session starts: the token is reset",
        );
        let keys: Vec<SessionKey> = self.sessions.keys().copied().collect();
        for key in keys {
            let connection = self.sessions.get(&key).and_then(Session::connection);
            self.end_session(key, SessionEndReason::TokenReset);
            if let Some(connection) = connection {
                self.close_connection(now, connection, code.number());
            }
        }
    }
}
