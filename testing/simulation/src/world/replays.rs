//! Answers to RESUME that differ from the gateway's.

use super::{RESERVE, World};
use crate::{
    event_queue::Event,
    finding::Invariant,
    network::{Downstream, SlowReplay},
    shard::identify_text,
};
use gloaming_emulator::model::{ConnectionId, Input};
use std::time::Duration;

/// The number of pauses in a slow replay.
const PAUSES: u32 = 10;

/// Shorter than the time for which silence is accepted. All pauses together are longer.
const PAUSE: Duration = Duration::from_secs(5);

/// The number of events that a slow replay has at least.
pub(super) const REPLAYED: u64 = 12;

impl World<'_> {
    /// Passes a RESUME to the gateway, or an IDENTIFY in its place.
    pub(super) fn resume_arrived(&mut self, id: u64, text: &str) {
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        let shard = &mut self.shards[connection.shard];
        let pending_faults = &mut shard.pending_faults;
        if pending_faults.ready_for_resume > 0 {
            pending_faults.ready_for_resume -= 1;
            connection.is_resume_replaced = true;
            connection.session = None;
            let key = shard.number % u32::from(self.plan.max_concurrency);
            // The gateway counts it, and the queue does not.
            self.delayed.insert(key, true);
            let identify = identify_text(self.plan, shard.number);
            return self.feed_gateway(id, Input::Text(&identify));
        }
        if pending_faults.slow_replay > 0 {
            pending_faults.slow_replay -= 1;
            connection.slow_replay = Some(SlowReplay::default());
        }
        let is_invalidated = pending_faults.invalidate_replay > 0;
        pending_faults.invalidate_replay -= u64::from(is_invalidated);
        self.feed_gateway(id, Input::Text(text));
        if is_invalidated {
            // Before the replay is complete.
            let selector = gloaming_emulator::Selector::Connection(ConnectionId(id));
            self.gateway.invalidate(self.clock.now(), &selector, true);
            self.drain_gateway();
        }
    }

    /// Holds a dispatch back if it is part of a slow replay. Returns the packet if it is not.
    pub(super) fn slow_down(&mut self, id: u64, packet: Downstream) -> Option<Downstream> {
        let connection = self.network.connections.get_mut(&id)?;
        let Some(replay) = &mut connection.slow_replay else {
            return Some(packet);
        };
        replay.waiting.push_back(packet);
        if replay.waiting.len() == 1 {
            let at = self.clock.elapsed() + PAUSE;
            self.event_queue.add(at, Event::Replay { connection: id });
        }
        None
    }

    /// Sends the next dispatch of a slow replay, and after the last pause all that are left.
    pub(super) fn replay_next(&mut self, id: u64) {
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        let Some(replay) = &mut connection.slow_replay else {
            return;
        };
        replay.pauses += 1;
        if replay.pauses < PAUSES {
            let next = replay.waiting.pop_front();
            if replay.waiting.is_empty() {
                connection.slow_replay = None;
            } else {
                let at = self.clock.elapsed() + PAUSE;
                self.event_queue.add(at, Event::Replay { connection: id });
            }
            if let Some(packet) = next {
                self.send_payload(id, packet);
            }
            return;
        }
        let rest = connection.slow_replay.take().unwrap_or_default().waiting;
        for packet in rest {
            self.send_payload(id, packet);
        }
    }

    /// Checks after an IDENTIFY that the gateway's count of session starts leaves the reserve.
    pub(super) fn check_reserve(&mut self, id: u64) {
        let limit = self.gateway.session_start_limit(self.clock.now());
        if limit.remaining < RESERVE {
            let detail = format!("{} session starts are left", limit.remaining);
            self.fail(self.client_of(id), Invariant::Reserve, detail);
        }
    }
}
