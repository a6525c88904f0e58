//! Between shards and their queue ([P11](gloaming_protocol::rules#p11), [P12](gloaming_protocol::rules#p12)).

use super::World;
use crate::{
    agenda::Event,
    coverage::InputKind,
    finding::Invariant,
    shard::{PermitSlot, Presence},
};
use gloaming_machine::Input;
use gloaming_queue::{IDENTIFY_SPACING, SpendOutcome, Ticket};
use std::time::Duration;

/// An IDENTIFY that was handed to a socket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identified {
    at: Duration,
    spend: SpendOutcome,
    /// The wall clock was set forward since: to a process that has only the ledger it is older than it
    /// is.
    pub(super) looks_older: bool,
    /// The process that sent it is no more, and its successor takes it for older than it is.
    pub(super) is_misdated: bool,
}

impl World<'_> {
    pub(super) fn request_permit(&mut self, shard: usize) {
        let now = self.clock.now();
        let this = &mut self.shards[shard];
        this.permit_requests += 1;
        if this.armed.refuse_permit > 0 {
            this.armed.refuse_permit -= 1;
            let request = this.permit_requests;
            this.permit = PermitSlot::Doomed(request);
            let at = self.clock.elapsed();
            return self.agenda.add(at, Event::Refused { shard, request });
        }
        this.permit = PermitSlot::Asking(self.queue.ask(now, shard));
        self.settle_queue();
    }

    pub(super) fn cancel_permit(&mut self, shard: usize) {
        let now = self.clock.now();
        let this = &mut self.shards[shard];
        match std::mem::replace(&mut this.permit, PermitSlot::Empty) {
            PermitSlot::Empty | PermitSlot::Doomed(_) => {}
            PermitSlot::Asking(ticket) => self.queue.leave(now, ticket),
            PermitSlot::Held(ticket, identify) => self.queue.release(now, ticket, identify),
        }
        self.settle_queue();
    }

    pub(super) fn granted(&mut self, shard: usize, ticket: Ticket) {
        let (now, elapsed) = (self.clock.now(), self.clock.elapsed());
        let this = &mut self.shards[shard];
        if this.permit != PermitSlot::Asking(ticket) || this.presence == Presence::Away {
            return;
        }
        match self.queue.pick_up(now, elapsed, this.number, ticket) {
            Some(identify) => {
                this.permit = PermitSlot::Held(ticket, identify);
                self.feed(shard, InputKind::PermitGranted, Input::PermitGranted, None);
            }
            // It slept through its turn.
            None => {
                this.permit = PermitSlot::Asking(self.queue.ask(now, shard));
                self.settle_queue();
            }
        }
    }

    pub(super) fn refused(&mut self, shard: usize, request: u64) {
        let this = &mut self.shards[shard];
        if this.permit != PermitSlot::Doomed(request) {
            return;
        }
        this.permit = PermitSlot::Empty;
        let retry_in = Some(this.armed.refuse_for);
        let input = Input::PermitRefused { retry_in };
        self.feed(shard, InputKind::PermitRefused, input, None);
    }

    /// IDENTIFY is handed to the socket: the time until the next runs from here.
    pub(super) fn spend_permit(&mut self, shard: usize, connection: u64) {
        let (now, elapsed) = (self.clock.now(), self.clock.elapsed());
        let this = &mut self.shards[shard];
        let number = this.number;
        let PermitSlot::Held(ticket, _) = this.permit else {
            return self.fail(Some(shard), Invariant::Permit, "IDENTIFY without a permit");
        };
        this.permit = PermitSlot::Empty;
        let spend = self.queue.spend(now, ticket);
        let key = number % u32::from(self.plan.max_concurrency);
        let this_one = Identified {
            at: elapsed,
            spend,
            looks_older: false,
            is_misdated: false,
        };
        if let Some(last) = self.identified.insert(key, this_one) {
            let apart = elapsed - last.at;
            // A shard whose socket took nothing for a minute was given up on, and a clock that was set
            // forward between two processes can't be told from time that passed.
            let is_lapsed = spend == SpendOutcome::Lapsed
                || last.spend == SpendOutcome::Lapsed
                || last.is_misdated;
            if apart < IDENTIFY_SPACING && !is_lapsed {
                let detail = format!("{apart:?} after the last of key {key}");
                self.fail(Some(shard), Invariant::Pace, detail);
            }
            if is_lapsed && let Some(connection) = self.network.connections.get_mut(&connection) {
                connection.overtakes = true;
            }
        }
        self.settle_queue();
    }

    /// IDENTIFY reaches the server, which may not like how soon after the last of its key.
    pub(super) fn identify_arrives(&mut self, id: u64) {
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        let number = self.shards[connection.shard].number;
        let key = number % u32::from(self.plan.max_concurrency);
        let is_held_up =
            connection.trouble.up || connection.overtakes || connection.identified_late;
        // What held that one up lets this one come close behind it.
        connection.overtakes |= self.held_up.insert(key, is_held_up).unwrap_or(false);
    }

    /// Hands out what the scheduler grants, and plans the next look at it.
    pub(super) fn settle_queue(&mut self) {
        let settled = self.queue.settle(self.clock.now());
        let now = self.clock.elapsed();
        for (shard, ticket) in settled.granted {
            self.agenda.add(now, Event::Granted { shard, ticket });
        }
        self.queue.timer += 1;
        if let Some(at) = settled.next {
            let version = self.queue.timer;
            let at = self.clock.offset(at);
            self.agenda.add(at, Event::Queue { version });
        }
    }

    pub(super) fn queue_timer(&mut self, version: u64) {
        if version == self.queue.timer {
            self.settle_queue();
        }
    }
}
