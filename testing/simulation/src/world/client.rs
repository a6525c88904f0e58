//! The client's endpoint of a connection.

use super::World;
use crate::{
    coverage::InputKind,
    event_queue::Event,
    network::{Connection, Downstream, EndpointState, Tag, Upstream},
    shard::{AttemptState, Consumer, Link, ProcessState, RESUME_HOST},
    state::State,
};
use gloaming_emulator::model::Host;
use gloaming_machine::{Input, SendKind, Severity};
use gloaming_protocol::{CloseFrame, DispatchKind, OpCode, Payload};
use std::time::Duration;

impl World<'_> {
    pub(super) fn start(&mut self, shard: usize) {
        self.feed(shard, InputKind::Start, Input::Start, None);
    }

    /// Begins a connection attempt, with a round trip each for TCP, TLS and WebSocket.
    pub(super) fn begin_connect(&mut self, shard: usize, url: &str) {
        let attempt = self.attempts;
        self.attempts += 1;
        let this = &mut self.shards[shard];
        this.link = Link::Connecting {
            attempt,
            state: AttemptState::Pending,
        };
        this.connect_host = match url.starts_with(RESUME_HOST) {
            true => Host::Resume,
            false => Host::Main,
        };
        this.connect_query = url
            .split_once('?')
            .map(|(_, query)| query.to_owned())
            .unwrap_or_default();
        let time = (0..6).map(|_| self.one_way(shard)).sum::<Duration>();
        let at = self.clock.elapsed() + time;
        self.event_queue
            .add(at, Event::ConnectAttempt { shard, attempt });
    }

    pub(super) fn attempt_completed(&mut self, shard: usize, completed: u64) {
        let now = self.clock.elapsed();
        let this = &mut self.shards[shard];
        match this.link {
            Link::Connecting { attempt, .. } if attempt == completed => {}
            _ => return,
        }
        let host = this.connect_host;
        let status = *self.network.status(host);
        if status.unresponsive_until > now {
            let (attempt, state) = (completed, AttemptState::Unanswered);
            this.link = Link::Connecting { attempt, state };
            return self.note(Some(shard), || format!("{host:?} does not respond"));
        }
        let failure = if status.refuses_until > now {
            Some((InputKind::ConnectFailed, Severity::Transient, None))
        } else if status.limited_until > now {
            let retry_after = Some(status.retry_after);
            Some((InputKind::ConnectDelayed, Severity::Transient, retry_after))
        } else if status.untrusted_until > now {
            Some((InputKind::ConnectRejected, Severity::Permanent, None))
        } else {
            None
        };
        match failure {
            Some((kind, severity, retry_after)) => {
                self.link_down(shard);
                if let Some(wait) = retry_after {
                    let connects = &mut self.shards[shard].connects;
                    connects.asked_to_wait(now, now + wait, host == Host::Resume);
                }
                let input = Input::ConnectFailed {
                    severity,
                    retry_after,
                };
                self.feed(shard, kind, input, None);
            }
            None => self.open(shard),
        }
    }

    fn open(&mut self, shard: usize) {
        let id = self.network.open(Connection::new(shard));
        let this = &mut self.shards[shard];
        this.link = Link::Open(id);
        this.opened = self.clock.elapsed();
        this.sends.restart();
        this.consumer = Consumer::Reading;
        self.impair_new_connection(shard, id);
        self.accept_connection(shard, id);
        self.feed(shard, InputKind::Connected, Input::Connected, None);
        self.pause(shard);
    }

    /// Notifies the machine if the consumer is slow.
    pub(super) fn pause(&mut self, shard: usize) {
        let this = &mut self.shards[shard];
        if this.process == ProcessState::Running
            && this.paused_until > self.clock.elapsed()
            && this.consumer == Consumer::Reading
        {
            this.consumer = Consumer::Paused;
            self.feed(shard, InputKind::ReadPaused, Input::ReadPaused, None);
        }
    }

    pub(super) fn resume_reading(&mut self, shard: usize) {
        if self.shards[shard].paused_until > self.clock.elapsed() {
            return;
        }
        while let Some(id) = self.shards[shard].connection()
            && let Some(connection) = self.network.connections.get_mut(&id)
            && let Some(packet) = connection.unread_packets.pop_front()
        {
            self.read(shard, id, packet);
        }
        self.caught_up(shard);
    }

    /// Everything that had arrived has been read.
    fn caught_up(&mut self, shard: usize) {
        let this = &mut self.shards[shard];
        if this.process == ProcessState::Running && this.consumer == Consumer::Paused {
            this.consumer = Consumer::Reading;
            self.feed(shard, InputKind::ReadResumed, Input::ReadResumed, None);
        }
    }

    pub(super) fn downstream_arrived(&mut self, id: u64) {
        let now = self.clock.elapsed();
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        let Some(packet) = connection.downstream.take(now) else {
            return;
        };
        let shard = connection.shard;
        if connection.client == EndpointState::Closed {
            return;
        }
        if matches!(packet, Downstream::Eof) {
            connection.reset = true;
        }
        if self.shards[shard].consumer == Consumer::Paused {
            connection.unread_packets.push_back(packet);
        } else {
            self.read(shard, id, packet);
        }
    }

    fn read(&mut self, shard: usize, id: u64, packet: Downstream) {
        match packet {
            Downstream::Payload { text, tag } => self.read_payload(shard, &text, tag.as_ref()),
            Downstream::Flood => self.read_flood(shard),
            Downstream::Unreadable => {
                self.feed(shard, InputKind::Unreadable, Input::Unreadable, None);
            }
            Downstream::Close(frame) => {
                self.close_client_endpoint(shard, id);
                let kind = Self::closed_kind(frame.as_ref());
                if kind == InputKind::ClosedReidentify {
                    self.shards[shard].connects.session_ended();
                }
                self.feed(shard, kind, Input::Closed { frame }, None);
            }
            Downstream::Eof => {
                self.caught_up(shard);
                self.close_client_endpoint(shard, id);
                self.feed(shard, InputKind::Lost, Input::Lost, None);
            }
        }
        if let Some(connection) = self.network.connections.get(&id)
            && connection.unread() == 0
        {
            let at = self.clock.elapsed();
            self.event_queue.add(at, Event::Drained { connection: id });
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
                    self.store_guild(shard, &payload);
                    InputKind::Ready
                }
                Some(DispatchKind::Resumed) => InputKind::Resumed,
                _ => InputKind::Dispatch,
            },
        };
        self.feed(shard, kind, Input::Payload(&payload), tag);
        if kind == InputKind::Ready {
            self.check_unusable_ready(shard, payload.data());
        }
    }

    /// Returns whether the socket has written all frames that were passed to it.
    pub(super) fn has_room(&self, shard: usize) -> bool {
        self.shards[shard]
            .connection()
            .and_then(|id| self.network.connections.get(&id))
            .is_some_and(|connection| connection.unwritten.is_empty())
    }

    /// Passes a frame to the socket, which has to have room.
    pub(super) fn write(&mut self, shard: usize, frame: Upstream) {
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
                Upstream::Text {
                    kind: SendKind::Identify,
                    ..
                }
            );
            connection.had_blocked_identify |= is_identify;
            connection.unwritten.push_back(frame);
        } else {
            self.write_now(shard, id, frame);
        }
    }

    fn write_now(&mut self, shard: usize, id: u64, frame: Upstream) {
        let is_reset = self
            .network
            .connections
            .get(&id)
            .is_some_and(|connection| connection.reset);
        self.send_upstream(shard, id, frame);
        if is_reset {
            let (now, connection) = (self.clock.elapsed(), id);
            self.event_queue
                .add(now, Event::WriteFailed { shard, connection });
        }
    }

    /// Writes the buffered frames after the socket accepts data again.
    pub(super) fn flush(&mut self, shard: usize) {
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
        let frames = std::mem::take(&mut connection.unwritten);
        self.shards[shard].writable_since = now;
        if frames.is_empty() {
            return;
        }
        for frame in frames {
            self.write_now(shard, id, frame);
        }
        self.feed(shard, InputKind::Flushed, Input::Flushed, None);
    }

    pub(super) fn write_failed(&mut self, shard: usize, id: u64) {
        if self.shards[shard].connection() == Some(id) {
            let this = &mut self.shards[shard];
            if this.consumer == Consumer::Paused && this.state == State::Resuming {
                this.connects.answer_was_not_read();
            }
            self.close_client_endpoint(shard, id);
            self.feed(shard, InputKind::Lost, Input::Lost, None);
        }
    }

    /// Drops the connection. A close frame is sent first if the socket has room.
    pub(super) fn disconnect(&mut self, shard: usize, close: Option<CloseFrame<'static>>) {
        self.shards[shard].heartbeats.disconnected();
        let Some(id) = self.shards[shard].connection() else {
            return self.link_down(shard);
        };
        if let Some(frame) = close {
            self.check_close(shard, &frame);
            if self.has_room(shard) {
                self.write(shard, Upstream::Close(frame.code));
            }
        }
        self.close_client_endpoint(shard, id);
    }

    /// Closes the client's endpoint of a connection.
    pub(super) fn close_client_endpoint(&mut self, shard: usize, id: u64) {
        self.link_down(shard);
        self.send_upstream(shard, id, Upstream::Eof);
        if let Some(connection) = self.network.connections.get_mut(&id) {
            connection.client = EndpointState::Closed;
            connection.unread_packets.clear();
        }
    }
}
