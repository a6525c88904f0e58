use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Waker,
    time::Instant,
};

use tokio::sync::Notify;

use super::{clock, meters::Meters, recorder::Recorder, timekeeper};
use crate::{Next, Position, Scheduler, Spend, Ticket};

/// What the clones of a queue, its waiting shards, its permits and its
/// timekeeper share.
pub(super) struct Shared {
    state: Mutex<State>,
    /// Tells the timekeeper that the next deadline is another one.
    deadline_changed: Notify,
    recorder: Option<Arc<Recorder>>,
}

struct State {
    scheduler: Scheduler,
    /// Those without a permit. A ticket that is no longer here was granted.
    waiting: BTreeMap<Ticket, Waiter>,
    /// The scheduler's last answer.
    next: Next,
    timekeeper: Timekeeper,
    meters: Meters,
}

struct Waiter {
    shard: u32,
    waker: Waker,
}

/// How it is with a ticket.
pub(super) enum Standing {
    Waiting,
    Granted,
    /// Granted, and not picked up within the lease.
    Lapsed,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Timekeeper {
    Absent,
    Running,
}

impl Shared {
    pub(super) fn new(scheduler: Scheduler, recorder: Option<Arc<Recorder>>) -> Self {
        Self {
            state: Mutex::new(State {
                scheduler,
                waiting: BTreeMap::new(),
                next: Next::Empty,
                timekeeper: Timekeeper::Absent,
                meters: Meters::new(),
            }),
            deadline_changed: Notify::new(),
            recorder,
        }
    }

    pub(super) const fn recorder(&self) -> Option<&Arc<Recorder>> {
        self.recorder.as_ref()
    }

    pub(super) const fn deadline_changed(&self) -> &Notify {
        &self.deadline_changed
    }

    /// Reads from the scheduler.
    pub(super) fn look<T>(&self, look: impl FnOnce(&mut Scheduler, Instant) -> T) -> T {
        look(&mut self.lock().scheduler, clock::now())
    }

    /// Changes the scheduler and lets everyone know whom that concerns.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Scheduler, Instant) -> T) -> T {
        let now = clock::now();
        let mut state = self.lock();
        let result = change(&mut state.scheduler, now);
        self.settle(state, now);
        result
    }

    /// Puts a shard in line.
    pub(super) fn join(&self, shard: u32, waker: &Waker) -> Ticket {
        let now = clock::now();
        let mut state = self.lock();
        let ticket = state.scheduler.enqueue(now, shard);
        let waker = waker.clone();
        state.waiting.insert(ticket, Waiter { shard, waker });
        self.settle(state, now);
        ticket
    }

    /// How it is with a ticket; while it waits, `waker` hears of its grant.
    pub(super) fn standing(self: &Arc<Self>, ticket: Ticket, waker: &Waker) -> Standing {
        let now = clock::now();
        let mut state = self.lock();
        if let Some(waiter) = state.waiting.get_mut(&ticket) {
            waiter.waker.clone_from(waker);
        } else if state.scheduler.is_leased(now, ticket) {
            return Standing::Granted;
        } else {
            return Standing::Lapsed;
        }
        if state.timekeeper == Timekeeper::Absent {
            state.timekeeper = Timekeeper::Running;
            drop(state);
            timekeeper::spawn(Arc::clone(self));
        }
        Standing::Waiting
    }

    /// Takes a shard out of line, with its permit if it has one already.
    pub(super) fn leave(&self, ticket: Ticket) {
        let now = clock::now();
        let mut state = self.lock();
        if state.waiting.remove(&ticket).is_some() {
            state.scheduler.cancel(now, ticket);
        } else {
            state.scheduler.release(now, ticket);
        }
        self.settle(state, now);
    }

    pub(super) fn spend(&self, ticket: Ticket) -> Spend {
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

    /// The timekeeper's work: grants what is due and returns the next
    /// deadline. Where there is none, the timekeeper goes.
    pub(super) fn tick(&self) -> Option<Instant> {
        let now = clock::now();
        let mut state = self.lock();
        let wakers = state.grant(now);
        let deadline = deadline(state.next);
        if deadline.is_none() {
            state.timekeeper = Timekeeper::Absent;
        }
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
        deadline
    }

    /// The timekeeper went down with its runtime. Waiting shards may live in
    /// another: the first that looks takes on a new one.
    pub(super) fn lose_timekeeper(&self) {
        let mut state = self.lock();
        state.timekeeper = Timekeeper::Absent;
        let wakers = state
            .waiting
            .values()
            .map(|waiter| waiter.waker.clone())
            .collect::<Vec<_>>();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Grants what may be granted, and wakes whom it concerns once the lock is
    /// gone.
    fn settle(&self, mut state: MutexGuard<'_, State>, now: Instant) {
        let before = state.next;
        let wakers = state.grant(now);
        let after = state.next;
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
        if deadline(before) != deadline(after) {
            self.deadline_changed.notify_one();
        }
    }

    /// The state is whole between any two calls to the scheduler, so a panic
    /// elsewhere is no reason to stop here.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn grant(&mut self, now: Instant) -> Vec<Waker> {
        let mut wakers = Vec::new();
        let next = loop {
            match self.scheduler.poll(now) {
                Next::Grant(ticket) => {
                    wakers.extend(self.waiting.remove(&ticket).map(|waiter| waiter.waker));
                }
                next => break next,
            }
        };
        if let Next::Exhausted { until } = next
            && !matches!(self.next, Next::Exhausted { .. })
        {
            tracing::warn!(
                waiting = self.scheduler.waiting(),
                reserve = self.scheduler.settings().reserve,
                reset_after = ?until.saturating_duration_since(now),
                "the daily session starts are used up; shards wait for more"
            );
        }
        self.next = next;
        self.meters.waiting(self.waiting.len());
        self.meters.remaining(self.scheduler.remaining(now));
        wakers
    }
}

const fn deadline(next: Next) -> Option<Instant> {
    match next {
        Next::WaitUntil(at) | Next::Exhausted { until: at } => Some(at),
        Next::Grant(_) | Next::Empty => None,
    }
}
