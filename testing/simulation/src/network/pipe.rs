//! One direction of a connection.

use std::{collections::VecDeque, time::Duration};

/// Packets on their way, in order: TCP loses none in the middle.
#[derive(Debug)]
pub(crate) struct Pipe<T> {
    /// By when they arrive.
    packets: VecDeque<(Duration, T)>,
    last_arrival: Duration,
    /// Nothing arrives before this.
    pub(crate) held_until: Duration,
    /// Nothing arrives any more, and nobody is told.
    pub(crate) swallows: bool,
    /// Nothing more is taken; what is on its way arrives.
    pub(crate) is_over: bool,
}

impl<T> Default for Pipe<T> {
    fn default() -> Self {
        Self {
            packets: VecDeque::new(),
            last_arrival: Duration::ZERO,
            held_until: Duration::ZERO,
            swallows: false,
            is_over: false,
        }
    }
}

impl<T> Pipe<T> {
    /// Sends a packet that would arrive at `arrival` were it alone; gives when it does arrive.
    pub(crate) fn send(&mut self, arrival: Duration, packet: T) -> Option<Duration> {
        if self.swallows || self.is_over {
            return None;
        }
        let arrival = arrival.max(self.last_arrival).max(self.held_until);
        self.last_arrival = arrival;
        self.packets.push_back((arrival, packet));
        Some(arrival)
    }

    /// The next packet, if it has arrived.
    pub(crate) fn take(&mut self, now: Duration) -> Option<T> {
        if self.swallows || self.packets.front()?.0 > now {
            return None;
        }
        self.packets.pop_front().map(|(_, packet)| packet)
    }

    /// Loses all but the first `kept` packets that are on their way.
    pub(crate) fn cut(&mut self, kept: usize) {
        self.packets.truncate(kept);
    }

    pub(crate) fn len(&self) -> usize {
        self.packets.len()
    }
}
