//! What is to happen, in the order of its time.

use gloaming_queue::Ticket;
use std::{cmp::Ordering, collections::BinaryHeap, time::Duration};

/// Something that happens at a time.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A packet reaches the client's socket.
    Down { connection: u64 },
    /// A packet reaches the server.
    Up { connection: u64 },
    /// An attempt to connect ends.
    Attempt { shard: usize, attempt: u64 },
    /// The queue's grant reaches its shard.
    Granted { shard: usize, ticket: Ticket },
    /// The queue's refusal reaches its shard.
    Refused { shard: usize, request: u64 },
    /// All that the server sent on a connection has been taken.
    Drained { connection: u64 },
    /// The server's patience with a closed connection ends.
    GiveUp { connection: u64 },
    /// A write to a connection fails.
    WriteFailed { shard: usize, connection: u64 },
    /// The socket takes data again.
    Flush { shard: usize },
    /// A fault of the plan is due.
    Fault { index: usize },
    /// It strikes.
    Strike { index: usize },
    /// A mute fault ends.
    Unmute { index: usize },
    /// The consumer takes events again.
    Unpause { shard: usize },
    /// Events happen to a shard.
    Traffic { shard: usize },
    /// The user opens a request.
    Request { shard: usize },
    /// The user drops a request.
    ForgetRequest { shard: usize, request: u64 },
    /// A shard that was stopped is started again.
    Return { shard: usize, life: u64 },
    /// The process is started again after a crash.
    Reborn,
    /// Sessions are stored.
    Store,
    /// A machine's deadline.
    Timer { shard: usize, version: u64 },
    /// The gateway's deadline.
    Gateway { version: u64 },
    /// The queue's deadline.
    Queue { version: u64 },
    /// The run's own look at how things stand.
    Look,
}

impl Event {
    /// The shard that has to run for this to happen.
    pub(crate) fn client(&self, of: impl FnOnce(u64) -> Option<usize>) -> Option<usize> {
        match self {
            Self::Down { connection } => of(*connection),
            Self::Attempt { shard, .. }
            | Self::Granted { shard, .. }
            | Self::Refused { shard, .. }
            | Self::WriteFailed { shard, .. }
            | Self::Flush { shard }
            | Self::Unpause { shard }
            | Self::Timer { shard, .. } => Some(*shard),
            _ => None,
        }
    }

    /// Of what happens at the same time, arrivals come before clocks.
    const fn rank(&self) -> u8 {
        match self {
            Self::Timer { .. } | Self::Gateway { .. } | Self::Queue { .. } => 1,
            Self::Look => 2,
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

/// Events by time, then rank, then the order in which they were added.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    entries: BinaryHeap<Entry>,
    next: u64,
}

impl Agenda {
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
        // The earliest is the greatest: the heap gives that first.
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
