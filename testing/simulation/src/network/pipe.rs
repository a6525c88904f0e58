//! One direction of a connection.

use std::{collections::VecDeque, time::Duration};

/// Packets in transit, in order. As with TCP, only the end of the stream can be lost.
#[derive(Debug)]
pub(crate) struct Pipe<T> {
    /// The packets, with the times of their arrival.
    packets: VecDeque<(Duration, T)>,
    last_arrival: Duration,
    /// The time before which no packet arrives.
    pub(crate) stalled_until: Duration,
    /// Whether all packets are lost without a notification.
    pub(crate) loses_packets: bool,
    /// Whether the pipe accepts no more packets. Those in transit still arrive.
    pub(crate) is_closed: bool,
}

impl<T> Default for Pipe<T> {
    fn default() -> Self {
        Self {
            packets: VecDeque::new(),
            last_arrival: Duration::ZERO,
            stalled_until: Duration::ZERO,
            loses_packets: false,
            is_closed: false,
        }
    }
}

impl<T> Pipe<T> {
    /// Sends a packet that arrives at `arrival`, or later if packets before it do. Returns the time of its arrival.
    pub(crate) fn send(&mut self, arrival: Duration, packet: T) -> Option<Duration> {
        if self.loses_packets || self.is_closed {
            return None;
        }
        let arrival = arrival.max(self.last_arrival).max(self.stalled_until);
        self.last_arrival = arrival;
        self.packets.push_back((arrival, packet));
        Some(arrival)
    }

    /// Returns the next packet, if it has arrived.
    pub(crate) fn take(&mut self, now: Duration) -> Option<T> {
        if self.loses_packets || self.packets.front()?.0 > now {
            return None;
        }
        self.packets.pop_front().map(|(_, packet)| packet)
    }

    /// Drops all packets in transit except for the first `kept`.
    pub(crate) fn cut(&mut self, kept: usize) {
        self.packets.truncate(kept);
    }

    pub(crate) fn len(&self) -> usize {
        self.packets.len()
    }
}
