//! The gateway's endpoint of a connection.

use super::World;
use crate::{
    event_queue::Event,
    finding::Invariant,
    network::{Downstream, EndpointState, Tag, Upstream},
};
use gloaming_emulator::{
    Selector, Violation,
    model::{ConnectionId, Dispatch, Handshake, Input, Mute, Operation, Payload},
};
use gloaming_machine::SendKind;
use gloaming_protocol::{CloseFrame, limits::FULL_MEMBER_LIST_INTERVAL};
use serde::Deserialize;
use std::time::Duration;

/// The time that the server waits for the reply to its close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(10);

/// The code that stands for an empty close frame.
pub(super) const NO_CODE: u16 = 1005;

#[derive(Deserialize)]
struct SessionPayload {
    d: Session,
}

#[derive(Deserialize)]
struct Session {
    session_id: String,
}

impl World<'_> {
    pub(super) fn accept_connection(&mut self, shard: usize, id: u64) {
        let now = self.clock.now();
        let resume_url = self.resume_url(shard);
        let is_mute = self.gateway.is_muted(Mute::Hello);
        let this = &mut self.shards[shard];
        let handshake = Handshake {
            query: this.connect_query.clone(),
            host: this.connect_host,
            resume_url: resume_url.into(),
        };
        let selector = Selector::Connection(ConnectionId(id));
        let (close, cut) = (
            &mut this.pending_faults.accept_then_close,
            &mut this.pending_faults.accept_then_cut,
        );
        let is_closed = this.closed_after_hello_until > self.clock.elapsed() && !is_mute;
        let action = match (*close, *cut) {
            (0, 0) if is_closed => Input::Closed { code: Some(4000) },
            (0, 0) => Input::Drained,
            (0, _) => {
                *cut -= 1;
                Input::Closed { code: None }
            }
            _ => {
                *close -= 1;
                Input::Closed { code: Some(4000) }
            }
        };
        self.feed_gateway(id, Input::Opened(handshake));
        match action {
            Input::Closed { code: Some(code) } => {
                self.gateway.close(now, &selector, code);
            }
            Input::Closed { code: None } => {
                self.gateway.drop_connections(now, &selector);
            }
            _ => {}
        }
        self.drain_gateway();
    }

    pub(super) fn upstream_arrived(&mut self, id: u64) {
        let now = self.clock.elapsed();
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        let Some(packet) = connection.upstream.take(now) else {
            return;
        };
        if connection.server == EndpointState::Closed {
            return;
        }
        match packet {
            Upstream::Text { kind, text } => {
                if kind == SendKind::Resume {
                    let payload = serde_json::from_str::<SessionPayload>(&text).ok();
                    connection.session = payload.map(|payload| payload.d.session_id.into());
                    return self.resume_arrived(id, &text);
                }
                if kind == SendKind::Identify {
                    self.identify_arrived(id);
                }
                self.feed_gateway(id, Input::Text(&text));
                if kind == SendKind::Identify {
                    self.check_reserve(id);
                }
            }
            Upstream::Close(code) => {
                self.feed_gateway(id, Input::Closed { code: Some(code) });
                if !self.gateway.is_muted(Mute::CloseReplies) {
                    self.send_downstream(id, Downstream::Close(Some(CloseFrame::new(code, ""))));
                }
                self.close_server_endpoint(id);
            }
            Upstream::Eof => {
                self.feed_gateway(id, Input::Closed { code: None });
                self.close_server_endpoint(id);
            }
        }
    }

    pub(super) fn drained(&mut self, id: u64) {
        self.feed_gateway(id, Input::Drained);
    }

    pub(super) fn drop_slow_client(&mut self, id: u64) {
        self.gateway.count_slow_client();
        self.end_downstream(id);
        let now = self.clock.elapsed();
        self.event_queue
            .add(now, Event::CloseTimeout { connection: id });
    }

    /// Closes the server's endpoint if the client has not.
    pub(super) fn close_timeout(&mut self, id: u64) {
        let is_open = self
            .network
            .connections
            .get(&id)
            .is_some_and(|connection| connection.server == EndpointState::Open);
        if is_open {
            self.feed_gateway(id, Input::Closed { code: None });
            self.end_downstream(id);
            self.close_server_endpoint(id);
        }
    }

    /// Sends the end of the stream to the client, after the packets in transit.
    fn end_downstream(&mut self, id: u64) {
        let Some(shard) = self.client_of(id) else {
            return;
        };
        let arrival = self.clock.elapsed() + self.one_way(shard);
        if let Some(connection) = self.network.connections.get_mut(&id)
            && connection.client == EndpointState::Open
            && let Some(at) = connection.downstream.send(arrival, Downstream::Eof)
        {
            let connection = id;
            self.event_queue.add(at, Event::Downstream { connection });
        }
    }

    pub(super) fn close_server_endpoint(&mut self, id: u64) {
        if let Some(connection) = self.network.connections.get_mut(&id) {
            connection.server = EndpointState::Closed;
        }
        self.network.remove_if_closed(id);
    }

    pub(super) fn feed_gateway(&mut self, id: u64, input: Input<'_>) {
        let now = self.clock.now();
        self.note(self.client_of(id), || format!("    gateway: {input:?}"));
        self.gateway.handle_input(now, ConnectionId(id), input);
        self.drain_gateway();
    }

    pub(super) fn gateway_timer(&mut self, version: u64) {
        if version == self.gateway_timer {
            self.gateway.handle_timeout(self.clock.now());
            self.drain_gateway();
        }
    }

    /// Executes the outputs of the gateway, and checks for rule violations.
    pub(super) fn drain_gateway(&mut self) {
        while let Some(output) = self.gateway.poll_output() {
            let ConnectionId(id) = output.connection;
            match output.operation {
                Operation::Send(Payload::Dispatch(dispatch)) => self.dispatch(id, &dispatch),
                Operation::Send(payload) => {
                    let text = payload.to_text();
                    self.send_payload(id, Downstream::Payload { text, tag: None });
                }
                Operation::SendBatch(batch) => {
                    for dispatch in batch.dispatches() {
                        self.dispatch(id, &dispatch);
                    }
                }
                Operation::Close { code, reason } => {
                    let frame = (code != NO_CODE).then_some(CloseFrame { code, reason });
                    self.note(self.client_of(id), || {
                        format!("    gateway: close with {code}")
                    });
                    self.send_downstream(id, Downstream::Close(frame));
                    let at = self.clock.elapsed() + CLOSE_TIMEOUT;
                    self.event_queue
                        .add(at, Event::CloseTimeout { connection: id });
                }
                Operation::Drop => {
                    self.note(self.client_of(id), || {
                        "    gateway: connection dropped".to_owned()
                    });
                    self.end_downstream(id);
                    let at = self.clock.elapsed();
                    self.event_queue
                        .add(at, Event::CloseTimeout { connection: id });
                }
                _ => {}
            }
        }
        self.check_violations();
        self.check_notes();
        if let Some(at) = self.gateway.poll_timeout() {
            self.gateway_timer += 1;
            let version = self.gateway_timer;
            self.event_queue
                .add(self.clock.offset(at), Event::Gateway { version });
        }
    }

    fn dispatch(&mut self, id: u64, dispatch: &Dispatch) {
        let mut text = String::new();
        dispatch.write_to(&mut text);
        let starts_session = matches!(&*dispatch.name, "READY" | "RESUMED");
        if dispatch.name == "READY"
            && let Ok(payload) = serde_json::from_str::<SessionPayload>(&text)
        {
            let session = payload.d.session_id;
            if let Some(packet) = self.spoil_ready(id, &session, &text) {
                return self.send_payload(id, packet);
            }
            self.start_session(id, &session);
        }
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        let tag = connection.session.clone().map(|session| Tag {
            session,
            sequence: dispatch.sequence,
        });
        let packet = Downstream::Payload { text, tag };
        let Some(packet) = self.slow_down(id, packet) else {
            return;
        };
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        if starts_session {
            return self.send_payload(id, packet);
        }
        let late = connection.held_back.take();
        let pending_faults = &mut self.shards[connection.shard].pending_faults;
        if pending_faults.skip > 0 {
            pending_faults.skip -= 1;
            let shard = connection.shard;
            self.note(Some(shard), || "    (event skipped)".to_owned());
        } else if pending_faults.reorder > 0 {
            pending_faults.reorder -= 1;
            connection.held_back = Some(packet);
        } else if pending_faults.duplicate > 0 {
            pending_faults.duplicate -= 1;
            self.send_payload(id, packet.clone());
            self.send_payload(id, packet);
        } else {
            self.send_payload(id, packet);
        }
        if let Some(late) = late {
            self.send_payload(id, late);
        }
    }

    fn start_session(&mut self, id: u64, session: &str) {
        if let Some(connection) = self.network.connections.get_mut(&id) {
            connection.session = Some(session.into());
        }
    }

    pub(super) fn send_payload(&mut self, id: u64, packet: Downstream) {
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        let pending_faults = &mut self.shards[connection.shard].pending_faults;
        let packet = if pending_faults.corrupt > 0 {
            pending_faults.corrupt -= 1;
            connection.impairments.downstream = true;
            Downstream::Unreadable
        } else {
            packet
        };
        self.send_downstream(id, packet);
    }

    /// Reports new rule violations that no fault excuses.
    fn check_violations(&mut self) {
        while let Some(violation) = self.gateway.violations().get(self.violations_seen).cloned() {
            self.violations_seen += 1;
            let ConnectionId(id) = violation.connection;
            let shard = self.client_of(id);
            self.note(shard, || format!("    gateway: violation: {violation}"));
            if self.is_excused_by_fault(id, &violation) {
                *self.excused.entry(violation.rule).or_default() += 1;
            } else {
                self.fail(shard, Invariant::Rules, violation.to_string());
            }
        }
    }

    /// Reports what the client sends in another form than the documentation says. No fault excuses that.
    fn check_notes(&mut self) {
        while let Some(note) = self.gateway.notes().get(self.notes_seen).cloned() {
            self.notes_seen += 1;
            let ConnectionId(id) = note.connection;
            let shard = self.client_of(id);
            self.fail(shard, Invariant::Rules, note.to_string());
        }
    }

    /// Returns whether a fault excuses the violation.
    fn is_excused_by_fault(&mut self, id: u64, violation: &Violation) -> bool {
        let Some(connection) = self.network.connections.get(&id) else {
            return false;
        };
        let impairments = connection.impairments;
        // The client did not send this IDENTIFY, and knows of the new session only once READY arrives.
        if connection.is_resume_replaced && matches!(violation.rule, "P5" | "P11" | "P14") {
            return true;
        }
        match violation.rule {
            // The heartbeat was delayed or lost, or the client was not polled.
            "P4" | "P6" => impairments.any(),
            // The network delayed payloads so that they arrived together.
            "P22" => impairments.upstream,
            // A restarted process does not know the requests of the previous one.
            "P25" => {
                let started = self.shards[connection.shard].started;
                impairments.upstream || self.clock.elapsed() < started + FULL_MEMBER_LIST_INTERVAL
            }
            // This IDENTIFY or the previous one was delayed by the network or by a blocked socket.
            "P11" => {
                impairments.upstream
                    || connection.follows_delayed_identify
                    || connection.had_blocked_identify
            }
            // The user ended the session while the server withheld ACKs.
            "P7" => {
                let shutdown = self.shards[connection.shard].shutdown;
                connection.is_given_up || shutdown.is_some_and(|code| matches!(code, 1000 | 1001))
            }
            _ => false,
        }
    }
}
