//! The gateway's end of the connections.

use super::{World, end::Phase};
use crate::{
    agenda::Event,
    finding::Invariant,
    network::{Down, End, Tag, Up},
    shard::RESUME_HOST,
};
use gloaming_emulator::{
    Selector, Violation,
    model::{ConnectionId, Dispatch, Handshake, Input, Mute, Operation, Payload},
};
use gloaming_machine::SendKind;
use gloaming_protocol::{CloseFrame, limits::FULL_MEMBER_LIST_INTERVAL};
use serde::Deserialize;
use std::time::Duration;

/// How long the server waits for its close frame to be answered.
const CLOSE_PATIENCE: Duration = Duration::from_secs(10);

/// No status: stands for an empty close frame.
pub(super) const NO_CODE: u16 = 1005;

#[derive(Deserialize)]
struct Named {
    d: Session,
}

#[derive(Deserialize)]
struct Session {
    session_id: String,
}

impl World<'_> {
    pub(super) fn server_opens(&mut self, shard: usize, id: u64) {
        let now = self.clock.now();
        let this = &mut self.shards[shard];
        let handshake = Handshake {
            query: this.dialed_query.clone(),
            host: this.dialed,
            resume_url: RESUME_HOST.into(),
        };
        let selector = Selector::Connection(ConnectionId(id));
        let (close, cut) = (
            &mut this.armed.accept_then_close,
            &mut this.armed.accept_then_cut,
        );
        let then = match (*close, *cut) {
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
        self.tell_gateway(id, Input::Opened(handshake));
        match then {
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

    pub(super) fn up_arrives(&mut self, id: u64) {
        let now = self.clock.elapsed();
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        let Some(packet) = connection.up.take(now) else {
            return;
        };
        if connection.server == End::Gone {
            return;
        }
        match packet {
            Up::Text { kind, text } => {
                if kind == SendKind::Resume
                    && let Ok(named) = serde_json::from_str::<Named>(&text)
                {
                    connection.session = Some(named.d.session_id.into());
                }
                if kind == SendKind::Identify {
                    self.identify_arrives(id);
                }
                self.tell_gateway(id, Input::Text(&text));
                if kind == SendKind::Resume {
                    self.resume_arrived(id);
                }
            }
            Up::Close(code) => {
                self.tell_gateway(id, Input::Closed { code: Some(code) });
                if !self.gateway.is_muted(Mute::CloseReplies) {
                    self.send_down(id, Down::Close(Some(CloseFrame::new(code, ""))));
                }
                self.server_leaves(id);
            }
            Up::End => {
                self.tell_gateway(id, Input::Closed { code: None });
                self.server_leaves(id);
            }
        }
    }

    /// Much of the replay is still to be sent.
    fn resume_arrived(&mut self, id: u64) {
        let Some(shard) = self.client_of(id) else {
            return;
        };
        let armed = &mut self.shards[shard].armed;
        if armed.invalidate_replay > 0 {
            armed.invalidate_replay -= 1;
            let selector = Selector::Connection(ConnectionId(id));
            self.gateway.invalidate(self.clock.now(), &selector, true);
            self.drain_gateway();
        }
    }

    pub(super) fn drained(&mut self, id: u64) {
        self.tell_gateway(id, Input::Drained);
    }

    pub(super) fn drop_slow_client(&mut self, id: u64) {
        self.gateway.count_slow_client();
        self.end_down(id);
        let now = self.clock.elapsed();
        self.agenda.add(now, Event::GiveUp { connection: id });
    }

    /// The server has had enough of a connection that it closed.
    pub(super) fn server_gives_up(&mut self, id: u64) {
        let is_open = self
            .network
            .connections
            .get(&id)
            .is_some_and(|connection| connection.server == End::Open);
        if is_open {
            self.tell_gateway(id, Input::Closed { code: None });
            self.end_down(id);
            self.server_leaves(id);
        }
    }

    /// Ends what goes to the client, after what is on its way.
    fn end_down(&mut self, id: u64) {
        let Some(shard) = self.client_of(id) else {
            return;
        };
        let arrival = self.clock.elapsed() + self.one_way(shard);
        if let Some(connection) = self.network.connections.get_mut(&id)
            && connection.client == End::Open
            && let Some(at) = connection.down.send(arrival, Down::End)
        {
            let connection = id;
            self.agenda.add(at, Event::Down { connection });
        }
    }

    pub(super) fn server_leaves(&mut self, id: u64) {
        if let Some(connection) = self.network.connections.get_mut(&id) {
            connection.server = End::Gone;
        }
        self.network.tidy(id);
    }

    pub(super) fn tell_gateway(&mut self, id: u64, input: Input<'_>) {
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

    /// Does what the gateway wants done, and hears what it has to complain of.
    pub(super) fn drain_gateway(&mut self) {
        while let Some(output) = self.gateway.poll_output() {
            let ConnectionId(id) = output.connection;
            match output.operation {
                Operation::Send(Payload::Dispatch(dispatch)) => self.dispatch(id, &dispatch),
                Operation::Send(payload) => {
                    let text = payload.to_text();
                    self.send_payload(id, Down::Payload { text, tag: None });
                }
                Operation::SendBatch(batch) => {
                    for dispatch in batch.dispatches() {
                        self.dispatch(id, &dispatch);
                    }
                }
                Operation::Close { code, reason } => {
                    let frame = (code != NO_CODE).then(|| CloseFrame::new(code, reason));
                    self.note(self.client_of(id), || format!("    gateway closes: {code}"));
                    self.send_down(id, Down::Close(frame));
                    let at = self.clock.elapsed() + CLOSE_PATIENCE;
                    self.agenda.add(at, Event::GiveUp { connection: id });
                }
                Operation::Drop => {
                    self.note(self.client_of(id), || "    gateway cuts".to_owned());
                    self.end_down(id);
                    let at = self.clock.elapsed();
                    self.agenda.add(at, Event::GiveUp { connection: id });
                }
                _ => {}
            }
        }
        self.check_violations();
        if let Some(at) = self.gateway.poll_timeout() {
            self.gateway_timer += 1;
            let version = self.gateway_timer;
            self.agenda
                .add(self.clock.offset(at), Event::Gateway { version });
        }
    }

    fn dispatch(&mut self, id: u64, dispatch: &Dispatch) {
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        let mut text = String::new();
        dispatch.write_to(&mut text);
        let is_greeting = matches!(&*dispatch.name, "READY" | "RESUMED");
        if dispatch.name == "READY" {
            connection.session = serde_json::from_str::<Named>(&text)
                .ok()
                .map(|named| named.d.session_id.into());
        }
        let tag = connection.session.clone().map(|session| Tag {
            session,
            sequence: dispatch.sequence,
        });
        let packet = Down::Payload { text, tag };
        if is_greeting {
            return self.send_payload(id, packet);
        }
        let late = connection.late.take();
        let armed = &mut self.shards[connection.shard].armed;
        if armed.skip > 0 {
            armed.skip -= 1;
            let shard = connection.shard;
            self.note(Some(shard), || "    (an event is skipped)".to_owned());
        } else if armed.late > 0 {
            armed.late -= 1;
            connection.late = Some(packet);
        } else if armed.duplicate > 0 {
            armed.duplicate -= 1;
            self.send_payload(id, packet.clone());
            self.send_payload(id, packet);
        } else {
            self.send_payload(id, packet);
        }
        if let Some(late) = late {
            self.send_payload(id, late);
        }
    }

    fn send_payload(&mut self, id: u64, packet: Down) {
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        let armed = &mut self.shards[connection.shard].armed;
        let packet = if armed.corrupt > 0 {
            armed.corrupt -= 1;
            connection.trouble.down = true;
            Down::Unreadable
        } else {
            packet
        };
        self.send_down(id, packet);
    }

    /// Fails the run for a new violation that the client is to blame for.
    fn check_violations(&mut self) {
        while let Some(violation) = self.gateway.violations().get(self.violations_seen).cloned() {
            self.violations_seen += 1;
            let ConnectionId(id) = violation.connection;
            let shard = self.client_of(id);
            self.note(shard, || format!("    gateway complains: {violation}"));
            if self.is_the_networks_fault(id, &violation) {
                *self.excused.entry(violation.rule).or_default() += 1;
                if violation.rule == "P12" {
                    // The token is reset: there is no way on.
                    self.phase = Phase::Over;
                }
            } else {
                self.fail(shard, Invariant::Rules, violation.to_string());
            }
        }
    }

    /// Rules that a client can't but break when the network, or its own computer, is at fault.
    fn is_the_networks_fault(&mut self, id: u64, violation: &Violation) -> bool {
        let Some(connection) = self.network.connections.get(&id) else {
            return false;
        };
        let trouble = connection.trouble;
        match violation.rule {
            // A heartbeat that was sent came late or not at all, or nobody ran to send it.
            "P4" | "P6" => trouble.any(),
            // Payloads sent far apart came close together.
            "P22" => trouble.up,
            // A new process does not know what the one before requested.
            "P25" => {
                let started = self.shards[connection.shard].started;
                trouble.up || self.clock.elapsed() < started + FULL_MEMBER_LIST_INTERVAL
            }
            // An IDENTIFY overtook the one before it, which was sent 5 s earlier.
            // One that was stuck in the socket comes late.
            "P11" => trouble.up || connection.overtakes || connection.identified_late,
            // A process that died found in its ledger that the limit was reset, by a clock that had been
            // set forward.
            "P12" => {
                let limit = self.gateway.session_start_limit(self.clock.now());
                limit.reset_after <= self.queue.early()
            }
            // The user closed for good while the server was mute.
            "P7" => self.shards[connection.shard]
                .shutdown
                .is_some_and(|code| matches!(code, 1000 | 1001)),
            _ => false,
        }
    }
}
