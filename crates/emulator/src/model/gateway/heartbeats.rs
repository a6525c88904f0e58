//! HELLO and heartbeats ([P3](gloaming_protocol::rules#p3) to [P9](gloaming_protocol::rules#p9)).

use std::time::{Duration, Instant};

use gloaming_protocol::{CloseCode, OpCode};
use serde_json::{Value, json};

use super::Gateway;
use crate::{
    connection::ConnectionId,
    model::{
        connections::{Connection, ConnectionState},
        faults::Greeting,
        sessions::SessionEndReason,
        timers::Timer,
    },
    mute::Mute,
    rule_table::{LATE_HEARTBEAT, MISSING_HEARTBEAT, MISSING_REQUESTED_HEARTBEAT},
    scenario::TriggerEvent,
};

/// The time for an immediate heartbeat ([P6](gloaming_protocol::rules#p6)): a generous allowance for the
/// network.
const REQUEST_LIMIT: Duration = Duration::from_secs(5);

impl Gateway {
    /// Sends HELLO, or what a fault replaces it with.
    pub(super) fn greet(&mut self, now: Instant, id: ConnectionId) {
        match self.faults.next_greeting() {
            Greeting::Nothing => {}
            Greeting::Reconnect => {
                self.effects.stats.reconnects += 1;
                self.effects
                    .send_control(id, OpCode::Reconnect, &Value::Null);
            }
            Greeting::Hello => self.send_hello(now, id),
        }
    }

    fn send_hello(&mut self, now: Instant, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        if matches!(connection.state, ConnectionState::HelloPending) {
            connection.state = ConnectionState::Unauthenticated;
        }
        connection.heartbeats.hello_sent(now);
        let interval = self.settings.client_time(self.settings.heartbeat_interval);
        let interval = u64::try_from(interval.as_millis())
            .unwrap_or(u64::MAX)
            .max(1);
        let hello = json!({"heartbeat_interval": interval, "_trace": ["gloaming-emulator"]});
        self.effects.send_control(id, OpCode::Hello, &hello);
        self.await_heartbeat(now, id);
    }

    pub(super) fn heartbeat_received(&mut self, now: Instant, id: ConnectionId, d: &Value) {
        self.effects.stats.heartbeats += 1;
        self.observe(now, TriggerEvent::Heartbeat, id);
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        let elapsed = connection.heartbeats.arrived(now);
        let is_accountable = connection.is_accountable();
        let hello_was_sent = !matches!(connection.state, ConnectionState::HelloPending);
        let session = connection.session().and_then(|key| self.sessions.get(key));
        let last_sent = session.map(|session| session.sequence);
        let is_ack_withheld = self.faults.is_muted(Mute::Acks);
        let sequence = connection.heartbeats.check_sequence(d, last_sent);
        connection.heartbeats.set_ack_withheld(is_ack_withheld);

        self.effects.timers.cancel(Timer::RequestedHeartbeat(id));
        if hello_was_sent {
            self.await_heartbeat(now, id);
        }
        if elapsed > self.settings.heartbeat_punctuality() && is_accountable {
            self.report(now, id, LATE_HEARTBEAT);
        }
        if let Err(kind) = sequence {
            self.report(now, id, kind);
        }
        if !is_ack_withheld {
            self.effects.stats.heartbeat_acks += 1;
            self.effects
                .send_control(id, OpCode::HeartbeatAck, &Value::Null);
        }
    }

    /// No heartbeat came within the interval and the grace period.
    pub(super) fn heartbeat_missed(&mut self, now: Instant, id: ConnectionId) {
        let Some(connection) = self.connections.get(id) else {
            return;
        };
        let session = connection.session();
        if connection.is_accountable() {
            self.report(now, id, MISSING_HEARTBEAT);
        } else {
            self.close_connection(now, id, CloseCode::SessionTimedOut.number());
        }
        if let Some(key) = session {
            self.end_session(key, SessionEndReason::ClosedByGateway);
        }
    }

    /// Sends op 1 ([P6](gloaming_protocol::rules#p6)).
    pub(super) fn send_heartbeat_request(&mut self, now: Instant, id: ConnectionId) {
        let deadline = now + self.settings.real_time_allowance(REQUEST_LIMIT);
        self.effects
            .timers
            .set(Timer::RequestedHeartbeat(id), deadline);
        self.effects
            .send_control(id, OpCode::Heartbeat, &Value::Null);
    }

    pub(super) fn requested_heartbeat_missed(&mut self, now: Instant, id: ConnectionId) {
        if (self.connections.get(id)).is_some_and(Connection::is_accountable) {
            self.report(now, id, MISSING_REQUESTED_HEARTBEAT);
        }
    }

    pub(super) fn cancel_heartbeats(&mut self, id: ConnectionId) {
        self.effects.timers.cancel(Timer::Heartbeat(id));
        self.effects.timers.cancel(Timer::RequestedHeartbeat(id));
    }

    fn await_heartbeat(&mut self, now: Instant, id: ConnectionId) {
        let deadline = now + self.settings.heartbeat_limit();
        self.effects.timers.set(Timer::Heartbeat(id), deadline);
    }
}
