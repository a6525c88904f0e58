use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Waker,
    time::{Duration, Instant},
};

use tokio::sync::Notify;

use super::{
    clock,
    gauges::Gauges,
    ledger_writer::{LedgerView, LedgerWriter},
    own_identifies::OwnIdentifies,
};
use crate::{
    ledger::RecordedIdentify,
    position::Position,
    scheduler::{Scheduler, SchedulerDecision, SpendOutcome},
    settings::QueueSettings,
    ticket::Ticket,
};

/// What the clones of a queue, its waiting shards, its permits and its timer
/// task share.
pub(super) struct Shared {
    state: Mutex<State>,
    /// Notifies the timer task of a new deadline.
    deadline_changed: Notify,
    ledger: Option<Arc<LedgerWriter>>,
}

struct State {
    scheduler: Scheduler,
    /// The shards without a permit. A ticket is removed when it is granted.
    waiting: BTreeMap<Ticket, Waiter>,
    /// The scheduler's last decision.
    decision: SchedulerDecision,
    timer_task: TimerTask,
    source: LimitSource,
    gauges: Gauges,
    own: OwnIdentifies,
    /// The batch of the ledger whose answer is known, or that precedes the limits that were set last.
    known_batch: u64,
}

/// What knows how many identifies of the day are left.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum LimitSource {
    Scheduler,
    /// With those of other processes.
    Ledger,
}

struct Waiter {
    shard: u32,
    waker: Waker,
}

/// What became of a ticket whose identify the ledger refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Deferral {
    /// The shard waits again with the same ticket.
    Waiting,
    /// The ledger took longer to answer than the lease.
    Lapsed,
}

/// When the timer task acts next.
pub(super) struct NextTick {
    pub(super) at: Instant,
    pub(super) reason: TickReason,
}

#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum TickReason {
    Permit,
    /// The daily budget is used up. Other processes may have returned permits, or been told new limits.
    Exhausted,
}

/// The status of a ticket.
pub(super) enum TicketStatus {
    Waiting,
    /// Waiting; the caller must spawn the timer task.
    WaitingWithoutTimer,
    Granted,
    /// Granted, but not picked up within the lease.
    Lapsed,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum TimerTask {
    Stopped,
    Running,
}

impl Shared {
    pub(super) fn new(scheduler: Scheduler, ledger: Option<Arc<LedgerWriter>>) -> Self {
        Self {
            state: Mutex::new(State {
                scheduler,
                waiting: BTreeMap::new(),
                decision: SchedulerDecision::Idle,
                timer_task: TimerTask::Stopped,
                source: match ledger {
                    Some(_) => LimitSource::Ledger,
                    None => LimitSource::Scheduler,
                },
                gauges: Gauges::new(),
                own: OwnIdentifies::default(),
                known_batch: 0,
            }),
            deadline_changed: Notify::new(),
            ledger,
        }
    }

    pub(super) const fn ledger(&self) -> Option<&Arc<LedgerWriter>> {
        self.ledger.as_ref()
    }

    pub(super) const fn deadline_changed(&self) -> &Notify {
        &self.deadline_changed
    }

    /// Reads from the scheduler.
    pub(super) fn read<T>(&self, read: impl FnOnce(&mut Scheduler, Instant) -> T) -> T {
        read(&mut self.lock().scheduler, clock::now())
    }

    /// Adds a shard to the queue.
    pub(super) fn join(&self, shard: u32, waker: &Waker) -> Ticket {
        let now = clock::now();
        let mut state = self.lock();
        let ticket = state.scheduler.enqueue(now, shard);
        let waker = waker.clone();
        state.waiting.insert(ticket, Waiter { shard, waker });
        self.grant_and_wake(state, now);
        ticket
    }

