//! How connections and sessions part and end.

use std::time::Instant;

use gloaming_protocol::{Disposition, disposition_of};

use super::{
    connection::Stage,
    ended::{EndedSession, SessionEndReason},
    gateway::Gateway,
    input::{ConnectionId, Operation},
    session::{Link, SessionKey},
    timers::Timer,
};

impl Gateway {
    /// Sends a close frame. What becomes of the session is what its close code tells the client.
    pub(super) fn close_connection(&mut self, now: Instant, id: ConnectionId, code: u16) {
        let Some(session) = self.silence(now, id) else {
            return;
        };
        self.stats.closes_sent += 1;
        self.act(
            id,
            Operation::Close {
                code,
                reason: reason(code),
            },
        );
        if let Some(key) = session
            && disposition_of(Some(code)) != Disposition::Resume
        {
            self.end_session(key, SessionEndReason::ClosedByGateway);
        }
    }

    /// Cuts a connection; its session can be resumed.
    pub(super) fn drop_connection(&mut self, now: Instant, id: ConnectionId) {
        if self.silence(now, id).is_some() {
            self.act(id, Operation::Drop);
        }
    }

    /// The session lost its connection.
    pub(super) fn detach(&mut self, now: Instant, key: SessionKey) {
        if let Some(session) = self.sessions.get_mut(&key)
            && session.link != Link::Away
        {
            session.link = Link::Away;
            self.stats.sessions_connected -= 1;
            self.timers
                .set(Timer::Expiry(key), now + self.settings.session_lifetime);
        }
    }

    /// The session is gone for good.
    pub(super) fn end_session(&mut self, key: SessionKey, end: SessionEndReason) {
        self.timers.cancel(Timer::Expiry(key));
        if let Some(session) = self.sessions.remove(&key) {
            self.stats.sessions -= 1;
            self.stats.sessions_ended += 1;
            if session.link != Link::Away {
                self.stats.sessions_connected -= 1;
            }
            self.ended.push(EndedSession {
                id: session.id,
                shard: session.shard,
                sequence: session.sequence,
                reason: end,
            });
        }
        if self.sessions.is_empty() {
            self.timers.cancel(Timer::Traffic);
        }
    }

    /// Hears no more of a connection and parts it from its session. `None` if there is nothing to silence.
    #[expect(
        clippy::option_option,
        reason = "the outer one is whether it was there, the inner one its session"
    )]
    fn silence(&mut self, now: Instant, id: ConnectionId) -> Option<Option<SessionKey>> {
        let connection = self.connections.get_mut(&id)?;
        let session = connection.session();
        if matches!(connection.stage, Stage::Closing) {
            return None;
        }
        connection.stage = Stage::Closing;
        self.cancel_heartbeats(id);
        if let Some(key) = session
            && self
                .sessions
                .get(&key)
                .is_some_and(|session| session.link == Link::Attached(id))
        {
            self.detach(now, key);
        }
        Some(session)
    }
}

/// What Discord says with a close code.
const fn reason(code: u16) -> &'static str {
    match code {
        4000 => "Unknown error.",
        4001 => "Unknown opcode.",
        4002 => "Error while decoding payload.",
        4003 => "Not authenticated.",
        4004 => "Authentication failed.",
        4005 => "Already authenticated.",
        4007 => "Invalid seq.",
        4008 => "Rate limited.",
        4009 => "Session timed out.",
        4010 => "Invalid shard.",
        4011 => "Sharding required.",
        4012 => "Invalid API version.",
        4013 => "Invalid intent(s).",
        4014 => "Disallowed intent(s).",
        _ => "",
    }
}
