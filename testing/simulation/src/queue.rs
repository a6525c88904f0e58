//! The process's identify queue: the scheduler and its ledger, driven as the in-memory queue does.

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
    /// The wall clock at the start of the run, as it is set now.
    epoch: Timestamp,
    /// By how much it was set forward in all.
    set_forward: Duration,
    /// By how much it had been when the process was started last: so much too early it takes what it
    /// finds in the ledger to be over.
    early: Duration,
}

/// How the wall clock is set: what stands in the ledger goes by it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ClockStep {
    Forward(Duration),
    Back(Duration),
}

/// Grants, and when to look again.
pub(crate) struct Settled {
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
            early: Duration::ZERO,
        }
    }

    /// Somebody sets the wall clock.
    pub(crate) fn set_wall_clock(&mut self, step: ClockStep) {
        match step {
            ClockStep::Forward(by) => {
                self.epoch = self.epoch.saturating_add(by);
                self.set_forward += by;
            }
            ClockStep::Back(by) => self.epoch = self.epoch.saturating_sub(by),
        }
    }

    /// How much too early the ledger may have been taken to be out of date.
    pub(crate) const fn early(&self) -> Duration {
        self.early
    }

    /// As after a crash: only the ledger is left.
    pub(crate) fn restart(&mut self, settings: QueueSettings, now: Instant, elapsed: Duration) {
        let state = self.ledger.load().expect("memory can be read");
        let wall_clock = self.epoch.saturating_add(elapsed);
        self.scheduler = Scheduler::new(state.restrict(settings, wall_clock), now);
        for identify in state.spent() {
            let age = identify.minimum_age(wall_clock);
            self.scheduler.restore(now, identify.shard, age);
        }
        self.waiting.clear();
        self.early = self.set_forward;
    }

    pub(crate) fn ask(&mut self, now: Instant, shard: usize) -> Ticket {
        let number = u32::try_from(shard).expect("there are few shards");
        let ticket = self.scheduler.enqueue(now, number);
        self.waiting.insert(ticket, shard);
        ticket
    }

    /// Grants what may be granted.
    pub(crate) fn settle(&mut self, now: Instant) -> Settled {
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
        Settled { granted, next }
    }

    /// The shard takes its permit, and it is on record; `None` if it comes too late for it.
    pub(crate) fn pick_up(
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

    /// Leaves the line, with the permit if there is one that was not picked up.
    pub(crate) fn leave(&mut self, now: Instant, ticket: Ticket) {
        match self.waiting.remove(&ticket) {
            Some(_) => self.scheduler.cancel(now, ticket),
            None => self.scheduler.release(now, ticket),
        }
    }

    /// Gives a permit back.
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
        self.ledger.record(&[entry]).expect("memory can be written");
    }
}
