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

/// Which dispatch of which session a payload is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Tag {
    pub(crate) session: Rc<str>,
    pub(crate) sequence: u64,
}

/// From the server.
#[derive(Clone, Debug)]
pub(crate) enum Down {
    Payload { text: String, tag: Option<Tag> },
    Unreadable,
    Close(Option<CloseFrame<'static>>),
    End,
}

/// From the client.
#[derive(Clone, Debug)]
pub(crate) enum Up {
    Text { kind: SendKind, text: String },
    Close(u16),
    End,
}

/// Whether an end of a connection knows of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum End {
    Open,
    Gone,
}

/// What went wrong with a connection, as an excuse for what follows from it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Trouble {
    /// What the client sends is late or lost.
    pub(crate) up: bool,
    /// The client's socket took nothing, and said so.
    pub(crate) blocked: bool,
    /// What the server sends is late, lost, or withheld.
    pub(crate) down: bool,
    /// The client did not run, or did not read.
    pub(crate) client: bool,
}

impl Trouble {
    /// What is waited for may not come.
    pub(crate) const fn is_on_the_way(self) -> bool {
        self.up || self.blocked || self.down
    }

    pub(crate) const fn any(self) -> bool {
        self.is_on_the_way() || self.client
    }
}

#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) shard: usize,
    pub(crate) up: Pipe<Up>,
    pub(crate) down: Pipe<Down>,
    pub(crate) server: End,
    pub(crate) client: End,
    pub(crate) trouble: Trouble,
    /// Its IDENTIFY follows one that may have been held up.
    pub(crate) overtakes: bool,
    /// The session that it carries.
    pub(crate) session: Option<Rc<str>>,
    /// Arrived, and not read by a consumer that is slow.
    pub(crate) inbox: VecDeque<Down>,
    /// The operating system knows that it is gone: writing fails.
    pub(crate) reset: bool,
    pub(crate) write_blocked_until: Duration,
    /// Taken by the client's socket, and not written since it is blocked.
    pub(crate) stuck: VecDeque<Up>,
    /// An IDENTIFY was among what was stuck.
    pub(crate) identified_late: bool,
    /// A dispatch held back, to be sent after the next.
    pub(crate) late: Option<Down>,
}

impl Connection {
    pub(crate) fn new(shard: usize) -> Self {
        Self {
            shard,
            up: Pipe::default(),
            down: Pipe::default(),
            server: End::Open,
            client: End::Open,
            trouble: Trouble::default(),
            overtakes: false,
            session: None,
            inbox: VecDeque::new(),
            reset: false,
            write_blocked_until: Duration::ZERO,
            stuck: VecDeque::new(),
            identified_late: false,
            late: None,
        }
    }

    /// Whether both sides can talk.
    pub(crate) fn is_sound(&self) -> bool {
        self.server == End::Open
            && self.client == End::Open
            && !self.up.swallows
            && !self.down.swallows
            && !self.reset
    }

    /// Sent by the server and not read yet.
    pub(crate) fn unread(&self) -> usize {
        self.down.len() + self.inbox.len()
    }
}

/// How a host answers attempts to connect.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HostStatus {
    pub(crate) refuses_until: Duration,
    pub(crate) silent_until: Duration,
    pub(crate) untrusted_until: Duration,
}

impl HostStatus {
    pub(crate) fn refuse_until(&mut self, until: Duration) {
        self.refuses_until = self.refuses_until.max(until);
    }
}

/// All connections, and how the hosts answer.
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

    /// Forgets a connection that nobody knows of any more.
    pub(crate) fn tidy(&mut self, id: u64) {
        if self.connections.get(&id).is_some_and(|connection| {
            connection.server == End::Gone && connection.client == End::Gone
        }) {
            self.connections.remove(&id);
        }
    }
}
