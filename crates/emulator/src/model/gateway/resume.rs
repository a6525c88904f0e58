//! RESUME ([P14](gloaming_protocol::rules#p14) to [P20](gloaming_protocol::rules#p20)).

use std::time::Instant;

use serde_json::{Value, json};

use super::Gateway;
use crate::{
    connection::ConnectionId,
    model::{
        client_log,
        client_payload::Resume,
        connections::ConnectionState,
        session_key::SessionKey,
        sessions::{Session, SessionEndReason},
    },
    rule_table::{
        MALFORMED_RESUME, RESUME_AFTER_AUTHENTICATION, RESUME_AFTER_INVALID_SESSION,
        RESUME_BEFORE_HELLO, RESUME_FUTURE_SEQUENCE, RESUME_WITH_OTHER_QUERY, RESUME_WRONG_TOKEN,
    },
    scenario::TriggerEvent,
};

impl Gateway {
    pub(super) fn resume_received(&mut self, now: Instant, id: ConnectionId, d: Value) {
        self.effects.stats.resumes += 1;
        let Some(connection) = self.connections.get(id) else {
            return;
        };
        let was_invalidated = connection.was_invalidated;
        match connection.state {
            ConnectionState::Active(_) | ConnectionState::ReadyWithheld(_) => {
                return self.report(now, id, RESUME_AFTER_AUTHENTICATION);
            }
            ConnectionState::HelloPending => self.report(now, id, RESUME_BEFORE_HELLO),
            ConnectionState::Unauthenticated | ConnectionState::SessionLost => {}
            ConnectionState::Closing => return,
        }
        if was_invalidated {
            return self.report(now, id, RESUME_AFTER_INVALID_SESSION);
        }
        let Ok(resume) = serde_json::from_value::<Resume>(d) else {
            return self.report(now, id, MALFORMED_RESUME);
        };
        if !self.token.accepts(&resume.token) {
            return self.report(now, id, RESUME_WRONG_TOKEN);
        }
        let Some(key) = self.sessions.find(&resume.session_id) else {
            // It has expired, most likely, which a client can't know.
            client_log::resume_failed(None);
            return self.send_invalid_session(id, false);
        };
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        if resume.seq > session.sequence {
            self.report(now, id, RESUME_FUTURE_SEQUENCE);
            return self.abandon_session(now, key);
        }
        session.remove_unreceived_resumed(resume.seq);
        let Some(missed) = session.replay.missed_after(resume.seq) else {
            client_log::resume_failed(Some(session.shard));
            self.abandon_session(now, key);
            return self.send_invalid_session(id, false);
        };
        self.attach_session(now, id, key, resume.seq);
        self.observe(now, TriggerEvent::Resume, id);
        self.effects.stats.replayed += missed;
        self.effects.stats.sessions_resumed += 1;
        if let Some(shard) = self.connections.shard(id) {
            client_log::resumed(shard, missed);
        }
        let resumed = json!({"_trace": ["gloaming-emulator"]}).to_string().into();
        self.delivery().dispatch(key, "RESUMED".into(), resumed);
        self.observe(now, TriggerEvent::Resumed, id);
        self.send_pending(now, id);
    }

    /// Attaches a session to a connection that has received the dispatches up to `sequence`.
    fn attach_session(&mut self, now: Instant, id: ConnectionId, key: SessionKey, sequence: u64) {
        let Some(session) = self.sessions.get(key) else {
            return;
        };
        let (query, shard) = (session.query, session.shard);
        let previous = self.sessions.attach(key, id, sequence, &mut self.effects);
        if let Some(previous) = previous {
            // The network lost it, and the client is back before the gateway noticed.
            self.effects.stats.connections_replaced += 1;
            self.drop_connection(now, previous);
        }
        if let Some(connection) = self.connections.get_mut(id) {
            connection.state = ConnectionState::Active(key);
            connection.shard = Some(shard);
            if connection.query != query {
                self.report(now, id, RESUME_WITH_OTHER_QUERY);
            }
        }
    }

    /// Ends a session that can't be resumed, and drops its connection if it still has one.
    fn abandon_session(&mut self, now: Instant, key: SessionKey) {
        let connection = self.sessions.get(key).and_then(Session::connection);
        if let Some(connection) = connection {
            self.drop_connection(now, connection);
        }
        self.end_session(key, SessionEndReason::Unresumable);
    }
}
