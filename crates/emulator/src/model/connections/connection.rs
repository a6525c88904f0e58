//! One connection.

use std::{collections::BTreeSet, time::Instant};

use super::{heartbeats::HeartbeatMonitor, query::GatewayQuery, send_window::SendWindow};
use crate::{
    compression::Compression,
    connection::{Handshake, Host},
    encoding::Encoding,
    model::{client_payload::Identify, session_key::SessionKey},
};

/// The state of a connection.
///
/// ```text
///   opened ──► HelloPending ──► Unauthenticated ──IDENTIFY──► ReadyWithheld ──► Active ──► Closing
///                                   ▲  └────── IDENTIFY, RESUME ─────────────────▲ │
///                                   └──op 9── SessionLost ◄──op 9────────────────┘
/// ```
/// IDENTIFY and RESUME lead from `SessionLost` to the same states as from `Unauthenticated`. `HelloPending` and
/// `ReadyWithheld` last only while HELLO or READY is muted.
#[derive(Debug)]
pub(crate) enum ConnectionState {
    /// HELLO was not sent.
    HelloPending,
    /// HELLO was sent, and there is no session.
    Unauthenticated,
    /// IDENTIFY was accepted, and READY is withheld.
    ReadyWithheld(Box<Identify>),
    /// The connection has a session.
    Active(SessionKey),
    /// The connection had a session, and the client may not know that it is gone: op 9 is on its way, or was not sent.
    SessionLost,
    /// A close frame was sent, or the connection was dropped: what the client sends is ignored.
    Closing,
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) handshake: Handshake,
    pub(crate) query: Option<GatewayQuery>,
    pub(crate) compression: Compression,
    pub(crate) state: ConnectionState,
    pub(crate) send_window: SendWindow,
    pub(crate) heartbeats: HeartbeatMonitor,
    /// Whether op 9 told the client to identify on this connection.
    pub(crate) was_invalidated: bool,
    pub(crate) network: NetworkCondition,
    pub(crate) copies: DispatchCopies,
    /// The details of what was noted about the client.
    pub(crate) noted: BTreeSet<&'static str>,
    /// The `[id, count]` of the shard of the session, or of an IDENTIFY.
    pub(crate) shard: Option<[u32; 2]>,
}

/// Whether the network may be the cause of late or missing heartbeats.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NetworkCondition {
    Normal,
    Impaired,
}

/// How often each dispatch is sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum DispatchCopies {
    One,
    Two,
}

impl Connection {
    pub(crate) fn new(now: Instant, handshake: Handshake) -> Self {
        Self {
            handshake,
            query: None,
            compression: Compression::None,
            state: ConnectionState::HelloPending,
            send_window: SendWindow::default(),
            heartbeats: HeartbeatMonitor::new(now),
            was_invalidated: false,
            network: NetworkCondition::Normal,
            copies: DispatchCopies::One,
            noted: BTreeSet::new(),
            shard: None,
        }
    }

    /// How its payloads are encoded.
    pub(crate) fn encoding(&self) -> Encoding {
        self.query.map_or(Encoding::Json, |query| query.encoding)
    }

    /// The session that the connection has.
    pub(crate) const fn session(&self) -> Option<SessionKey> {
        match self.state {
            ConnectionState::Active(key) => Some(key),
            ConnectionState::HelloPending
            | ConnectionState::Unauthenticated
            | ConnectionState::ReadyWithheld(_)
            | ConnectionState::SessionLost
            | ConnectionState::Closing => None,
        }
    }

    /// The connection's session, if it has one, is gone.
    pub(crate) fn lose_session(&mut self) {
        self.state = match self.state {
            ConnectionState::Active(_) => ConnectionState::SessionLost,
            _ => ConnectionState::Unauthenticated,
        };
        self.heartbeats.session_lost();
    }

    /// Whether late or missing heartbeats are the client's fault.
    pub(crate) fn is_accountable(&self) -> bool {
        self.network == NetworkCondition::Normal
    }

    pub(crate) const fn is_closing(&self) -> bool {
        matches!(self.state, ConnectionState::Closing)
    }

    pub(crate) fn is_on_resume_host(&self) -> bool {
        self.handshake.host == Host::Resume
    }
}
