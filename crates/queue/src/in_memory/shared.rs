use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Waker,
    time::Instant,
};

use tokio::sync::Notify;

use super::{clock, gauges::Gauges, ledger_writer::LedgerWriter};
use crate::{
    position::Position,
    scheduler::{Scheduler, SchedulerDecision, SpendOutcome},
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
    gauges: Gauges,
}

struct Waiter {
    shard: u32,
    waker: Waker,
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
                gauges: Gauges::new(),
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

    /// Changes the scheduler and wakes the shards that are granted a permit.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Scheduler, Instant) -> T) -> T {
        let now = clock::now();
        let mut state = self.lock();
        let result = change(&mut state.scheduler, now);
        self.grant_and_wake(state, now);
        result
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
        self.change(|scheduler, now| scheduler.spend(now, ticket))
    }

    pub(super) fn release(&self, ticket: Ticket) {
        self.change(|scheduler, now| scheduler.release(now, ticket));
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
    pub(super) fn tick(&self) -> Option<Instant> {
        let now = clock::now();
        let mut state = self.lock();
        let wakers = state.grant(now);
        let deadline = deadline(state.decision);
        if deadline.is_none() {
            state.timer_task = TimerTask::Stopped;
        }
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
        deadline
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
            let reset_after = until.saturating_duration_since(now);
            tracing::warn!(
                waiting = self.scheduler.waiting(),
                reserve = self.scheduler.settings().reserve,
                "the daily session starts are used up; shards wait {} s for the reset",
                reset_after.as_secs()
            );
        }
        self.decision = decision;
        self.gauges.set_waiting(self.waiting.len());
        self.gauges.set_remaining(self.scheduler.remaining(now));
        wakers
    }
}

const fn deadline(decision: SchedulerDecision) -> Option<Instant> {
    match decision {
        SchedulerDecision::WaitUntil(at) | SchedulerDecision::Exhausted { until: at } => Some(at),
        SchedulerDecision::Grant(_) | SchedulerDecision::Idle => None,
    }
}
