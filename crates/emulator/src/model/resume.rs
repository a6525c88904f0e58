//! RESUME (P14 to P20).

use std::{sync::Arc, time::Instant};

use gloaming_protocol::CloseCode;
use serde_json::{Value, json};

use super::{
    connection::Stage,
    ended::SessionEndReason,
    gateway::Gateway,
    input::ConnectionId,
    payload::Resume,
    session::{Delivery, Link, SessionKey},
    timers::Timer,
};
use crate::{scenario::TriggerEvent, violation::ViolationResponse};

impl Gateway {
    pub(super) fn resume(&mut self, now: Instant, id: ConnectionId, d: Value) {
        self.stats.resumes += 1;
        let Some(connection) = self.connections.get(&id) else {
            return;
        };
        let invalidated = connection.invalidated;
        match connection.stage {
            Stage::Bound(_) | Stage::Withheld(_) => {
                return self.refuse(
                    now,
                    id,
                    "P13",
                    CloseCode::AlreadyAuthenticated,
                    "a RESUME after IDENTIFY or RESUME",
                );
            }
            Stage::Silent => self.violation(
                id,
                "P3",
                "a RESUME before HELLO",
                ViolationResponse::Recorded,
            ),
            Stage::Greeted | Stage::Bereft => {}
            Stage::Closing => return,
        }
        if invalidated {
            self.violation(
                id,
                "P18",
                "a RESUME after op 9 said that there is no session",
                ViolationResponse::InvalidSession,
            );
            return self.send_invalid_session(id, false);
        }
        let Ok(resume) = serde_json::from_value::<Resume>(d) else {
            return self.refuse(
                now,
                id,
                "P14",
                CloseCode::DecodeError,
                "a RESUME that lacks a field or has one of a wrong type",
            );
        };
        if !self.knows_token(&resume.token) {
            return self.refuse(
                now,
                id,
                "P14",
                CloseCode::AuthenticationFailed,
                "a RESUME with a wrong token",
            );
        }
        let found = self
            .sessions
            .iter()
            .find(|(_, session)| session.id == resume.session_id);
        let Some((key, session)) = found.map(|(key, session)| (*key, session)) else {
            // Expired, most likely: nothing that a client could have known.
            return self.send_invalid_session(id, false);
        };
        if resume.seq > session.sequence {
            self.refuse(
                now,
                id,
                "P14",
                CloseCode::InvalidSequence,
                "a RESUME with a sequence that was never sent",
            );
            return self.abandon(now, key);
        }
        let Some(session) = self.sessions.get_mut(&key) else {
            return;
        };
        session.forget_unheard_resumed(resume.seq);
        let Some(missed) = session.replay.missed_after(resume.seq) else {
            self.abandon(now, key);
            return self.send_invalid_session(id, false);
        };
        self.attach(now, id, key, resume.seq);
        self.notice(now, TriggerEvent::Resume, id);
        self.stats.replayed += missed;
        self.stats.sessions_resumed += 1;
        tracing::debug!(session = %resume.session_id, replayed = missed, "session resumed");
        self.dispatch_to(
            key,
            "RESUMED".into(),
            Arc::from(json!({"_trace": ["gloaming-emulator"]}).to_string()),
        );
        self.notice(now, TriggerEvent::Resumed, id);
        self.feed(now, id);
    }

    /// The session goes on over this connection, and over no other, after the dispatch with that sequence.
    fn attach(&mut self, now: Instant, id: ConnectionId, key: SessionKey, sequence: u64) {
        let Some(session) = self.sessions.get_mut(&key) else {
            return;
        };
        let former = session.connection();
        session.link = Link::Attached(id);
        session.delivery = if sequence == session.sequence {
            Delivery::Live
        } else {
            Delivery::Behind(sequence)
        };
        let (query, shard) = (session.query, session.shard);
        self.timers.cancel(Timer::Expiry(key));
        if let Some(former) = former {
            // The network lost it, and its client came back before anybody noticed.
            self.drop_connection(now, former);
        } else {
            self.stats.sessions_connected += 1;
        }
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.stage = Stage::Bound(key);
            connection.shard = Some(shard);
            if connection.query != query {
                self.violation(
                    id,
                    "P1",
                    "a RESUME with another query than the session began with",
                    ViolationResponse::Recorded,
                );
            }
        }
    }

    /// Ends a session that can't go on, and whatever connection it still has.
    fn abandon(&mut self, now: Instant, key: SessionKey) {
        if let Some(connection) = self
            .sessions
            .get(&key)
            .and_then(super::session::Session::connection)
        {
            self.drop_connection(now, connection);
        }
        self.end_session(key, SessionEndReason::Unresumable);
    }
}
