//! What travels, how long, and what becomes of it on the way.

use super::World;
use crate::{
    agenda::Event,
    network::{Down, End, Up},
};
use gloaming_emulator::model::{Host, Mute};
use std::time::Duration;

/// Packets a client may leave unread before the server drops it.
const MOST_UNREAD: usize = 5_000;

impl World<'_> {
    /// A packet's time on its way.
    pub(super) fn one_way(&mut self, shard: usize) -> Duration {
        let plan = self.plan;
        let jitter = plan.jitter.as_micros() as u64;
        let mut time = plan.latency + Duration::from_micros(self.wire_random.below(jitter + 1));
        let (until, extra) = self.shards[shard].latency;
        if until > self.clock.elapsed() {
            time += Duration::from_micros(self.wire_random.below(extra.as_micros() as u64 + 1));
        }
        time
    }

    pub(super) fn send_up(&mut self, shard: usize, id: u64, packet: Up) {
        let arrival = self.clock.elapsed() + self.one_way(shard);
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        if let Some(at) = connection.up.send(arrival, packet) {
            let connection = id;
            self.agenda.add(at, Event::Up { connection });
        }
    }

    pub(super) fn send_down(&mut self, id: u64, packet: Down) {
        let Some(shard) = self.client_of(id) else {
            return;
        };
        let arrival = self.clock.elapsed() + self.one_way(shard);
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        if connection.client == End::Gone {
            return;
        }
        if connection.unread() >= MOST_UNREAD {
            return self.drop_slow_client(id);
        }
        if let Some(at) = connection.down.send(arrival, packet) {
            let connection = id;
            self.agenda.add(at, Event::Down { connection });
        }
    }

    /// What holds for a shard's connections now holds for a new one.
    pub(super) fn disturb_new(&mut self, shard: usize, id: u64) {
        let now = self.clock.elapsed();
        let this = &self.shards[shard];
        let is_slow = this.latency.0 > now;
        let is_paused = this.paused_until > now;
        let is_mute = [Mute::Hello, Mute::Ready, Mute::Acks, Mute::CloseReplies]
            .into_iter()
            .any(|what| self.gateway.is_muted(what));
        if let Some(connection) = self.network.connections.get_mut(&id) {
            connection.trouble.up |= is_slow;
            connection.trouble.down |= is_slow || is_mute;
            connection.trouble.client |= is_paused;
        }
    }

    /// Whether the shard has a connection on which both sides can talk.
    pub(super) fn is_sound(&self, shard: usize) -> bool {
        self.shards[shard]
            .connection()
            .and_then(|id| self.network.connections.get(&id))
            .is_some_and(crate::network::Connection::is_sound)
    }

    /// A host goes away for some time.
    pub(super) fn refuse(&mut self, host: Host, until: Duration) {
        match host {
            Host::Main => self.network.main.refuse_until(until),
            Host::Resume => self.network.resume.refuse_until(until),
        }
    }
}