    /// Returns the status of a ticket. If it waits, `waker` is woken when that
    /// changes.
    pub(super) fn ticket_status(&self, ticket: Ticket, waker: &Waker) -> TicketStatus {
        let now = clock::now();
        let mut state = self.lock();
        if let Some(waiter) = state.waiting.get_mut(&ticket) {
            waiter.waker.clone_from(waker);
        } else if state.scheduler.is_leased(now, ticket) {
            return TicketStatus::Granted;
        } else {
            return TicketStatus::Lapsed;
        }
        match state.timer_task {
            TimerTask::Running => TicketStatus::Waiting,
            TimerTask::Stopped => {
                state.timer_task = TimerTask::Running;
                TicketStatus::WaitingWithoutTimer
            }
        }
    }

    /// Removes a shard from the queue, and releases its permit if it was granted
    /// one.
    pub(super) fn leave(&self, ticket: Ticket) {
        let now = clock::now();
        let mut state = self.lock();
        if state.waiting.remove(&ticket).is_some() {
            state.scheduler.cancel(now, ticket);
        } else {
            state.scheduler.release(now, ticket);
        }
        self.grant_and_wake(state, now);
    }

    pub(super) fn spend(&self, ticket: Ticket) -> SpendOutcome {
        let now = clock::now();
        let mut state = self.lock();
        state.own.sent(ticket);
        let outcome = state.scheduler.spend(now, ticket);
        self.grant_and_wake(state, now);
        outcome
    }

    /// Returns a permit. The ledger counts it up to `batch`, and writes in the next one that it was returned.
    pub(super) fn release(&self, ticket: Ticket, batch: Option<u64>) {
        let now = clock::now();
        let mut state = self.lock();
        state.own.returned(ticket, batch.unwrap_or(0) + 1);
        state.scheduler.release(now, ticket);
        self.grant_and_wake(state, now);
    }

    pub(super) fn settings(&self) -> QueueSettings {
        *self.lock().scheduler.settings()
    }

    /// Replaces the settings. What the ledger knew up to `batch` is outdated then.
    pub(super) fn update(&self, settings: QueueSettings, batch: Option<u64>) {
        let now = clock::now();
        let mut state = self.lock();
        state.known_batch = state.known_batch.max(batch.unwrap_or(0));
        state.scheduler.update(now, settings);
        self.grant_and_wake(state, now);
    }

    /// Adds an identify that this queue is about to record in the ledger.
    pub(super) fn add_own(&self, ticket: Ticket, identify: RecordedIdentify) {
        self.lock().own.add(clock::now(), ticket, identify);
    }

    /// Learns what other processes did.
    pub(super) fn synchronize(&self, view: &LedgerView) {
        let now = clock::now();
        let mut state = self.lock();
        state.synchronize(view, now);
        self.grant_and_wake(state, now);
    }

    /// Lets a shard wait again whose identify the ledger refused, for at least `wait`.
    pub(super) fn defer(
        &self,
        ticket: Ticket,
        shard: u32,
        view: &LedgerView,
        wait: Duration,
    ) -> Deferral {
        let now = clock::now();
        let mut state = self.lock();
        state.own.refused(ticket);
        let deferral = if state.scheduler.is_leased(now, ticket) {
            state.scheduler.defer(now, ticket);
            let waker = Waker::noop().clone();
            state.waiting.insert(ticket, Waiter { shard, waker });
            Deferral::Waiting
        } else {
            state.scheduler.release(now, ticket);
            Deferral::Lapsed
        };
        state.synchronize(view, now);
        state.scheduler.hold(now, shard, wait);
        self.grant_and_wake(state, now);
        deferral
    }

    pub(super) fn position(&self, shard: u32) -> Option<Position> {
        let now = clock::now();
        let state = self.lock();
        let mut tickets = state.waiting.iter();
        let (ticket, _) = tickets.find(|(_, waiter)| waiter.shard == shard)?;
        state.scheduler.position(now, *ticket)
    }

    /// Grants the permits that are due and returns the next deadline, for the
    /// timer task. The task stops if there is none.
    pub(super) fn tick(&self) -> Option<NextTick> {
        let now = clock::now();
        let mut state = self.lock();
        let wakers = state.grant(now);
        let decision = state.decision;
        let next = deadline(decision).map(|at| NextTick {
            at,
            reason: match decision {
                SchedulerDecision::Exhausted { .. } => TickReason::Exhausted,
                _ => TickReason::Permit,
            },
        });
        if next.is_none() {
            state.timer_task = TimerTask::Stopped;
        }
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
        next
    }

