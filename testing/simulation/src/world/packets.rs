//! Packets in transit.

use super::World;
use crate::{
    event_queue::Event,
    network::{Downstream, EndpointState, Upstream},
};
use gloaming_emulator::model::{Host, Mute};
use std::time::Duration;

/// The maximum number of unread packets before the server drops the client.
const MAX_UNREAD: usize = 5_000;

impl World<'_> {
    /// Draws the time that a packet is in transit.
    pub(super) fn one_way(&mut self, shard: usize) -> Duration {
        let plan = self.plan;
        let jitter = plan.jitter.as_micros() as u64;
        let mut time = plan.latency + Duration::from_micros(self.network_random.below(jitter + 1));
        let (until, extra) = self.shards[shard].latency;
        if until > self.clock.elapsed() {
            time += Duration::from_micros(self.network_random.below(extra.as_micros() as u64 + 1));
        }
        time
    }

    pub(super) fn send_upstream(&mut self, shard: usize, id: u64, packet: Upstream) {
        let arrival = self.clock.elapsed() + self.one_way(shard);
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        if let Some(at) = connection.upstream.send(arrival, packet) {
            let connection = id;
            self.event_queue.add(at, Event::Upstream { connection });
        }
    }

    pub(super) fn send_downstream(&mut self, id: u64, packet: Downstream) {
        let Some(shard) = self.client_of(id) else {
            return;
        };
        let arrival = self.clock.elapsed() + self.one_way(shard);
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        if connection.client == EndpointState::Closed {
            return;
        }
        if connection.unread() >= MAX_UNREAD {
            return self.drop_slow_client(id);
        }
        if let Some(at) = connection.downstream.send(arrival, packet) {
            let connection = id;
            self.event_queue.add(at, Event::Downstream { connection });
        }
    }

    /// Marks a new connection as affected by the current faults.
    pub(super) fn impair_new_connection(&mut self, shard: usize, id: u64) {
        let now = self.clock.elapsed();
        let this = &self.shards[shard];
        let is_slow = this.latency.0 > now;
        let is_paused = this.paused_until > now;
        let is_mute = [Mute::Hello, Mute::Ready, Mute::Acks, Mute::CloseReplies]
            .into_iter()
            .any(|what| self.gateway.is_muted(what));
        if let Some(connection) = self.network.connections.get_mut(&id) {
            connection.impairments.upstream |= is_slow;
            connection.impairments.downstream |= is_slow || is_mute;
            connection.impairments.client |= is_paused;
        }
    }

    /// Returns whether packets of the shard's connection arrive in both directions.
    pub(super) fn is_healthy(&self, shard: usize) -> bool {
        self.shards[shard]
            .connection()
            .and_then(|id| self.network.connections.get(&id))
            .is_some_and(crate::network::Connection::is_healthy)
    }

    /// Makes a host refuse connections for some time.
    pub(super) fn refuse(&mut self, host: Host, until: Duration) {
        match host {
            Host::Main => self.network.main.refuse_until(until),
            Host::Resume => self.network.resume.refuse_until(until),
        }
    }
}
