//! The identify queue of the process: a scheduler and its ledger, driven as by the in-memory queue.

use gloaming_queue::{
    BootId, BootTime, ClockReading, LedgerEntry, LedgerState, LedgerVerdict, LimitSnapshot,
    QueueSettings, RecordedIdentify, Scheduler, SchedulerDecision, SpendOutcome, Ticket, Timestamp,
};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// The wall clock at the start of a run.
const EPOCH: Timestamp = Timestamp::from_millis(1_750_000_000_000);

/// The minimum wait after the ledger refused an identify.
const MIN_DEFERRAL: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(crate) struct SimulatedQueue {
    scheduler: Scheduler,
    ledger: LedgerState,
    waiting: BTreeMap<Ticket, usize>,
    pub(crate) timer: u64,
    /// The current setting of the wall clock, as its time at the start of the run.
    epoch: Timestamp,
}

/// A change of the wall clock, which the times in the ledger refer to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ClockStep {
    Forward(Duration),
    Back(Duration),
}

/// What became of a granted permit when its shard was to get it.
pub(crate) enum Acceptance {
    Recorded(RecordedIdentify),
    /// The ledger refused it, and the shard waits again.
    Deferred,
    /// Its lease has expired.
    Lapsed,
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
            ledger: LedgerState::default(),
            waiting: BTreeMap::new(),
            timer: 0,
            epoch: EPOCH,
        }
    }

    pub(crate) fn set_wall_clock(&mut self, step: ClockStep) {
        self.epoch = match step {
            ClockStep::Forward(by) => self.epoch.saturating_add(by),
            ClockStep::Back(by) => self.epoch.saturating_sub(by),
        };
    }

    /// The machine is not restarted during a run.
    fn reading(&self, elapsed: Duration) -> ClockReading {
        ClockReading {
            wall: self.epoch.saturating_add(elapsed),
            boot: Some(BootTime {
                id: BootId::new(1),
                uptime: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            }),
        }
    }

    /// Restarts the queue from its ledger, as after a crash.
    pub(crate) fn restart(&mut self, settings: QueueSettings, now: Instant, elapsed: Duration) {
        let reading = self.reading(elapsed);
        self.scheduler = Scheduler::new(self.ledger.restrict(settings, &reading), now);
        for (identify, wait) in self.ledger.spacing_left(&reading) {
            self.scheduler.hold(now, identify.shard, wait);
        }
        self.waiting.clear();
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

    /// Records a granted permit in the ledger.
    pub(crate) fn accept(
        &mut self,
        now: Instant,
        elapsed: Duration,
        (shard, number): (usize, u32),
        ticket: Ticket,
    ) -> Acceptance {
        if !self.scheduler.is_leased(now, ticket) {
            self.scheduler.release(now, ticket);
            return Acceptance::Lapsed;
        }
        let reading = self.reading(elapsed);
        let identify = RecordedIdentify {
            shard: number,
            at: reading.wall,
        };
        let settings = *self.scheduler.settings();
        if self.ledger.spend(identify, &settings, &reading) == LedgerVerdict::Recorded {
            return Acceptance::Recorded(identify);
        }
        self.scheduler.defer(now, ticket);
        self.waiting.insert(ticket, shard);
        let left = self.ledger.restrict(settings, &reading);
        self.scheduler
            .count_down(now, left.remaining, left.reset_after);
        for (identify, wait) in self.ledger.spacing_left(&reading) {
            self.scheduler.hold(now, identify.shard, wait);
        }
        self.scheduler.hold(now, number, MIN_DEFERRAL);
        Acceptance::Deferred
    }

    /// Cancels a ticket, or releases its permit if it was granted but not accepted.
    pub(crate) fn cancel(&mut self, now: Instant, ticket: Ticket) {
        match self.waiting.remove(&ticket) {
            Some(_) => self.scheduler.cancel(now, ticket),
            None => self.scheduler.release(now, ticket),
        }
    }

    /// Releases an accepted permit.
    pub(crate) fn release(
        &mut self,
        now: Instant,
        elapsed: Duration,
        ticket: Ticket,
        identify: RecordedIdentify,
    ) {
        self.scheduler.release(now, ticket);
        self.record(elapsed, LedgerEntry::Returned(identify));
    }

    pub(crate) fn spend(
        &mut self,
        now: Instant,
        elapsed: Duration,
        ticket: Ticket,
        identify: RecordedIdentify,
    ) -> SpendOutcome {
        let at = self.reading(elapsed);
        self.record(elapsed, LedgerEntry::Sent { identify, at });
        self.scheduler.spend(now, ticket)
    }

    pub(crate) fn update(&mut self, now: Instant, elapsed: Duration, settings: QueueSettings) {
        let at = self.reading(elapsed).wall;
        let limit = LimitSnapshot {
            at,
            remaining: settings.remaining,
            total: settings.total,
            resets_at: at.saturating_add(settings.reset_after),
        };
        self.record(elapsed, LedgerEntry::LimitReported(limit));
        self.scheduler.update(now, settings);
    }

    pub(crate) const fn waiting(&self) -> usize {
        self.scheduler.waiting()
    }

    fn record(&mut self, elapsed: Duration, entry: LedgerEntry) {
        let reading = self.reading(elapsed);
        self.ledger.apply(&entry, &reading);
    }
}
