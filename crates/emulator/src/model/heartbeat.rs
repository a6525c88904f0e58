//! HELLO and heartbeats (P3 to P9).

use std::time::{Duration, Instant};

use gloaming_protocol::{CloseCode, OpCode};
use serde_json::{Value, json};

use super::{
    connection::{Connection, Stage},
    controls::Mute,
    ended::SessionEndReason,
    gateway::Gateway,
    input::ConnectionId,
    timers::Timer,
};
use crate::{scenario::TriggerEvent, violation::ViolationResponse};

/// How much later than its interval, and a tenth of it, a heartbeat may come from a busy machine (P4).
const LATENESS: Duration = Duration::from_secs(1);

/// "At once", with a generous allowance for the network (P6).
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

impl Gateway {
    /// Sends HELLO, or what was asked for in its place.
    pub(super) fn greet(&mut self, now: Instant, id: ConnectionId) {
        if self.reconnect_first > 0 {
            self.reconnect_first -= 1;
            self.stats.reconnects += 1;
            return self.send_control(id, OpCode::Reconnect, &Value::Null);
        }
        if self.muted.contains(&Mute::Hello) {
            return;
        }
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        if matches!(connection.stage, Stage::Silent) {
            connection.stage = Stage::Greeted;
        }
        connection.beat_from = now;
        let told = self.settings.told(self.settings.heartbeat_interval);
        let interval = u64::try_from(told.as_millis()).unwrap_or(u64::MAX).max(1);
        self.send_control(
            id,
            OpCode::Hello,
            &json!({"heartbeat_interval": interval, "_trace": ["gloaming-emulator"]}),
        );
        self.timers.set(
            Timer::Heartbeat(id),
            now + self.settings.heartbeat_patience(),
        );
    }

    pub(super) fn heartbeat(&mut self, now: Instant, id: ConnectionId, d: &Value) {
        self.stats.heartbeats += 1;
        self.notice(now, TriggerEvent::Heartbeat, id);
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        // Asked for or not: a client may count its interval from either.
        let since = now.duration_since(std::mem::replace(&mut connection.beat_from, now));
        let is_at_fault = connection.is_at_fault();
        let session = connection.session();
        self.timers.cancel(Timer::RequestedHeartbeat(id));
        if !matches!(connection.stage, Stage::Silent) {
            self.timers.set(
                Timer::Heartbeat(id),
                now + self.settings.heartbeat_patience(),
            );
        }
        let interval = self.settings.heartbeat_interval;
        if since > interval + interval / 10 + self.settings.lateness(LATENESS) && is_at_fault {
            self.violation(
                id,
                "P4",
                "a heartbeat came later than the interval",
                ViolationResponse::Recorded,
            );
        }
        self.check_beat(
            id,
            d,
            session
                .and_then(|key| self.sessions.get(&key))
                .map(|session| session.sequence),
        );
        let is_withheld = self.muted.contains(&Mute::Acks);
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.ack_withheld = is_withheld;
        }
        if is_withheld {
            return;
        }
        self.stats.heartbeat_acks += 1;
        self.send_control(id, OpCode::HeartbeatAck, &Value::Null);
    }

    /// P5: `d` is the last sequence, or null when there was none.
    fn check_beat(&mut self, id: ConnectionId, d: &Value, last: Option<u64>) {
        let wrong = match (d, last) {
            (Value::Null, _) => return,
            (Value::Number(number), Some(last)) => match number.as_u64() {
                Some(0) => "a heartbeat with 0 where no sequence was seen should have null",
                Some(sequence) if sequence <= last => match self.connections.get_mut(&id) {
                    Some(connection) if sequence < connection.beaten => {
                        "a heartbeat with an older sequence than the one before"
                    }
                    Some(connection) => {
                        connection.beaten = sequence;
                        return;
                    }
                    None => return,
                },
                Some(_) => "a heartbeat with a sequence that was never sent",
                None => "a heartbeat whose sequence is no whole number",
            },
            // Beats before the RESUME carry what the client knows of its session.
            (Value::Number(number), None)
                if number.as_u64().is_some_and(|sequence| sequence > 0) =>
            {
                return;
            }
            (Value::Number(_), None) => {
                "a heartbeat with 0 where no sequence was seen should have null"
            }
            _ => "a heartbeat whose d is neither null nor a number",
        };
        self.violation(id, "P5", wrong, ViolationResponse::Recorded);
    }

    pub(super) fn heartbeat_missed(&mut self, now: Instant, id: ConnectionId) {
        let Some(connection) = self.connections.get(&id) else {
            return;
        };
        let (session, is_at_fault) = (connection.session(), connection.is_at_fault());
        if is_at_fault {
            self.violation(
                id,
                "P4",
                "no heartbeat came within the interval",
                ViolationResponse::Closed(CloseCode::SessionTimedOut.number()),
            );
        }
        self.close_connection(now, id, CloseCode::SessionTimedOut.number());
        if let Some(key) = session {
            self.end_session(key, SessionEndReason::ClosedByGateway);
        }
    }

    /// Sends op 1 (P6).
    pub(super) fn ask_for_heartbeat(&mut self, now: Instant, id: ConnectionId) {
        self.timers.set(
            Timer::RequestedHeartbeat(id),
            now + self.settings.lateness(ANSWER_LIMIT),
        );
        self.send_control(id, OpCode::Heartbeat, &Value::Null);
    }

    pub(super) fn requested_heartbeat_missed(&mut self, id: ConnectionId) {
        if (self.connections.get(&id)).is_some_and(Connection::is_at_fault) {
            self.violation(
                id,
                "P6",
                "the heartbeat that op 1 asked for did not come at once",
                ViolationResponse::Recorded,
            );
        }
    }

    pub(super) fn cancel_heartbeats(&mut self, id: ConnectionId) {
        self.timers.cancel(Timer::Heartbeat(id));
        self.timers.cancel(Timer::RequestedHeartbeat(id));
    }
}
