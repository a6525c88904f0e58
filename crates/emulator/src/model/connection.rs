//! One connection as the gateway sees it.

use std::time::Instant;

use super::{
    faults::{Copies, Silence},
    input::{Handshake, Host},
    payload::Identify,
    query::{Compression, Query},
    send_window::SendWindow,
    session::SessionKey,
};

/// ```text
///   opened ──► Silent ──► Greeted ──IDENTIFY──► Withheld ──► Bound ──► Closing
///                            ▲  └────IDENTIFY, RESUME────────▲ │
///                            └──op 9── Bereft ◄──op 9──────────┘
/// ```
/// From `Bereft`, IDENTIFY and RESUME lead on as from `Greeted`. `Silent` and `Withheld` are passed at once unless the
/// gateway was told to be mute.
#[derive(Debug)]
pub(super) enum Stage {
    /// HELLO was not sent.
    Silent,
    /// HELLO was sent; no session.
    Greeted,
    /// READY is withheld.
    Withheld(Box<Identify>),
    /// Carries a session.
    Bound(SessionKey),
    /// Carried one until now, and the client may not know that it is gone: op 9 is on its way, or not even that.
    Bereft,
    /// A close frame was sent, or the connection cut: nothing more is heard.
    Closing,
}

/// A connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) handshake: Handshake,
    pub(super) query: Option<Query>,
    pub(super) compression: Compression,
    pub(super) stage: Stage,
    pub(super) window: SendWindow,
    /// When the client beat last, asked for or not, or was told by HELLO to begin.
    pub(super) beat_from: Instant,
    /// The last heartbeat was left without an answer, so that the client should think of a zombie.
    pub(super) ack_withheld: bool,
    /// The highest sequence that a heartbeat carried.
    pub(super) beaten: u64,
    /// The client was told to identify here by op 9.
    pub(super) invalidated: bool,
    pub(super) silence: Silence,
    /// How often each event is sent.
    pub(super) copies: Copies,
    /// Shard of the session or of the IDENTIFY seen here, for violations.
    pub(super) shard: Option<[u32; 2]>,
}

impl Connection {
    pub(super) fn new(now: Instant, handshake: Handshake) -> Self {
        Self {
            handshake,
            query: None,
            compression: Compression::None,
            stage: Stage::Silent,
            window: SendWindow::default(),
            beat_from: now,
            ack_withheld: false,
            beaten: 0,
            invalidated: false,
            silence: Silence::OfTheClient,
            copies: Copies::One,
            shard: None,
        }
    }

    pub(super) const fn session(&self) -> Option<SessionKey> {
        match self.stage {
            Stage::Bound(key) => Some(key),
            Stage::Silent
            | Stage::Greeted
            | Stage::Withheld(_)
            | Stage::Bereft
            | Stage::Closing => None,
        }
    }

    /// There is no session here, or no more.
    pub(super) fn part(&mut self) {
        self.stage = match self.stage {
            Stage::Bound(_) => Stage::Bereft,
            _ => Stage::Greeted,
        };
        self.beaten = 0;
    }

    /// Whether what the client does, and when, is its own doing.
    pub(super) fn is_at_fault(&self) -> bool {
        self.silence == Silence::OfTheClient
    }

    pub(super) fn is_on_resume_host(&self) -> bool {
        self.handshake.host == Host::Resume
    }
}
