//! The client's end of a connection.

use super::World;
use crate::{
    agenda::Event,
    coverage::InputKind,
    network::{Connection, Down, End, Tag, Up},
    shard::{Consumer, Fate, Link, Presence, RESUME_HOST},
};
use gloaming_emulator::model::Host;
use gloaming_machine::{Input, SendKind, Severity};
use gloaming_protocol::{CloseFrame, DispatchKind, OpCode, Payload};
use std::time::Duration;

impl World<'_> {
    pub(super) fn start(&mut self, shard: usize) {
        self.feed(shard, InputKind::Start, Input::Start, None);
    }

    /// Begins an attempt to connect: TCP, TLS and WebSocket, a round trip each.
    pub(super) fn dial(&mut self, shard: usize, url: &str) {
        let attempt = self.attempts;
        self.attempts += 1;
        let this = &mut self.shards[shard];
        this.link = Link::Connecting {
            attempt,
            fate: Fate::Open,
        };
        this.dialed = match url.starts_with(RESUME_HOST) {
            true => Host::Resume,
            false => Host::Main,
        };
        this.dialed_query = url
            .split_once('?')
            .map(|(_, query)| query.to_owned())
            .unwrap_or_default();
        let time = (0..6).map(|_| self.one_way(shard)).sum::<Duration>();
        let at = self.clock.elapsed() + time;
        self.agenda.add(at, Event::Attempt { shard, attempt });
    }

    pub(super) fn attempt_ends(&mut self, shard: usize, ended: u64) {
        let now = self.clock.elapsed();
        let this = &mut self.shards[shard];
        match this.link {
            Link::Connecting { attempt, .. } if attempt == ended => {}
            _ => return,
        }
        let host = this.dialed;
        let status = *self.network.status(host);
        if status.silent_until > now {
            let (attempt, fate) = (ended, Fate::Unanswered);
            this.link = Link::Connecting { attempt, fate };
            return self.note(Some(shard), || format!("{host:?} does not answer"));
        }
        let failure = if status.refuses_until > now {
            Some((InputKind::ConnectFailed, Severity::Transient))
        } else if status.untrusted_until > now {
            Some((InputKind::ConnectImpossible, Severity::Permanent))
        } else {
            None
        };
        match failure {
            Some((kind, severity)) => {
                self.link_down(shard);
                self.feed(shard, kind, Input::ConnectFailed(severity), None);
            }
            None => self.open(shard),
        }
    }

    fn open(&mut self, shard: usize) {
        let id = self.network.open(Connection::new(shard));
        let this = &mut self.shards[shard];
        this.link = Link::Open(id);
        this.sends.restart();
        this.consumer = Consumer::Reading;
        self.disturb_new(shard, id);
        self.server_opens(shard, id);
        self.feed(shard, InputKind::Connected, Input::Connected, None);
        self.pause(shard);
    }

    /// Tells the machine that the consumer is slow, if it is.
    pub(super) fn pause(&mut self, shard: usize) {
        let this = &mut self.shards[shard];
        if this.presence == Presence::Up
            && this.paused_until > self.clock.elapsed()
            && this.consumer == Consumer::Reading
        {
            this.consumer = Consumer::Paused;
            self.feed(shard, InputKind::ReadPaused, Input::ReadPaused, None);
        }
    }

    pub(super) fn unpause(&mut self, shard: usize) {
        if self.shards[shard].paused_until > self.clock.elapsed() {
            return;
        }
        while let Some(id) = self.shards[shard].connection()
            && let Some(connection) = self.network.connections.get_mut(&id)
            && let Some(packet) = connection.inbox.pop_front()
        {
            self.read(shard, id, packet);
        }
        let this = &mut self.shards[shard];
        if this.presence == Presence::Up && this.consumer == Consumer::Paused {
            this.consumer = Consumer::Reading;
            self.feed(shard, InputKind::ReadResumed, Input::ReadResumed, None);
        }
    }

    pub(super) fn down_arrives(&mut self, id: u64) {
        let now = self.clock.elapsed();
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        let Some(packet) = connection.down.take(now) else {
            return;
        };
        let shard = connection.shard;
        if connection.client == End::Gone {
            return;
        }
        if matches!(packet, Down::End) {
            connection.reset = true;
        }
        if self.shards[shard].consumer == Consumer::Paused {
            connection.inbox.push_back(packet);
        } else {
            self.read(shard, id, packet);
        }
    }

    fn read(&mut self, shard: usize, id: u64, packet: Down) {
        match packet {
            Down::Payload { text, tag } => self.read_payload(shard, &text, tag.as_ref()),
            Down::Unreadable => {
                self.feed(shard, InputKind::Unreadable, Input::Unreadable, None);
            }
            Down::Close(frame) => {
                self.client_leaves(shard, id);
                let kind = Self::closed_kind(frame.as_ref());
                if kind == InputKind::ClosedReidentify {
                    self.shards[shard].connects.told_gone();
                }
                self.feed(shard, kind, Input::Closed { frame }, None);
            }
            Down::End => {
                self.client_leaves(shard, id);
                self.feed(shard, InputKind::Lost, Input::Lost, None);
            }
        }
        if let Some(connection) = self.network.connections.get(&id)
            && connection.unread() == 0
        {
            let at = self.clock.elapsed();
            self.agenda.add(at, Event::Drained { connection: id });
        }
    }

    fn read_payload(&mut self, shard: usize, text: &str, tag: Option<&Tag>) {
        let Ok(payload) = Payload::parse(text) else {
            return self.feed(shard, InputKind::Unreadable, Input::Unreadable, None);
        };
        let kind = match payload.op() {
            OpCode::Hello => InputKind::Hello,
            OpCode::Heartbeat => InputKind::HeartbeatRequest,
            OpCode::HeartbeatAck => InputKind::HeartbeatAck,
            OpCode::Reconnect => InputKind::ReconnectRequest,
            OpCode::InvalidSession if payload.data() == "true" => InputKind::InvalidResumable,
            OpCode::InvalidSession => {
                let now = self.clock.elapsed();
                self.shards[shard].connects.invalidated(now);
                InputKind::InvalidFinal
            }
            _ => match payload.kind() {
                Some(DispatchKind::Ready) => {
                    self.remember_guild(shard, &payload);
                    InputKind::Ready
                }
                Some(DispatchKind::Resumed) => InputKind::Resumed,
                _ => InputKind::Dispatch,
            },
        };
        self.feed(shard, kind, Input::Payload(&payload), tag);
    }

    /// Whether the socket has room: what it was handed is written.
    pub(super) fn has_room(&self, shard: usize) -> bool {
        self.shards[shard]
            .connection()
            .and_then(|id| self.network.connections.get(&id))
            .is_some_and(|connection| connection.stuck.is_empty())
    }

    /// Hands a frame to the socket, which has room for it.
    pub(super) fn write(&mut self, shard: usize, frame: Up) {
        let now = self.clock.elapsed();
        let Some(id) = self.shards[shard].connection() else {
            return;
        };
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        if connection.write_blocked_until > now {
            let is_identify = matches!(
                frame,
                Up::Text {
                    kind: SendKind::Identify,
                    ..
                }
            );
            connection.identified_late |= is_identify;
            connection.stuck.push_back(frame);
        } else {
            self.put_on_the_wire(shard, id, frame);
        }
    }

    fn put_on_the_wire(&mut self, shard: usize, id: u64, frame: Up) {
        let is_reset = self
            .network
            .connections
            .get(&id)
            .is_some_and(|connection| connection.reset);
        self.send_up(shard, id, frame);
        if is_reset {
            let (now, connection) = (self.clock.elapsed(), id);
            self.agenda
                .add(now, Event::WriteFailed { shard, connection });
        }
    }

    /// The socket takes data again: what was stuck is written.
    pub(super) fn write_again(&mut self, shard: usize) {
        let now = self.clock.elapsed();
        let Some(id) = self.shards[shard].connection() else {
            return;
        };
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        if connection.write_blocked_until > now {
            return;
        }
        let stuck = std::mem::take(&mut connection.stuck);
        self.shards[shard].writable_since = now;
        if stuck.is_empty() {
            return;
        }
        for frame in stuck {
            self.put_on_the_wire(shard, id, frame);
        }
        self.feed(shard, InputKind::Flushed, Input::Flushed, None);
    }

    pub(super) fn write_failed(&mut self, shard: usize, id: u64) {
        if self.shards[shard].connection() == Some(id) {
            self.client_leaves(shard, id);
            self.feed(shard, InputKind::Lost, Input::Lost, None);
        }
    }

    /// The machine drops the connection. A close frame goes out first if the socket has room.
    pub(super) fn disconnect(&mut self, shard: usize, close: Option<CloseFrame<'static>>) {
        self.shards[shard].heartbeats.ended();
        let Some(id) = self.shards[shard].connection() else {
            return self.link_down(shard);
        };
        if let Some(frame) = close {
            self.check_close(shard, &frame);
            if self.has_room(shard) {
                self.write(shard, Up::Close(frame.code));
            }
        }
        self.client_leaves(shard, id);
    }

    /// The client's end of a connection is gone.
    pub(super) fn client_leaves(&mut self, shard: usize, id: u64) {
        self.link_down(shard);
        self.send_up(shard, id, Up::End);
        if let Some(connection) = self.network.connections.get_mut(&id) {
            connection.client = End::Gone;
            connection.inbox.clear();
        }
    }
}
