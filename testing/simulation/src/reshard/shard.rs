//! A shard and its connection.

use super::gateway::{DirectEvents, Session};
use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

/// A shard of one of the sets.
#[derive(Debug, Default)]
pub(super) struct SimulatedShard {
    pub(super) session: Session,
    /// How many of the session's dispatches were received.
    pub(super) received: usize,
    /// How many sessions there were.
    pub(super) sessions: u64,
    pub(super) connection: Connection,
    /// When to connect.
    pub(super) connect_at: Duration,
    /// The guilds that have arrived in the session.
    pub(super) guilds: BTreeSet<u64>,
    pub(super) arrival: Arrival,
}

#[derive(Debug, Default)]
pub(super) enum Connection {
    /// There is no session yet.
    #[default]
    NotStarted,
    /// The session can be resumed, unless it was lost.
    Disconnected(SessionFate),
    Connected(Wire),
    /// For good.
    Closed,
}

/// What became of the session of a lost connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum SessionFate {
    Kept,
    /// The gateway refuses to resume it, which the client learns then.
    Lost,
    /// As the gateway has told the client.
    KnownToBeLost,
}

/// What was reported about the guilds of a session.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Arrival {
    /// There was no READY.
    #[default]
    NotReady,
    Awaited,
    Reported,
}

impl SimulatedShard {
    /// Returns whether the gateway has a session of it.
    pub(super) const fn has_session(&self) -> bool {
        match self.connection {
            Connection::NotStarted | Connection::Closed => false,
            Connection::Disconnected(fate) => matches!(fate, SessionFate::Kept),
            Connection::Connected(_) => true,
        }
    }

    /// Sends what the session has and the connection has not.
    pub(super) fn flush(&mut self, at: Duration) {
        if let Connection::Connected(wire) = &mut self.connection {
            for index in wire.sent..self.session.log.len() {
                wire.send(at, Packet::Dispatch(index));
            }
            wire.sent = self.session.log.len();
        }
    }

    /// Connects, and resumes or identifies with these guilds.
    pub(super) fn connect(
        &mut self,
        now: Duration,
        latency: Duration,
        heartbeat: Duration,
        listed: Vec<u64>,
        direct: DirectEvents,
    ) {
        let is_resume = self.has_session();
        if !is_resume {
            self.session = Session::start(listed, direct);
            self.received = 0;
            self.sessions += 1;
            self.arrival = Arrival::NotReady;
            self.guilds.clear();
        }
        let wire = Wire::open(now, self.received, heartbeat);
        self.connection = Connection::Connected(wire);
        self.flush(now + latency);
        if let Connection::Connected(wire) = &mut self.connection
            && is_resume
        {
            wire.send(now + latency, Packet::Resumed);
        }
    }
}

/// A connection: what is on its way to the client.
#[derive(Debug)]
pub(super) struct Wire {
    packets: VecDeque<(Duration, Packet)>,
    /// Packets arrive in order.
    last_arrival: Duration,
    /// How many of the session's dispatches were sent.
    pub(super) sent: usize,
    pub(super) next_heartbeat: Duration,
    /// Whether heartbeats show that everything before was received.
    pub(super) is_established: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Packet {
    Dispatch(usize),
    Resumed,
    /// The ACK of a heartbeat that was sent at this time in an established session.
    Ack(Duration),
}

impl Wire {
    pub(super) fn open(now: Duration, sent: usize, heartbeat: Duration) -> Self {
        Self {
            packets: VecDeque::new(),
            last_arrival: now,
            sent,
            next_heartbeat: now + heartbeat,
            is_established: false,
        }
    }

    pub(super) fn send(&mut self, at: Duration, packet: Packet) {
        self.last_arrival = self.last_arrival.max(at);
        self.packets.push_back((self.last_arrival, packet));
    }

    /// Nothing arrives until then.
    pub(super) fn stall(&mut self, until: Duration) {
        for (at, _) in &mut self.packets {
            *at = (*at).max(until);
        }
        self.last_arrival = self.last_arrival.max(until);
    }

    pub(super) fn arrived(&mut self, now: Duration) -> Option<Packet> {
        let (at, packet) = *self.packets.front()?;
        (at <= now).then(|| {
            self.packets.pop_front();
            packet
        })
    }
}
