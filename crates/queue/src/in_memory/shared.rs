use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Waker,
    time::Instant,
};

use super::{clock, recorder::Recorder};
use crate::{Next, Position, Scheduler, Spend, Ticket};

/// What the clones of a queue, its waiting shards and its permits share.
///
/// There is no task that runs the queue. The shard that has waited longest
/// keeps the clock: its future holds the one timer, and whoever changes the
/// queue wakes it when the next deadline is another one.
pub(super) struct Shared {
    state: Mutex<State>,
    recorder: Option<Arc<Recorder>>,
}

struct State {
    scheduler: Scheduler,
    /// Those without a permit. A ticket that is no longer here was granted.
    waiting: BTreeMap<Ticket, Waiter>,
    /// The scheduler's last answer.
    next: Next,
    /// Who keeps the clock, and what it is set to.
    alarm: Option<(Ticket, Instant)>,
}

/// How it is with a ticket.
pub(super) enum Standing {
    Granted,
    /// It will be woken.
    Waiting,
    /// It has to come back at this instant, for all who wait.
    KeepsClock(Instant),
}

struct Waiter {
    shard: u32,
    waker: Waker,
}

impl Shared {
    pub(super) fn new(scheduler: Scheduler, recorder: Option<Arc<Recorder>>) -> Self {
        Self {
            state: Mutex::new(State {
                scheduler,
                waiting: BTreeMap::new(),
                next: Next::Empty,
                alarm: None,
            }),
            recorder,
        }
    }

    pub(super) const fn recorder(&self) -> Option<&Arc<Recorder>> {
        self.recorder.as_ref()
    }

    /// Reads from the scheduler.
    pub(super) fn look<T>(&self, look: impl FnOnce(&mut Scheduler, Instant) -> T) -> T {
        look(&mut self.lock().scheduler, clock::now())
    }

    /// Changes the scheduler and lets everyone know who that concerns.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Scheduler, Instant) -> T) -> T {
        let now = clock::now();
        let mut state = self.lock();
        let result = change(&mut state.scheduler, now);
        let wakers = state.settle(now, None);
        drop(state);
        wake_all(wakers);
        result
    }

    /// Puts a shard in line.
    pub(super) fn join(&self, shard: u32, waker: &Waker) -> Ticket {
        let now = clock::now();
        let mut state = self.lock();
        let ticket = state.scheduler.enqueue(now, shard);
        let waker = waker.clone();
        state.waiting.insert(ticket, Waiter { shard, waker });
        ticket
    }

    /// Looks whether a ticket was granted, and leaves `waker` if not.
    pub(super) fn standing(&self, ticket: Ticket, waker: &Waker) -> Standing {
        let now = clock::now();
        let mut state = self.lock();
        if let Some(waiter) = state.waiting.get_mut(&ticket) {
            waiter.waker.clone_from(waker);
        }
        let wakers = state.settle(now, Some(ticket));
        let standing = if !state.waiting.contains_key(&ticket) {
            Standing::Granted
        } else {
            match state.alarm {
                Some((keeper, at)) if keeper == ticket => Standing::KeepsClock(at),
                Some(_) | None => Standing::Waiting,
            }
        };
        drop(state);
        wake_all(wakers);
        standing
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
        let wakers = state.settle(now, None);
        drop(state);
        wake_all(wakers);
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

    /// The state is whole between any two calls to the scheduler, so a panic
    /// elsewhere is no reason to stop here.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Hands out what may be handed out, and returns whom to wake after the
    /// lock is gone. `caller` sees for itself.
    fn settle(&mut self, now: Instant, caller: Option<Ticket>) -> Vec<Waker> {
        let mut wakers = Vec::new();
        let next = loop {
            match self.scheduler.poll(now) {
                Next::Grant(ticket) => {
                    if let Some(waiter) = self.waiting.remove(&ticket)
                        && caller != Some(ticket)
                    {
                        wakers.push(waiter.waker);
                    }
                }
                next => break next,
            }
        };
        self.log(now, next);
        self.next = next;

        let alarm = match next {
            Next::WaitUntil(at) | Next::Exhausted { until: at } => self
                .waiting
                .first_key_value()
                .map(|(ticket, _)| (*ticket, at)),
            Next::Grant(_) | Next::Empty => None,
        };
        if let Some((keeper, _)) = alarm
            && alarm != self.alarm
            && caller != Some(keeper)
            && let Some(waiter) = self.waiting.get(&keeper)
        {
            wakers.push(waiter.waker.clone());
        }
        self.alarm = alarm;
        wakers
    }

    fn log(&self, now: Instant, next: Next) {
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
    }
}

fn wake_all(wakers: Vec<Waker>) {
    for waker in wakers {
        waker.wake();
    }
}
