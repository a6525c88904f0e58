//! The identify queue of the process: a scheduler and its ledger, driven as by the in-memory queue.

use gloaming_queue::{
    Ledger, LedgerEntry, LimitSnapshot, MemoryLedger, QueueSettings, RecordedIdentify, Scheduler,
    SchedulerDecision, SpendOutcome, Ticket, Timestamp,
};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// The wall clock at the start of a run.
const EPOCH: Timestamp = Timestamp::from_millis(1_750_000_000_000);

#[derive(Debug)]
pub(crate) struct SimulatedQueue {
    scheduler: Scheduler,
    ledger: MemoryLedger,
    waiting: BTreeMap<Ticket, usize>,
    pub(crate) timer: u64,
    /// The current setting of the wall clock, as its time at the start of the run.
    epoch: Timestamp,
    /// The total time by which the wall clock was set forward.
    set_forward: Duration,
    /// The value of `set_forward` at the last start of the process. The process considers entries of the ledger
    /// expired by up to this time too early.
    early_expiry: Duration,
}

/// A change of the wall clock, which the times in the ledger refer to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ClockStep {
    Forward(Duration),
    Back(Duration),
}

/// The tickets that were granted, and the time of the next poll.
pub(crate) struct QueuePoll {
    pub(crate) granted: Vec<(usize, Ticket)>,
    pub(crate) next: Option<Instant>,
}

impl SimulatedQueue {
    pub(crate) fn new(settings: QueueSettings, now: Instant) -> Self {
        Self {
            scheduler: Scheduler::new(settings, now),
            ledger: MemoryLedger::new(),
            waiting: BTreeMap::new(),
            timer: 0,
            epoch: EPOCH,
            set_forward: Duration::ZERO,
            early_expiry: Duration::ZERO,
        }
    }

    pub(crate) fn set_wall_clock(&mut self, step: ClockStep) {
        match step {
            ClockStep::Forward(by) => {
                self.epoch = self.epoch.saturating_add(by);
                self.set_forward += by;
            }
            ClockStep::Back(by) => self.epoch = self.epoch.saturating_sub(by),
        }
    }

    /// Returns by how much too early the process may consider entries of the ledger expired.
    pub(crate) const fn early_expiry(&self) -> Duration {
        self.early_expiry
    }

    /// Restarts the queue from its ledger, as after a crash.
    pub(crate) fn restart(&mut self, settings: QueueSettings, now: Instant, elapsed: Duration) {
        let state = self.ledger.load().expect("a memory ledger can be loaded");
        let wall_clock = self.epoch.saturating_add(elapsed);
        self.scheduler = Scheduler::new(state.restrict(settings, wall_clock), now);
        for identify in state.spent() {
            let age = identify.minimum_age(wall_clock);
            self.scheduler.restore(now, identify.shard, age);
        }
        self.waiting.clear();
        self.early_expiry = self.set_forward;
    }

    pub(crate) fn request(&mut self, now: Instant, shard: usize) -> Ticket {
        let number = u32::try_from(shard).expect("the number of shards fits in a u32");
        let ticket = self.scheduler.enqueue(now, number);
        self.waiting.insert(ticket, shard);
        ticket
    }

    /// Polls the scheduler for tickets that are granted now.
    pub(crate) fn poll(&mut self, now: Instant) -> QueuePoll {
        let mut granted = Vec::new();
        let next = loop {
            match self.scheduler.poll(now) {
                SchedulerDecision::Grant(ticket) => {
                    let shard = self.waiting.remove(&ticket);
                    granted.extend(shard.map(|shard| (shard, ticket)));
                }
                SchedulerDecision::WaitUntil(at) | SchedulerDecision::Exhausted { until: at } => {
                    break Some(at);
                }
                SchedulerDecision::Idle => break None,
            }
        };
        QueuePoll { granted, next }
    }

    /// Records a granted permit in the ledger. Returns `None` if its lease has expired.
    pub(crate) fn accept(
        &mut self,
        now: Instant,
        elapsed: Duration,
        shard: u32,
        ticket: Ticket,
    ) -> Option<RecordedIdentify> {
        if !self.scheduler.is_leased(now, ticket) {
            self.scheduler.release(now, ticket);
            return None;
        }
        let at = self.epoch.saturating_add(elapsed);
        let identify = RecordedIdentify { shard, at };
        self.note(LedgerEntry::Spent(identify));
        Some(identify)
    }

    /// Cancels a ticket, or releases its permit if it was granted but not accepted.
    pub(crate) fn cancel(&mut self, now: Instant, ticket: Ticket) {
        match self.waiting.remove(&ticket) {
            Some(_) => self.scheduler.cancel(now, ticket),
            None => self.scheduler.release(now, ticket),
        }
    }

    /// Releases an accepted permit.
    pub(crate) fn release(&mut self, now: Instant, ticket: Ticket, identify: RecordedIdentify) {
        self.scheduler.release(now, ticket);
        self.note(LedgerEntry::Returned(identify));
    }

    pub(crate) fn spend(&mut self, now: Instant, ticket: Ticket) -> SpendOutcome {
        self.scheduler.spend(now, ticket)
    }

    pub(crate) fn update(&mut self, now: Instant, elapsed: Duration, settings: QueueSettings) {
        let at = self.epoch.saturating_add(elapsed);
        self.note(LedgerEntry::LimitReported(LimitSnapshot {
            at,
            remaining: settings.remaining,
            total: settings.total,
            resets_at: at.saturating_add(settings.reset_after),
        }));
        self.scheduler.update(now, settings);
    }

    pub(crate) const fn waiting(&self) -> usize {
        self.scheduler.waiting()
    }

    fn note(&self, entry: LedgerEntry) {
        self.ledger
            .record(&[entry])
            .expect("a memory ledger can be written");
    }
}
