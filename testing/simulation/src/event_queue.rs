//! The simulation's events, ordered by time.

use gloaming_queue::Ticket;
use std::{cmp::Ordering, collections::BinaryHeap, time::Duration};

/// A scheduled event.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A packet reaches the client's socket.
    Downstream { connection: u64 },
    /// A packet reaches the server.
    Upstream { connection: u64 },
    /// A connection attempt completes.
    ConnectAttempt { shard: usize, attempt: u64 },
    /// The queue's grant reaches its shard.
    Granted { shard: usize, ticket: Ticket },
    /// The queue's refusal reaches its shard.
    Refused { shard: usize, request: u64 },
    /// The client has read all packets of a connection.
    Drained { connection: u64 },
    /// The server stops waiting for the reply to its close frame.
    CloseTimeout { connection: u64 },
    /// A write to a connection fails.
    WriteFailed { shard: usize, connection: u64 },
    /// The socket accepts data again.
    Flush { shard: usize },
    /// A fault of the plan is due.
    Fault { index: usize },
    /// A fault is injected.
    Inject { index: usize },
    /// The server sends the next event of a slow replay.
    Replay { connection: u64 },
    /// A mute fault ends.
    Unmute { index: usize },
    /// The consumer reads events again.
    ResumeReading { shard: usize },
    /// The gateway creates events for a shard.
    Traffic { shard: usize },
    /// The user opens a request.
    Request { shard: usize },
    /// The user drops a request.
    DropRequest { shard: usize, request: u64 },
    /// A stopped shard is restarted.
    RestartShard { shard: usize, generation: u64 },
    /// The process is restarted after a crash.
    RestartProcess,
    /// The sessions are stored.
    Store,
    /// The deadline of a machine.
    Timer { shard: usize, version: u64 },
    /// The deadline of the gateway.
    Gateway { version: u64 },
    /// The deadline of the queue.
    Queue { version: u64 },
    /// The run checks whether its next phase begins.
    CheckPhase,
}

impl Event {
    /// Returns the shard whose task has to be polled for this event.
    pub(crate) fn client(&self, of: impl FnOnce(u64) -> Option<usize>) -> Option<usize> {
        match self {
            Self::Downstream { connection } => of(*connection),
            Self::ConnectAttempt { shard, .. }
            | Self::Granted { shard, .. }
            | Self::Refused { shard, .. }
            | Self::WriteFailed { shard, .. }
            | Self::Flush { shard }
            | Self::ResumeReading { shard }
            | Self::Timer { shard, .. } => Some(*shard),
            _ => None,
        }
    }

    /// Returns the priority among events of the same time: arrivals precede timeouts.
    const fn rank(&self) -> u8 {
        match self {
            Self::Timer { .. } | Self::Gateway { .. } | Self::Queue { .. } => 1,
            Self::CheckPhase => 2,
            _ => 0,
        }
    }
}

#[derive(Debug)]
struct Entry {
    at: Duration,
    rank: u8,
    serial: u64,
    event: Event,
}

/// A priority queue of events, by time, then rank, then insertion order.
#[derive(Debug, Default)]
pub(crate) struct EventQueue {
    entries: BinaryHeap<Entry>,
    next: u64,
}

impl EventQueue {
    pub(crate) fn add(&mut self, at: Duration, event: Event) {
        let serial = self.next;
        self.next += 1;
        let rank = event.rank();
        self.entries.push(Entry {
            at,
            rank,
            serial,
            event,
        });
    }

    pub(crate) fn next(&mut self) -> Option<(Duration, Event)> {
        self.entries.pop().map(|entry| (entry.at, entry.event))
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        // Reversed, since `BinaryHeap` pops the greatest entry first.
        (other.at, other.rank, other.serial).cmp(&(self.at, self.rank, self.serial))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}
