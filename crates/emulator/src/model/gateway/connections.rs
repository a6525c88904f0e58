//! How connections are opened and closed, and what that means for their sessions.

use std::{borrow::Cow, time::Instant};

use gloaming_protocol::{Disposition, client_close_ends_session, disposition_of};

use super::Gateway;
use crate::{
    compression::Compression,
    connection::{ConnectionId, Handshake},
    encoding::Encoding,
    etf::EtfError,
    finding::{FindingKind, Outcome},
    model::{
        client_log::{self, End, SessionOutcome},
        connections::{ConnectionState, GatewayQuery},
        io::Operation,
        session_key::SessionKey,
        sessions::{Attachment, SessionEndReason},
        timers::Timer,
    },
    rule_table::ZOMBIE_CLOSED_NORMALLY,
    scenario::TriggerEvent,
};

impl Gateway {
    pub(super) fn connection_opened(
        &mut self,
        now: Instant,
        id: ConnectionId,
        handshake: Handshake,
    ) {
        let query = GatewayQuery::parse(&handshake.query);
        self.connections.open(now, id, handshake);
        self.effects.stats.connections += 1;
        self.effects.stats.connections_opened += 1;
        match query {
            Err(kind) => self.report(now, id, kind),
            Ok(query) => {
                if query.encoding != Encoding::Json {
                    self.effects.push(id, Operation::Encode(query.encoding));
                }
                self.set_compression(id, query.compression);
                if let Some(connection) = self.connections.get_mut(id) {
                    connection.query = Some(query);
                }
                self.observe(now, TriggerEvent::Connect, id);
                self.run_due_faults(now);
                if self.connections.is_open(id) {
                    self.greet(now, id);
                }
            }
        }
    }

    pub(super) fn connection_closed(&mut self, now: Instant, id: ConnectionId, code: Option<u16>) {
        let Some(connection) = self.connections.get(id) else {
            return;
        };
        let (session, shard) = (connection.session(), connection.shard);
        let end = match connection.is_closing() {
            true => End::Gateway,
            false => End::Client(code),
        };
        let is_zombie = connection.heartbeats.is_ack_withheld();
        let ends_session = code.is_some_and(client_close_ends_session);
        if ends_session && is_zombie && session.is_some() {
            self.report(now, id, ZOMBIE_CLOSED_NORMALLY);
        }
        self.connections.remove(id);
        self.cancel_heartbeats(id);
        self.effects.stats.connections -= 1;
        let outcome = match session {
            Some(_) if ends_session => SessionOutcome::Ended,
            Some(_) => SessionOutcome::Resumable,
            None => SessionOutcome::None,
        };
        client_log::disconnected(shard, end, outcome);
        match session {
            Some(key) if ends_session => self.end_session(key, SessionEndReason::ClosedByClient),
            Some(key) => self.detach_session(now, key),
            None => {}
        }
    }

    /// Compresses what is sent from now on.
    pub(super) fn set_compression(&mut self, id: ConnectionId, compression: Compression) {
        if let Some(connection) = self.connections.get_mut(id)
            && connection.compression != compression
        {
            connection.compression = compression;
            self.effects.push(id, Operation::Compress(compression));
        }
    }

    /// Reports a finding, and responds to it as the table says.
    pub(super) fn report(&mut self, now: Instant, id: ConnectionId, kind: FindingKind) {
        self.report_because(now, id, kind, None);
    }

    /// Reports a finding, and responds to it as the table says. The violation and the reason of a close frame name the
    /// cause.
    pub(super) fn report_because(
        &mut self,
        now: Instant,
        id: ConnectionId,
        kind: FindingKind,
        cause: Option<EtfError>,
    ) {
        let shard = self.connections.shard(id);
        let detail = match cause {
            Some(cause) => Cow::Owned(format!("{}: {cause}", kind.detail)),
            None => Cow::Borrowed(kind.detail),
        };
        if let Some(response) = kind.outcome.response() {
            client_log::broke_rule(shard, kind.rule, &detail);
            self.effects
                .record_violation(id, shard, kind, response, &detail);
        }
        match kind.outcome {
            Outcome::Closed(code) => self.close_because(now, id, code, cause),
            Outcome::InvalidSession => self.send_invalid_session(id, false),
            Outcome::Violation => {}
            Outcome::Note => self.note(id, shard, kind),
        }
    }

    /// Notes a finding, once per connection.
    fn note(&mut self, id: ConnectionId, shard: Option<[u32; 2]>, kind: FindingKind) {
        let connection = self.connections.get_mut(id);
        if connection.is_some_and(|connection| connection.noted.insert(kind.detail)) {
            client_log::noted(shard, kind.rule, kind.detail);
            self.effects.record_note(id, shard, kind);
        }
    }

    /// Sends a close frame. The session ends if that is what the code means for the client.
    pub(super) fn close_connection(&mut self, now: Instant, id: ConnectionId, code: u16) {
        self.close_because(now, id, code, None);
    }

    fn close_because(
        &mut self,
        now: Instant,
        id: ConnectionId,
        code: u16,
        cause: Option<EtfError>,
    ) {
        let Released::Released(session) = self.release(now, id) else {
            return;
        };
        self.effects.stats.closes_sent += 1;
        let reason = match cause {
            Some(cause) => Cow::Owned(format!("{} ({cause})", close_reason(code))),
            None => Cow::Borrowed(close_reason(code)),
        };
        self.effects.push(id, Operation::Close { code, reason });
        if let Some(key) = session
            && disposition_of(Some(code)) != Disposition::Resume
        {
            self.end_session(key, SessionEndReason::ClosedByGateway);
        }
    }

    /// Drops a connection without a close frame. Its session can be resumed.
    pub(super) fn drop_connection(&mut self, now: Instant, id: ConnectionId) {
        if let Released::Released(_) = self.release(now, id) {
            self.effects.push(id, Operation::Drop);
        }
    }

    /// A session has lost its connection.
    pub(super) fn detach_session(&mut self, now: Instant, key: SessionKey) {
        let lifetime = self.settings.session_lifetime;
        self.sessions.detach(now, key, lifetime, &mut self.effects);
    }

    pub(super) fn end_session(&mut self, key: SessionKey, reason: SessionEndReason) {
        self.sessions.end(key, reason, &mut self.effects);
        if self.sessions.is_empty() {
            self.effects.timers.cancel(Timer::Traffic);
        }
    }

    /// Ignores what the client sends from now on, and detaches the session.
    fn release(&mut self, now: Instant, id: ConnectionId) -> Released {
        let Some(connection) = self.connections.get_mut(id) else {
            return Released::NotOpen;
        };
        if connection.is_closing() {
            return Released::NotOpen;
        }
        let session = connection.session();
        connection.state = ConnectionState::Closing;
        self.cancel_heartbeats(id);
        if let Some(key) = session
            && self
                .sessions
                .get(key)
                .is_some_and(|session| session.attachment == Attachment::Attached(id))
        {
            self.detach_session(now, key);
        }
        Released::Released(session)
    }
}

/// Whether there was an open connection.
enum Released {
    NotOpen,
    /// There was, with this session.
    Released(Option<SessionKey>),
}

/// The reason that Discord sends with a close code.
const fn close_reason(code: u16) -> &'static str {
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
