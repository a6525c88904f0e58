//! Faults of a server that does not do what a gateway does.

use super::World;
use crate::{
    coverage::InputKind,
    fault::{Fault, FaultKind},
    finding::Invariant,
    network::Downstream,
    shard::RESUME_HOST,
};
use gloaming_emulator::Selector;
use gloaming_machine::Input;
use gloaming_protocol::limits::EVENTLESS_FRAMES_AT_ONCE;
use std::time::Duration;

const ACK: &str = r#"{"op":11,"d":null,"s":null,"t":null}"#;

/// A sequence number that no session reaches.
const STRAY_ACK: &str = r#"{"op":11,"d":null,"s":1000000,"t":null}"#;

/// URLs to which the token may not be sent.
const FOREIGN_URLS: [&str; 3] = [
    "wss://foreign.invalid",
    "ws://resume.main.invalid",
    "wss://main.invalid@foreign.invalid",
];

impl World<'_> {
    pub(super) fn inject_hostile(&mut self, shard: usize, fault: &Fault) {
        match fault.kind {
            FaultKind::EarlyAck => {
                self.send_ack(shard, ACK);
                self.send_ack(shard, ACK);
                // The heartbeats that follow are lost.
                let until = Duration::ZERO;
                self.impair_connection(shard, FaultKind::HalfOpenUpstream, until);
            }
            FaultKind::StraySequence => self.send_ack(shard, STRAY_ACK),
            FaultKind::Flood => {
                if let Some(id) = self.shards[shard].connection() {
                    self.send_downstream(id, Downstream::Flood);
                }
            }
            FaultKind::ForeignResumeUrl => {
                self.shards[shard].pending_faults.foreign_resume_url = fault.amount + 1;
                self.forget_session(shard);
            }
            _ => {
                self.shards[shard].pending_faults.unusable_ready = fault.amount + 1;
                self.forget_session(shard);
            }
        }
    }

    /// Lets the shard identify again.
    fn forget_session(&mut self, shard: usize) {
        let selector = Selector::Shard(self.shards[shard].number);
        self.gateway.drop_connections(self.clock.now(), &selector);
        self.gateway.forget_sessions(&selector);
        self.drain_gateway();
    }

    fn send_ack(&mut self, shard: usize, text: &str) {
        if let Some(id) = self.shards[shard].connection() {
            let text = text.to_owned();
            self.send_downstream(id, Downstream::Payload { text, tag: None });
        }
    }

    /// Reads a flood. Only its last frame can have an effect.
    pub(super) fn read_flood(&mut self, shard: usize) {
        let now = self.clock.now();
        for _ in 0..EVENTLESS_FRAMES_AT_ONCE {
            let machine = &mut self.shards[shard].machine;
            machine.handle_input(now, Input::EmptyFrame);
        }
        self.feed(shard, InputKind::Flood, Input::EmptyFrame, None);
    }

    /// Returns the URL that READY names on a new connection.
    pub(super) fn resume_url(&self, shard: usize) -> &'static str {
        let url = self.shards[shard].pending_faults.foreign_resume_url;
        match usize::try_from(url).ok().and_then(|url| url.checked_sub(1)) {
            Some(index) => FOREIGN_URLS[index],
            None => RESUME_HOST,
        }
    }

    /// Removes the session id from READY, if the fault is pending.
    pub(super) fn spoil_ready(&mut self, id: u64, session: &str, text: &str) -> Option<Downstream> {
        let connection = self.network.connections.get_mut(&id)?;
        let pending_faults = &mut self.shards[connection.shard].pending_faults;
        pending_faults.foreign_resume_url = 0;
        if pending_faults.unusable_ready == 0 || connection.is_resume_replaced {
            return None;
        }
        pending_faults.unusable_ready -= 1;
        connection.session = None;
        let text = text.replace(session, "");
        Some(Downstream::Payload { text, tag: None })
    }

    /// Checks that a connection ends whose READY has no session id.
    pub(super) fn check_unusable_ready(&mut self, shard: usize, data: &str) {
        if data.contains(r#""session_id":"""#) && self.shards[shard].state.is_open() {
            let detail = "a READY without a session id is accepted";
            self.fail(Some(shard), Invariant::ServerRequests, detail);
        }
    }
}
