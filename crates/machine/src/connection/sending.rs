//! What is sent next: heartbeats before IDENTIFY or RESUME, and those before commands
//! ([P9](gloaming_protocol::rules#p9), [P13](gloaming_protocol::rules#p13),
//! [P22](gloaming_protocol::rules#p22)).

use super::{Connection, state::State};
use crate::{
    CommandOutcome, DisconnectCause, Output, SendKind, Transmit, WireText,
    command::{CommandKind, QueuedCommand, Sendable},
};
use gloaming_protocol::{encode_heartbeat, encode_resume};
use std::time::Instant;

/// What the connection must send as soon as the send limit allows.
#[derive(Debug, Default)]
pub(super) struct PendingSends {
    heartbeat: PendingHeartbeat,
    session: Option<SessionMessage>,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum PendingHeartbeat {
    #[default]
    None,
    /// The server requested it ([P6](gloaming_protocol::rules#p6)).
    Requested,
    /// It fell due ([P4](gloaming_protocol::rules#p4)).
    Scheduled,
}

/// The message that starts or resumes the session, at most one per connection
/// ([P13](gloaming_protocol::rules#p13)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum SessionMessage {
    Identify,
    Resume,
}

impl PendingSends {
    pub(super) const fn scheduled_heartbeat(&mut self) {
        self.heartbeat = PendingHeartbeat::Scheduled;
    }

    /// Several requests before the next send are one heartbeat.
    pub(super) const fn requested_heartbeat(&mut self) {
        if matches!(self.heartbeat, PendingHeartbeat::None) {
            self.heartbeat = PendingHeartbeat::Requested;
        }
    }

    pub(super) const fn identify(&mut self) {
        self.session = Some(SessionMessage::Identify);
    }

    /// Whether IDENTIFY or RESUME has not been handed to the transport yet.
    pub(super) const fn has_session_message(&self) -> bool {
        self.session.is_some()
    }

    pub(super) const fn resume(&mut self) {
        self.session = Some(SessionMessage::Resume);
    }
}

/// Whether the transport has written everything that it was handed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Flush {
    Done,
    /// It was handed frames since then.
    Pending {
        since: Instant,
    },
}

impl Connection {
    /// The transport has written everything that it was handed. Returns since when messages were stuck in it, if any
    /// were.
    pub(crate) fn flushed(&mut self, now: Instant) -> Option<Instant> {
        let Flush::Pending { since } = self.flush else {
            return None;
        };
        self.flush = Flush::Done;
        let stuck_since = (now > since).then_some(since)?;
        self.window.held_up(stuck_since, now);
        self.presences.held_up(stuck_since, now);
        Some(stuck_since)
    }

