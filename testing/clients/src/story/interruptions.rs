//! Interruptions of the connection.

use serde_json::{Value, json};

use super::{IDENTIFY_INTERVAL, Story, TIMEOUT, sessions};
use crate::clock::{self, Deadline};

/// An interruption of all connections.
struct Interruption {
    name: &'static str,
    /// The emulator's action.
    action: fn() -> Value,
    session: SessionState,
}

/// What becomes of the sessions.
#[derive(Clone, Copy, Eq, PartialEq)]
enum SessionState {
    /// They have to be resumed: messages are sent meanwhile.
    Kept,
    /// They can be resumed, but libraries differ in whether they do. No message is sent meanwhile.
    Optional,
    /// They end.
    Ended,
}

/// How a client continued after an interruption.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Recovery {
    /// It resumed all sessions.
    Resumed,
    /// It started at least one new session.
    StartedAnew,
}

const INTERRUPTIONS: [Interruption; 6] = [
    Interruption {
        name: "a connection that is cut",
        action: || json!({"action": "drop"}),
        session: SessionState::Kept,
    },
    Interruption {
        name: "op 7",
        action: || json!({"action": "reconnect"}),
        session: SessionState::Kept,
    },
    Interruption {
        name: "op 9 with `d` = true",
        action: || json!({"action": "invalid-session", "resumable": true}),
        session: SessionState::Optional,
    },
    Interruption {
        name: "close code 4000",
        action: || json!({"action": "close", "code": 4000}),
        session: SessionState::Kept,
    },
    Interruption {
        name: "close code 4009",
        action: || json!({"action": "close", "code": 4009}),
        session: SessionState::Ended,
    },
    Interruption {
        name: "op 9 with `d` = false",
        action: || json!({"action": "invalid-session", "resumable": false}),
        session: SessionState::Ended,
    },
];

impl Story {
    /// Interrupts the connections in each way. Returns how the client continued where the session could be resumed.
    pub(super) fn interruptions(&mut self) -> Result<Vec<(&'static str, Recovery)>, String> {
        let mut recoveries = Vec::new();
        for interruption in &INTERRUPTIONS {
            let recovery = self
                .interrupt(interruption)
                .map_err(|error| format!("after {}: {error}", interruption.name))?;
            if interruption.session != SessionState::Ended {
                recoveries.push((interruption.name, recovery));
            }
        }
        Ok(recoveries)
    }

    fn interrupt(&mut self, interruption: &Interruption) -> Result<Recovery, String> {
        self.send_numbers(3)?;
        let (started, resumed) = self.session_starts()?;
        let action = (interruption.action)();
        if interruption.session == SessionState::Kept {
            // Without HELLO, the client can't resume before it has missed messages.
            self.emulator
                .perform(&json!({"action": "mute", "message": "hello"}))?;
            self.emulator.perform(&action)?;
            clock::poll_until(TIMEOUT, "end of the connections", || {
                // A client that sends RESUME before HELLO may be back already.
                let is_back = self.session_starts()? != (started, resumed);
                let are_ended = is_back || sessions::are_all_disconnected(&self.emulator)?;
                Ok(are_ended.then_some(()))
            })?;
            self.send_numbers(5)?;
            self.emulator
                .perform(&json!({"action": "unmute", "message": "hello"}))?;
        } else {
            self.await_numbers()?;
            clock::sleep_until(self.next_identify);
            self.emulator.perform(&action)?;
        }
        clock::poll_until(TIMEOUT, "READY or RESUMED", || {
            let now = self.session_starts()?;
            let are_back = now.0 + now.1 >= started + resumed + self.shards;
            Ok(are_back.then_some(()))
        })
        .map_err(|error| self.bot.failure(error))?;
        self.await_sessions()?;
        self.send_numbers(2)?;
        if self.session_starts()?.0 == started {
            return Ok(Recovery::Resumed);
        }
        self.next_identify = Deadline::after(IDENTIFY_INTERVAL);
        Ok(Recovery::StartedAnew)
    }

    /// Returns how many sessions were started, and how many resumed.
    fn session_starts(&self) -> Result<(u64, u64), String> {
        let started = self.emulator.counter("sessions_started")?;
        Ok((started, self.emulator.counter("sessions_resumed")?))
    }

    /// Waits until each shard has a session with a connection.
    pub(super) fn await_sessions(&mut self) -> Result<(), String> {
        let connected = clock::poll_until(TIMEOUT, "connection of every shard", || {
            let connected = self.emulator.counter("sessions_connected")?;
            Ok((connected == self.shards).then_some(()))
        });
        connected.map_err(|error| self.bot.failure(error))
    }

    /// Asks for heartbeats (op 1). The emulator reports a client that does not send one at once.
    pub(super) fn requested_heartbeat(&mut self) -> Result<(), String> {
        let before = self.emulator.counter("heartbeats")?;
        self.emulator
            .perform(&json!({"action": "request-heartbeat"}))?;
        let heartbeats = clock::poll_until(TIMEOUT, "heartbeat after op 1", || {
            let sent = self.emulator.counter("heartbeats")? - before;
            Ok((sent >= self.shards).then_some(()))
        });
        heartbeats.map_err(|error| self.bot.failure(error))
    }
}
