//! Discord as a fleet sees it: sessions, one connection for each, and the limits of identifies.

use gloaming_protocol::limits::IDENTIFY_INTERVAL;
use std::{collections::BTreeMap, time::Duration};

/// How long a session without a connection can be resumed.
const LIFETIME: Duration = Duration::from_secs(150);

/// Who is at the other end of a connection: the process, and a number of the connection in it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Peer {
    pub(super) process: usize,
    pub(super) connection: u64,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Connection {
    pub(super) peer: Peer,
    pub(super) fence: u64,
}

#[derive(Debug)]
pub(super) struct Session {
    pub(super) shard: u32,
    pub(super) latest: u64,
    pub(super) connection: Option<Connection>,
    without_since: Duration,
    pub(super) is_dead: bool,
    /// Whether it is dead because a node ended it.
    pub(super) is_ended_by_bot: bool,
    /// Since when the engine has a checkpoint of it.
    pub(super) stored_at: Option<Duration>,
    /// The events that the engine has accepted.
    pub(super) accepted: Vec<bool>,
}

impl Session {
    pub(super) fn can_be_resumed(&self, now: Duration) -> bool {
        !self.is_dead && (self.connection.is_some() || now < self.without_since + LIFETIME)
    }

    pub(super) fn disconnect(&mut self, now: Duration) {
        if self.connection.take().is_some() {
            self.without_since = now;
        }
    }

    pub(super) fn accept(&mut self, sequence: u64) {
        let index = usize::try_from(sequence).expect("sequences are small");
        if self.accepted.len() <= index {
            self.accepted.resize(index + 1, false);
        }
        self.accepted[index] = true;
    }
}

/// What Discord answers to RESUME.
#[derive(Clone, Copy, Debug)]
pub(super) enum Resumption {
    /// The session goes on. Another connection that it had is closed.
    Resumed { latest: u64, closed: Option<Peer> },
    /// The session has ended.
    Invalid,
}

#[derive(Debug)]
pub(super) struct Discord {
    pub(super) sessions: Vec<Session>,
    /// The sessions of each shard.
    by_shard: BTreeMap<u32, Vec<usize>>,
    /// The time of the last IDENTIFY, by key.
    identified: BTreeMap<u32, Duration>,
    keys: u32,
    pub(super) identifies: u32,
    limit: u32,
    /// The highest fence that was connected, by shard.
    pub(super) fences: BTreeMap<u32, u64>,
}

impl Discord {
    pub(super) fn new(max_concurrency: u16, limit: u32) -> Self {
        Self {
            sessions: Vec::new(),
            by_shard: BTreeMap::new(),
            identified: BTreeMap::new(),
            keys: max_concurrency.into(),
            identifies: 0,
            limit,
            fences: BTreeMap::new(),
        }
    }

    pub(super) fn resume(
        &mut self,
        now: Duration,
        session: usize,
        connection: Connection,
    ) -> Resumption {
        let session = &mut self.sessions[session];
        if !session.can_be_resumed(now) {
            session.is_dead = true;
            return Resumption::Invalid;
        }
        let closed = session.connection.replace(connection).map(|it| it.peer);
        let latest = session.latest;
        Resumption::Resumed { latest, closed }
    }

    /// Starts a session, and checks the limits.
    pub(super) fn identify(
        &mut self,
        now: Duration,
        shard: u32,
        connection: Connection,
    ) -> Result<usize, String> {
        self.identifies += 1;
        if self.identifies > self.limit {
            return Err(format!("IDENTIFY {} of {}", self.identifies, self.limit));
        }
        let key = shard % self.keys;
        if let Some(before) = self.identified.insert(key, now)
            && now < before + IDENTIFY_INTERVAL
        {
            let apart = now - before;
            return Err(format!("two IDENTIFYs with key {key} are {apart:?} apart"));
        }
        self.sessions.push(Session {
            shard,
            latest: 1,
            connection: Some(connection),
            without_since: now,
            is_dead: false,
            is_ended_by_bot: false,
            stored_at: None,
            accepted: Vec::new(),
        });
        let index = self.sessions.len() - 1;
        self.by_shard.entry(shard).or_default().push(index);
        Ok(index)
    }

    /// Returns the connection of this peer.
    pub(super) fn session_of(&mut self, peer: Peer) -> Option<&mut Session> {
        self.sessions
            .iter_mut()
            .find(|session| session.connection.is_some_and(|it| it.peer == peer))
    }

    /// Returns the sessions of a shard, in the order in which they began.
    pub(super) fn of_shard(&self, shard: u32) -> impl Iterator<Item = (usize, &Session)> {
        let indices = self.by_shard.get(&shard).into_iter().flatten();
        indices.map(|index| (*index, &self.sessions[*index]))
    }

    /// Returns the connections of a shard.
    pub(super) fn connections(&self, shard: u32) -> impl Iterator<Item = Connection> {
        self.of_shard(shard)
            .filter_map(|(_, session)| session.connection)
    }
}