    /// Takes the most urgent frame that the send limit allows.
    pub(crate) fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        if let State::Closing { frame, .. } = &mut self.state {
            return frame.take().map(Transmit::Close);
        }
        if self.may_send_heartbeat(now) {
            return Some(self.heartbeat(now));
        }
        if self.may_send_session_message(now)
            && let Some(message) = self.pending.session.take()
        {
            return self.session_message(now, message);
        }
        while self.may_send_command(now)
            && let Some(command) = self.commands.pop(self.sendable(now))
        {
            let QueuedCommand {
                id,
                kind,
                json,
                expires,
                ..
            } = command;
            let outcome = if expires <= now {
                CommandOutcome::Expired
            } else {
                CommandOutcome::Sent
            };
            self.outputs.push_back(Output::Command { id, outcome });
            if outcome == CommandOutcome::Sent {
                if kind == CommandKind::Presence {
                    self.presences.record(now);
                }
                return Some(self.message(now, SendKind::Command, json));
            }
        }
        None
    }

    pub(crate) fn has_transmit(&self, now: Instant) -> bool {
        if let State::Closing { frame, .. } = &self.state {
            return frame.is_some();
        }
        // Nothing is pending without a connection.
        self.may_send_heartbeat(now)
            || self.may_send_session_message(now)
            || self.may_send_command(now)
    }

    /// The number of commands that may be sent at once ([P22](gloaming_protocol::rules#p22)).
    pub(crate) fn available_commands(&self, now: Instant) -> usize {
        match self.flush {
            Flush::Done => self.window.available_commands(now),
            Flush::Pending { .. } => 0,
        }
    }

    pub(crate) const fn command_capacity(&self) -> usize {
        self.window.command_capacity()
    }

    pub(crate) fn next_command_at(&self, now: Instant) -> Option<Instant> {
        self.window.command_blocked_until(now)
    }

    pub(crate) fn queued_commands(&self) -> usize {
        self.commands.len()
    }

    /// The earliest time at which the send limit allows a message that waits for it.
    pub(super) fn sends_deadline(&self, now: Instant) -> Option<Instant> {
        if !self.state.is_open() {
            return None;
        }
        let heartbeat = self.heartbeat_blocked_until(now);
        let session = match self.pending.session {
            Some(_) => self.window.blocked_until(now),
            None => None,
        };
        let commands = match self.sendable(now) {
            _ if !self.has_waiting_commands() => None,
            sendable if self.commands.contains(sendable) => self.window.command_blocked_until(now),
            _ => self.presences.blocked_until(now),
        };
        [heartbeat, session, commands].into_iter().flatten().min()
    }

    fn may_send_heartbeat(&self, now: Instant) -> bool {
        self.pending.heartbeat != PendingHeartbeat::None
            && self.heartbeat_blocked_until(now).is_none()
    }

    fn may_send_session_message(&self, now: Instant) -> bool {
        self.pending.session.is_some() && self.window.blocked_until(now).is_none()
    }

    fn may_send_command(&self, now: Instant) -> bool {
        self.has_waiting_commands()
            && self.window.command_blocked_until(now).is_none()
            && self.commands.contains(self.sendable(now))
    }

    fn has_waiting_commands(&self) -> bool {
        matches!(self.state, State::Active { .. }) && !self.commands.is_empty()
    }

    fn sendable(&self, now: Instant) -> Sendable {
        match self.presences.blocked_until(now) {
            None => Sendable::All,
            Some(_) => Sendable::AllButPresences,
        }
    }

    fn heartbeat_blocked_until(&self, now: Instant) -> Option<Instant> {
        match self.pending.heartbeat {
            PendingHeartbeat::None => None,
            PendingHeartbeat::Requested => self.window.requested_blocked_until(now),
            PendingHeartbeat::Scheduled => self.window.blocked_until(now),
        }
    }

    fn heartbeat(&mut self, now: Instant) -> Transmit {
        let pending = std::mem::take(&mut self.pending.heartbeat);
        if let Some(heartbeat) = self.state.heartbeat_mut() {
            match pending {
                PendingHeartbeat::Scheduled => heartbeat.sent_scheduled(now),
                PendingHeartbeat::Requested | PendingHeartbeat::None => heartbeat.sent(now),
            }
        }
        self.message(now, SendKind::Heartbeat, encode_heartbeat(self.sequence()))
    }

    fn session_message(&mut self, now: Instant, message: SessionMessage) -> Option<Transmit> {
        match (message, &self.session) {
            (SessionMessage::Identify, _) => {
                let identify = self.config.identify.clone();
                Some(self.message(now, SendKind::Identify, identify))
            }
            (SessionMessage::Resume, Some(session)) => {
                match encode_resume(&self.config.token, session.id(), session.sequence()) {
                    Ok(text) => {
                        if let State::Resuming {
                            progressed,
                            deadline,
                            ..
                        } = &mut self.state
                        {
                            *progressed = now;
                            *deadline = now + self.config.timeouts.resumed;
                        }
                        Some(self.message(now, SendKind::Resume, text))
                    }
                    // A session whose id is too long for RESUME can't be resumed.
                    Err(_) => {
                        self.lose_session();
                        self.abandon(now, DisconnectCause::Unreadable);
                        None
                    }
                }
            }
            // The session was lost while RESUME waited. The connection is being closed.
            (SessionMessage::Resume, None) => None,
        }
    }

    fn message(&mut self, now: Instant, kind: SendKind, text: String) -> Transmit {
        self.window.record(now);
        if self.flush == Flush::Done {
            self.flush = Flush::Pending { since: now };
        }
        let text = WireText::new(text);
        Transmit::Message { kind, text }
    }
}