    /// Called when the timer task is dropped with its runtime. Waiting shards
    /// may run on another runtime: the first to be polled spawns a new task.
    pub(super) fn timer_task_dropped(&self) {
        let mut state = self.lock();
        state.timer_task = TimerTask::Stopped;
        let wakers = state
            .waiting
            .values()
            .map(|waiter| waiter.waker.clone())
            .collect::<Vec<_>>();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Grants the permits that are due, and wakes their shards after unlocking.
    fn grant_and_wake(&self, mut state: MutexGuard<'_, State>, now: Instant) {
        let before = state.decision;
        let wakers = state.grant(now);
        let after = state.decision;
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
        if deadline(before) != deadline(after) {
            self.deadline_changed.notify_one();
        }
    }

    /// Ignores poisoning: the state is consistent between any two calls to the
    /// scheduler.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Counts the identifies of other processes, as the ledger knows them.
    fn synchronize(&mut self, view: &LedgerView, now: Instant) {
        let answer = &view.answer;
        let own = &self.own;
        if view.batch > self.known_batch {
            self.known_batch = view.batch;
            let all = QueueSettings {
                remaining: u32::MAX,
                ..*self.scheduler.settings()
            };
            let left = answer.state.restrict(all, &answer.at);
            let is_leased = |ticket| self.scheduler.is_leased(now, ticket);
            let ahead = own.ahead_in(&answer.state, view.batch, is_leased);
            let remaining = left.remaining.saturating_add(ahead);
            self.scheduler.count_down(now, remaining, left.reset_after);
        }
        for (identify, wait) in answer.state.spacing_left(&answer.at) {
            if !own.are_spaced_after(&identify, |ticket| self.scheduler.is_leased(now, ticket)) {
                self.scheduler.hold(now, identify.shard, wait);
            }
        }
    }

    fn grant(&mut self, now: Instant) -> Vec<Waker> {
        let mut wakers = Vec::new();
        let decision = loop {
            match self.scheduler.poll(now) {
                SchedulerDecision::Grant(ticket) => {
                    wakers.extend(self.waiting.remove(&ticket).map(|waiter| waiter.waker));
                }
                decision => break decision,
            }
        };
        if let SchedulerDecision::Exhausted { until } = decision
            && !matches!(self.decision, SchedulerDecision::Exhausted { .. })
        {
            self.warn_of_exhaustion(until.saturating_duration_since(now));
        }
        self.decision = decision;
        self.gauges.set_waiting(self.waiting.len());
        self.gauges.set_remaining(self.scheduler.remaining(now));
        wakers
    }

    /// Says that shards wait for the daily limit, and for how long at most, as far as that is known.
    fn warn_of_exhaustion(&mut self, within: Duration) {
        let waiting = self.scheduler.waiting();
        let reserve = self.scheduler.settings().reserve;
        let seconds = within.as_secs();
        match self.source {
            LimitSource::Scheduler => tracing::warn!(
                waiting,
                reserve,
                "the daily session starts are used up; shards wait until there are more, which is expected within \
                 {seconds} s"
            ),
            // It knows when the last identify of the day is a day old. The first one may be much earlier, and other
            // processes may return permits or use what is left.
            LimitSource::Ledger => tracing::warn!(
                waiting,
                reserve,
                "the daily session starts are used up; shards wait until the ledger has more, which is asked each \
                 minute and may have some at any time within {seconds} s"
            ),
        }
    }
}

const fn deadline(decision: SchedulerDecision) -> Option<Instant> {
    match decision {
        SchedulerDecision::WaitUntil(at) | SchedulerDecision::Exhausted { until: at } => Some(at),
        SchedulerDecision::Grant(_) | SchedulerDecision::Idle => None,
    }
}
