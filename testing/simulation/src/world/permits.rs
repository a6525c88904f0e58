//! Permits to identify ([P11](gloaming_protocol::rules#p11), [P12](gloaming_protocol::rules#p12)).

use super::World;
use crate::{
    coverage::InputKind,
    event_queue::Event,
    finding::Invariant,
    queue::Acceptance,
    shard::{PermitSlot, ProcessState},
};
use gloaming_machine::Input;
use gloaming_queue::{IDENTIFY_SPACING, SpendOutcome, Ticket};
use std::time::Duration;

/// An IDENTIFY that was passed to a socket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identified {
    at: Duration,
    spend: SpendOutcome,
}

impl World<'_> {
    pub(super) fn request_permit(&mut self, shard: usize) {
        let now = self.clock.now();
        let this = &mut self.shards[shard];
        this.permit_requests += 1;
        if this.pending_faults.refuse_permit > 0 {
            this.pending_faults.refuse_permit -= 1;
            let request = this.permit_requests;
            this.permit = PermitSlot::WillBeRefused(request);
            let at = self.clock.elapsed();
            return self.event_queue.add(at, Event::Refused { shard, request });
        }
        this.permit = PermitSlot::Requested(self.queue.request(now, shard));
        self.poll_queue();
    }

    pub(super) fn cancel_permit(&mut self, shard: usize) {
        let (now, elapsed) = (self.clock.now(), self.clock.elapsed());
        let this = &mut self.shards[shard];
        match std::mem::replace(&mut this.permit, PermitSlot::Empty) {
            PermitSlot::Empty | PermitSlot::WillBeRefused(_) => {}
            PermitSlot::Requested(ticket) => self.queue.cancel(now, ticket),
            PermitSlot::Held(ticket, identify) => {
                self.queue.release(now, elapsed, ticket, identify);
            }
        }
        self.poll_queue();
    }

    pub(super) fn permit_granted(&mut self, shard: usize, ticket: Ticket) {
        let (now, elapsed) = (self.clock.now(), self.clock.elapsed());
        let this = &mut self.shards[shard];
        if this.permit != PermitSlot::Requested(ticket) || this.process == ProcessState::Stopped {
            return;
        }
        match self
            .queue
            .accept(now, elapsed, (shard, this.number), ticket)
        {
            Acceptance::Recorded(identify) => {
                this.permit = PermitSlot::Held(ticket, identify);
                self.feed(shard, InputKind::PermitGranted, Input::PermitGranted, None);
            }
            Acceptance::Deferred => self.poll_queue(),
            // The lease expired while the task was not polled.
            Acceptance::Lapsed => {
                this.permit = PermitSlot::Requested(self.queue.request(now, shard));
                self.poll_queue();
            }
        }
    }

    pub(super) fn permit_refused(&mut self, shard: usize, request: u64) {
        let this = &mut self.shards[shard];
        if this.permit != PermitSlot::WillBeRefused(request) {
            return;
        }
        this.permit = PermitSlot::Empty;
        let retry_in = Some(this.pending_faults.refuse_for);
        let input = Input::PermitRefused { retry_in };
        self.feed(shard, InputKind::PermitRefused, input, None);
    }

    /// Spends the permit when IDENTIFY is passed to the socket, and checks the time since the previous one.
    pub(super) fn spend_permit(&mut self, shard: usize, connection: u64) {
        let (now, elapsed) = (self.clock.now(), self.clock.elapsed());
        let this = &mut self.shards[shard];
        let number = this.number;
        let PermitSlot::Held(ticket, identify) = this.permit else {
            return self.fail(Some(shard), Invariant::Permit, "IDENTIFY without a permit");
        };
        this.permit = PermitSlot::Empty;
        let spend = self.queue.spend(now, elapsed, ticket, identify);
        let key = number % u32::from(self.plan.max_concurrency);
        let identified = Identified { at: elapsed, spend };
        if let Some(last) = self.identified.insert(key, identified) {
            let elapsed_since = elapsed - last.at;
            // The queue does not wait for a shard whose socket is blocked for a minute.
            let is_excused = spend == SpendOutcome::Lapsed || last.spend == SpendOutcome::Lapsed;
            if elapsed_since < IDENTIFY_SPACING && !is_excused {
                let detail = format!("{elapsed_since:?} after the last IDENTIFY of key {key}");
                self.fail(Some(shard), Invariant::IdentifyPacing, detail);
            }
            if is_excused && let Some(connection) = self.network.connections.get_mut(&connection) {
                connection.follows_delayed_identify = true;
            }
        }
        self.poll_queue();
    }

    /// Records whether an IDENTIFY that arrives was delayed, or the previous one of its key.
    pub(super) fn identify_arrived(&mut self, id: u64) {
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        let number = self.shards[connection.shard].number;
        let key = number % u32::from(self.plan.max_concurrency);
        let is_delayed = connection.impairments.upstream
            || connection.follows_delayed_identify
            || connection.had_blocked_identify;
        // After a delayed IDENTIFY, the next one can arrive too early.
        connection.follows_delayed_identify |=
            self.delayed.insert(key, is_delayed).unwrap_or(false);
    }

    /// Grants permits, and schedules the next poll of the queue.
    pub(super) fn poll_queue(&mut self) {
        let poll = self.queue.poll(self.clock.now());
        let now = self.clock.elapsed();
        for (shard, ticket) in poll.granted {
            self.event_queue.add(now, Event::Granted { shard, ticket });
        }
        self.queue.timer += 1;
        if let Some(at) = poll.next {
            let version = self.queue.timer;
            let at = self.clock.offset(at);
            self.event_queue.add(at, Event::Queue { version });
        }
    }

    pub(super) fn queue_timer(&mut self, version: u64) {
        if version == self.queue.timer {
            self.poll_queue();
        }
    }
}
