//! Outbound lanes: heartbeat before session before commands (P9, P13, P22).

use super::{CommandOutcome, DisconnectCause, Machine, Output, SendKind, WireText, state::State};
use gloaming_protocol::{encode_heartbeat, encode_resume};
use std::time::Instant;

/// What the connection must send as soon as the window allows.
#[derive(Debug, Default)]
pub(super) struct Owed {
    heartbeat: Due,
    session: Option<SessionMessage>,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Due {
    #[default]
    No,
    /// The server asked for it.
    Requested,
    /// The interval asked for it.
    Scheduled,
}

/// The one message that makes a connection a session's; at most one per connection (P13).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum SessionMessage {
    Identify,
    Resume,
}

impl Owed {
    pub(super) const fn scheduled_heartbeat(&mut self) {
        self.heartbeat = Due::Scheduled;
    }

    /// Several requests at once are one heartbeat.
    pub(super) const fn requested_heartbeat(&mut self) {
        if matches!(self.heartbeat, Due::No) {
            self.heartbeat = Due::Requested;
        }
    }

    pub(super) const fn identify(&mut self) {
        self.session = Some(SessionMessage::Identify);
    }

    pub(super) const fn resume(&mut self) {
        self.session = Some(SessionMessage::Resume);
    }
}

impl Machine {
    /// Sends from the lanes, the most urgent first, as far as the window allows.
    pub(super) fn send_what_may_be_sent(&mut self, now: Instant) {
        if !self.state.is_open() {
            return;
        }
        if self.owed.heartbeat != Due::No && self.heartbeat_blocked_until(now).is_none() {
            self.owed.heartbeat = Due::No;
            self.send(now, SendKind::Heartbeat, encode_heartbeat(self.sequence()));
            if let Some(heart) = self.state.heart_mut() {
                heart.sent(now);
            }
        }
        if let Some(message) = self.owed.session
            && self.window.blocked_until(now).is_none()
        {
            self.owed.session = None;
            self.send_session_message(now, message);
        }
        while matches!(self.state, State::Active { .. })
            && !self.commands.is_empty()
            && self.window.command_blocked_until(now).is_none()
        {
            let Some(command) = self.commands.pop() else {
                break;
            };
            let outcome = if command.expires <= now {
                CommandOutcome::Expired
            } else {
                self.send(now, SendKind::Command, command.json);
                CommandOutcome::Sent
            };
            let id = command.id;
            self.outputs.push_back(Output::Command { id, outcome });
        }
    }

    /// When a lane that has something to send may send it.
    pub(super) fn lanes_deadline(&self, now: Instant) -> Option<Instant> {
        if !self.state.is_open() {
            return None;
        }
        let heartbeat = self.heartbeat_blocked_until(now);
        let session = match self.owed.session {
            Some(_) => self.window.blocked_until(now),
            None => None,
        };
        let commands = if matches!(self.state, State::Active { .. }) && !self.commands.is_empty() {
            self.window.command_blocked_until(now)
        } else {
            None
        };
        [heartbeat, session, commands].into_iter().flatten().min()
    }

    fn heartbeat_blocked_until(&self, now: Instant) -> Option<Instant> {
        match self.owed.heartbeat {
            Due::No => None,
            Due::Requested => self.window.requested_blocked_until(now),
            Due::Scheduled => self.window.blocked_until(now),
        }
    }

    fn send_session_message(&mut self, now: Instant, message: SessionMessage) {
        match (message, &self.session) {
            (SessionMessage::Identify, _) => {
                self.send(now, SendKind::Identify, self.config.identify.clone());
            }
            (SessionMessage::Resume, Some(session)) => {
                match encode_resume(&self.config.token, session.id(), session.sequence()) {
                    Ok(text) => self.send(now, SendKind::Resume, text),
                    // A session id too long to be sent back can't be resumed.
                    Err(_) => {
                        self.lose_session();
                        self.abandon(now, DisconnectCause::Unreadable);
                    }
                }
            }
            // The session went while RESUME waited; the connection is being left.
            (SessionMessage::Resume, None) => {}
        }
    }

    fn send(&mut self, now: Instant, kind: SendKind, text: String) {
        self.window.record(now);
        self.outputs.push_back(Output::Send {
            kind,
            text: WireText::new(text),
        });
    }
}
