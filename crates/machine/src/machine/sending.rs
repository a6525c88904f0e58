//! Outbound lanes: heartbeat before session before commands (P9, P13, P22).

use super::{CommandOutcome, DisconnectCause, Machine, Output, SendKind, WireText, state::State};
use gloaming_protocol::{encode_heartbeat, encode_resume};
use std::time::Instant;

/// What the connection must send as soon as the window allows.
#[derive(Debug, Default)]
pub(super) struct PendingSends {
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

impl PendingSends {
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

/// Whether the transport takes messages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Writer {
    Ready,
    Blocked { since: Instant },
}

/// Whether the lanes had something that may go now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum HandedOut {
    Something,
    Nothing,
}

impl Machine {
    pub(super) fn write_blocked(&mut self, now: Instant) {
        if self.writer == Writer::Ready {
            self.writer = Writer::Blocked { since: now };
        }
    }

    pub(super) fn write_ready(&mut self, now: Instant) {
        if let Writer::Blocked { since } = self.writer {
            self.writer = Writer::Ready;
            self.window.held_up(since, now);
        }
    }

    /// Takes one message from the lanes, the most urgent, if the window and the transport allow.
    pub(super) fn hand_out(&mut self, now: Instant) -> HandedOut {
        if self.writer != Writer::Ready || !self.state.is_open() {
            return HandedOut::Nothing;
        }
        if self.pending.heartbeat != Due::No && self.heartbeat_blocked_until(now).is_none() {
            self.send_heartbeat(now);
        } else if let Some(message) = self.pending.session
            && self.window.blocked_until(now).is_none()
        {
            self.pending.session = None;
            self.send_session_message(now, message);
        } else if matches!(self.state, State::Active { .. })
            && !self.commands.is_empty()
            && self.window.command_blocked_until(now).is_none()
        {
            self.send_command(now);
        } else {
            return HandedOut::Nothing;
        }
        HandedOut::Something
    }

    /// When a lane that has something to send may send it.
    pub(super) fn sends_deadline(&self, now: Instant) -> Option<Instant> {
        // Blocked, they wait for the transport; the state's and the heartbeat's own deadlines stand.
        if self.writer != Writer::Ready || !self.state.is_open() {
            return None;
        }
        let heartbeat = self.heartbeat_blocked_until(now);
        let session = match self.pending.session {
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
        match self.pending.heartbeat {
            Due::No => None,
            Due::Requested => self.window.requested_blocked_until(now),
            Due::Scheduled => self.window.blocked_until(now),
        }
    }

    fn send_heartbeat(&mut self, now: Instant) {
        let due = std::mem::take(&mut self.pending.heartbeat);
        self.send(now, SendKind::Heartbeat, encode_heartbeat(self.sequence()));
        if let Some(heartbeat) = self.state.heartbeat_mut() {
            match due {
                Due::Scheduled => heartbeat.sent_scheduled(now),
                Due::Requested | Due::No => heartbeat.sent(now),
            }
        }
    }

    fn send_command(&mut self, now: Instant) {
        let Some(command) = self.commands.pop() else {
            return;
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

    fn send_session_message(&mut self, now: Instant, message: SessionMessage) {
        match (message, &self.session) {
            (SessionMessage::Identify, _) => {
                self.send(now, SendKind::Identify, self.config.identify.clone());
            }
            (SessionMessage::Resume, Some(session)) => {
                match encode_resume(&self.config.token, session.id(), session.sequence()) {
                    Ok(text) => {
                        self.send(now, SendKind::Resume, text);
                        if let State::Resuming { deadline, .. } = &mut self.state {
                            *deadline = now + self.config.timeouts.resumed;
                        }
                    }
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
