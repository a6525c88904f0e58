//! Connections between shards and the gateway.

mod pipe;

pub(crate) use self::pipe::Pipe;

use gloaming_emulator::model::Host;
use gloaming_machine::SendKind;
use gloaming_protocol::CloseFrame;
use std::{
    collections::{BTreeMap, VecDeque},
    rc::Rc,
    time::Duration,
};

/// Identifies a dispatch.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Tag {
    pub(crate) session: Rc<str>,
    pub(crate) sequence: u64,
}

/// A packet from the server.
#[derive(Clone, Debug)]
pub(crate) enum Downstream {
    Payload {
        text: String,
        tag: Option<Tag>,
    },
    Unreadable,
    /// More frames without an event than a gateway sends.
    Flood,
    Close(Option<CloseFrame<'static>>),
    Eof,
}

/// A packet from the client.
#[derive(Clone, Debug)]
pub(crate) enum Upstream {
    Text { kind: SendKind, text: String },
    Close(u16),
    Eof,
}

/// The state of one endpoint of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum EndpointState {
    Open,
    Closed,
}

/// The effects of faults on a connection, which excuse some rule violations and disconnects.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Impairments {
    /// Packets of the client are delayed or lost.
    pub(crate) upstream: bool,
    /// Writes to the client's socket were blocked.
    pub(crate) write_blocked: bool,
    /// Packets of the server are delayed, lost or withheld.
    pub(crate) downstream: bool,
    /// The client was not polled, or did not read.
    pub(crate) client: bool,
}

impl Impairments {
    /// Returns whether packets may be late or lost.
    pub(crate) const fn affects_packets(self) -> bool {
        self.upstream || self.write_blocked || self.downstream
    }

    pub(crate) const fn any(self) -> bool {
        self.affects_packets() || self.client
    }
}

#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) shard: usize,
    pub(crate) upstream: Pipe<Upstream>,
    pub(crate) downstream: Pipe<Downstream>,
    pub(crate) server: EndpointState,
    pub(crate) client: EndpointState,
    pub(crate) impairments: Impairments,
    /// Whether the previous IDENTIFY of the rate-limit key may have been delayed.
    pub(crate) follows_delayed_identify: bool,
    /// Whether the user gave up the session on this connection.
    pub(crate) is_given_up: bool,
    /// Whether the server took RESUME for an IDENTIFY, which the client did not send.
    pub(crate) is_resume_replaced: bool,
    /// The rest of a replay that the server sends slowly.
    pub(crate) slow_replay: Option<SlowReplay>,
    /// The id of the session on this connection.
    pub(crate) session: Option<Rc<str>>,
    /// Packets that arrived and were not read because the consumer is slow.
    pub(crate) unread_packets: VecDeque<Downstream>,
    /// Whether the operating system knows that the connection is lost, so that writes fail.
    pub(crate) reset: bool,
    pub(crate) write_blocked_until: Duration,
    /// Frames that the blocked socket of the client has accepted and not written.
    pub(crate) unwritten: VecDeque<Upstream>,
    /// Whether `unwritten` contained an IDENTIFY.
    pub(crate) had_blocked_identify: bool,
    /// A dispatch that is sent after the next one.
    pub(crate) held_back: Option<Downstream>,
}

impl Connection {
    pub(crate) fn new(shard: usize) -> Self {
        Self {
            shard,
            upstream: Pipe::default(),
            downstream: Pipe::default(),
            server: EndpointState::Open,
            client: EndpointState::Open,
            impairments: Impairments::default(),
            follows_delayed_identify: false,
            is_given_up: false,
            is_resume_replaced: false,
            slow_replay: None,
            session: None,
            unread_packets: VecDeque::new(),
            reset: false,
            write_blocked_until: Duration::ZERO,
            unwritten: VecDeque::new(),
            had_blocked_identify: false,
            held_back: None,
        }
    }

    /// Returns whether packets arrive in both directions.
    pub(crate) fn is_healthy(&self) -> bool {
        self.server == EndpointState::Open
            && self.client == EndpointState::Open
            && !self.upstream.loses_packets
            && !self.downstream.loses_packets
            && !self.reset
    }

    /// Returns the number of packets that the server sent and the client has not read.
    pub(crate) fn unread(&self) -> usize {
        self.downstream.len() + self.unread_packets.len()
    }
}

/// Dispatches that the server sends one after another, with pauses in between.
#[derive(Debug, Default)]
pub(crate) struct SlowReplay {
    pub(crate) waiting: VecDeque<Downstream>,
    /// The number of pauses so far.
    pub(crate) pauses: u32,
}

/// How a host responds to connection attempts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HostStatus {
    pub(crate) refuses_until: Duration,
    pub(crate) unresponsive_until: Duration,
    pub(crate) untrusted_until: Duration,
    pub(crate) limited_until: Duration,
    /// What the host asks to wait while it is limited.
    pub(crate) retry_after: Duration,
}

impl HostStatus {
    pub(crate) fn refuse_until(&mut self, until: Duration) {
        self.refuses_until = self.refuses_until.max(until);
    }
}

/// All connections, and the status of the hosts.
#[derive(Debug, Default)]
pub(crate) struct Network {
    pub(crate) connections: BTreeMap<u64, Connection>,
    next: u64,
    pub(crate) main: HostStatus,
    pub(crate) resume: HostStatus,
}

impl Network {
    pub(crate) fn open(&mut self, connection: Connection) -> u64 {
        let id = self.next;
        self.next += 1;
        self.connections.insert(id, connection);
        id
    }

    pub(crate) const fn status(&self, host: Host) -> &HostStatus {
        match host {
            Host::Main => &self.main,
            Host::Resume => &self.resume,
        }
    }

    /// Removes a connection that is closed at both endpoints.
    pub(crate) fn remove_if_closed(&mut self, id: u64) {
        if self.connections.get(&id).is_some_and(|connection| {
            connection.server == EndpointState::Closed && connection.client == EndpointState::Closed
        }) {
            self.connections.remove(&id);
        }
    }
}
