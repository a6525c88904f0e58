mod bucket;
mod budget;
mod estimate;

use std::{
    collections::{BTreeSet, HashMap},
    time::{Duration, Instant},
};

use self::{
    bucket::{Bucket, QueuedShard},
    budget::Budget,
    estimate::Estimator,
};
use crate::{
    instants::capped_add,
    limits::{IDENTIFY_SPACING, PERMIT_LEASE},
    position::Position,
    queue_budget::QueueBudget,
    settings::QueueSettings,
    ticket::Ticket,
};

/// Decides when each shard may identify, without a clock or IO.
///
/// Every method takes the current time, which must not decrease from call to
/// call. The driver calls [`poll`](Self::poll) until it no longer returns
/// [`SchedulerDecision::Grant`], then waits until the returned instant or until
/// any other method was called, and polls again.
///
/// - Shards with the same `shard % max_concurrency` share a bucket. A bucket
///   grants one permit per [`IDENTIFY_SPACING`], counted from
///   [`spend`](Self::spend), in the order of the shards' ids ([P11](gloaming_protocol::rules#p11)). Buckets
///   are independent of each other.
/// - The scheduler never grants more identifies than the daily limit leaves,
///   minus a reserve ([P12](gloaming_protocol::rules#p12)).
/// - [`update`](Self::update) takes effect immediately, also while shards wait.
///
/// # Examples
///
/// ```
/// use std::time::Instant;
///
/// use gloaming_queue::{IDENTIFY_SPACING, QueueSettings, Scheduler, SchedulerDecision};
///
/// let start = Instant::now();
/// let mut scheduler = Scheduler::new(QueueSettings::default(), start);
/// let second = scheduler.enqueue(start, 1);
/// let first = scheduler.enqueue(start, 0);
///
/// assert_eq!(scheduler.poll(start), SchedulerDecision::Grant(first));
/// scheduler.spend(start, first);
///
/// let next = start + IDENTIFY_SPACING;
/// assert_eq!(scheduler.poll(start), SchedulerDecision::WaitUntil(next));
/// assert_eq!(scheduler.poll(next), SchedulerDecision::Grant(second));
/// ```
#[derive(Debug)]
pub struct Scheduler {
    settings: QueueSettings,
    budget: Budget,
    buckets: HashMap<u16, Bucket>,
    tickets: HashMap<Ticket, TicketState>,
    next_ticket: u64,
    /// Buckets with a waiting shard and no leased permit, by when they may grant.
    ready: BTreeSet<(Instant, u16)>,
    /// Leased permits, by when the lease ends.
    leases: BTreeSet<(Instant, Ticket)>,
    /// Shards that identified recently, by when their bucket may grant again.
    /// Needed when shards are assigned to other buckets.
    recent: BTreeSet<(Instant, u32)>,
    waiting: usize,
}

/// What to do next, returned by [`Scheduler::poll`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SchedulerDecision {
    /// The shard of this ticket may identify; poll again immediately.
    Grant(Ticket),
    /// No permit is granted before this instant.
    WaitUntil(Instant),
    /// Shards wait, but the daily budget is used up to its reserve ([P12](gloaming_protocol::rules#p12)).
    Exhausted {
        /// The instant at which more identifies are expected to be allowed.
        until: Instant,
    },
    /// No shard waits.
    Idle,
}

/// Whether a permit was spent within its [`PERMIT_LEASE`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SpendOutcome {
    /// The permit was spent within its lease.
    InTime,
    /// The lease had ended. The identify was counted at that time, and another
    /// shard of the bucket may have been granted a permit since.
    Lapsed,
    /// There is no such permit: it was never granted, or it was spent or
    /// released before.
    Unknown,
}

/// The state of a ticket.
///
/// ```text
/// enqueue -> Waiting -> Leased -> spend, release
///               |  ^       |  |
///            cancel '- defer  Lapsed -> spend, release
/// ```
#[derive(Clone, Copy, Debug)]
enum TicketState {
    Waiting(QueuedShard),
    Leased { queued: QueuedShard, until: Instant },
    Lapsed { shard: u32 },
}

impl Scheduler {
    /// Builds a scheduler without waiting shards, for `settings` as of `now`.
    #[must_use]
    pub fn new(settings: QueueSettings, now: Instant) -> Self {
        Self {
            settings,
            budget: Budget::new(&settings, now),
            buckets: HashMap::new(),
            tickets: HashMap::new(),
            next_ticket: 0,
            ready: BTreeSet::new(),
            leases: BTreeSet::new(),
            recent: BTreeSet::new(),
            waiting: 0,
        }
    }

    /// Restores an identify that was sent `age` ago, before this scheduler was
    /// built, so that the shard's bucket keeps the spacing to it.
    ///
    /// The daily budget does not change: `remaining` in the settings already
    /// accounts for the identify.
    pub fn restore(&mut self, now: Instant, shard: u32, age: Duration) {
        self.hold(now, shard, IDENTIFY_SPACING.saturating_sub(age));
    }

    /// Grants no permit to the bucket of `shard` for the time `wait`: the shard of this number identified in another
    /// process.
    pub fn hold(&mut self, now: Instant, shard: u32, wait: Duration) {
        self.advance(now);
        let until = capped_add(now, wait);
        let mut held = self.recent.range((until, 0)..);
        let is_held = held.any(|(_, held)| *held == shard);
        if !wait.is_zero() && !is_held {
            self.keep_spacing(until, shard);
        }
    }

    /// Adds `shard` to the queue.
    ///
    /// A shard that is already in the queue gets a second ticket, which is
    /// granted separately.
    pub fn enqueue(&mut self, now: Instant, shard: u32) -> Ticket {
        self.advance(now);
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        let key = self.key(shard);
        let queued = self.change_bucket(now, key, |bucket| bucket.join(now, shard, ticket));
        self.tickets.insert(ticket, TicketState::Waiting(queued));
        self.waiting += 1;
        ticket
    }

    /// Removes a waiting shard from the queue.
    ///
    /// Has no effect on a ticket that was granted; [release](Self::release) it
    /// instead.
    pub fn cancel(&mut self, now: Instant, ticket: Ticket) {
        self.advance(now);
        if let Some(TicketState::Waiting(queued)) = self.tickets.get(&ticket).copied() {
            self.tickets.remove(&ticket);
            self.waiting -= 1;
            let key = self.key(queued.shard);
            self.change_bucket(now, key, |bucket| bucket.leave(&queued));
        }
    }

    /// Grants the next permit, or returns how long to wait.
    pub fn poll(&mut self, now: Instant) -> SchedulerDecision {
        self.advance(now);
        if self.waiting == 0 {
            return SchedulerDecision::Idle;
        }
        if self.grantable() == 0 {
            return SchedulerDecision::Exhausted {
                until: self.budget.refills_at(now),
            };
        }
        match self.ready.first().copied() {
            Some((at, key)) if at <= now => SchedulerDecision::Grant(self.grant(now, key)),
            ready => {
                let ready_at = ready.map(|(at, _)| at);
                let lapses_at = self.leases.first().map(|(at, _)| *at);
                let next = ready_at.into_iter().chain(lapses_at).min();
                SchedulerDecision::WaitUntil(
                    next.expect("a bucket with a waiting shard is ready or has a leased permit"),
                )
            }
        }
    }

    /// Marks a granted permit as used: IDENTIFY was sent at `now`.
    pub fn spend(&mut self, now: Instant, ticket: Ticket) -> SpendOutcome {
        self.advance(now);
        match self.tickets.get(&ticket).copied() {
            Some(TicketState::Leased { queued, until }) => {
                self.tickets.remove(&ticket);
                self.leases.remove(&(until, ticket));
                self.count(now, queued.shard);
                SpendOutcome::InTime
            }
            Some(TicketState::Lapsed { shard }) => {
                self.tickets.remove(&ticket);
                self.keep_spacing(now + IDENTIFY_SPACING, shard);
                SpendOutcome::Lapsed
            }
            Some(TicketState::Waiting(_)) | None => SpendOutcome::Unknown,
        }
    }

    /// Returns a granted permit: no IDENTIFY was sent.
    ///
    /// The next shard may be granted a permit immediately. A permit whose lease
    /// has ended remains counted.
    pub fn release(&mut self, now: Instant, ticket: Ticket) {
        self.advance(now);
        match self.tickets.get(&ticket).copied() {
            Some(TicketState::Leased { queued, until }) => {
                self.tickets.remove(&ticket);
                self.leases.remove(&(until, ticket));
                let key = self.key(queued.shard);
                self.change_bucket(now, key, |bucket| bucket.leased -= 1);
            }
            Some(TicketState::Lapsed { .. }) => {
                self.tickets.remove(&ticket);
            }
            Some(TicketState::Waiting(_)) | None => {}
        }
    }

    /// Returns a granted permit, and lets its shard wait again with the same ticket, at the place that it had: another
    /// process used up what was granted.
    ///
    /// Call [`hold`](Self::hold) or [`count_down`](Self::count_down) before the next [`poll`](Self::poll), which
    /// would grant it again. Has no effect on a ticket that is not [leased](Self::is_leased).
    pub fn defer(&mut self, now: Instant, ticket: Ticket) {
        self.advance(now);
        if let Some(TicketState::Leased { queued, until }) = self.tickets.get(&ticket).copied() {
            self.leases.remove(&(until, ticket));
            let key = self.key(queued.shard);
            let queued = self.change_bucket(now, key, |bucket| {
                bucket.leased -= 1;
                bucket.put_back(queued)
            });
            self.tickets.insert(ticket, TicketState::Waiting(queued));
            self.waiting += 1;
        }
    }

    /// Sets the number of identifies that are left to `remaining`, of which other processes may have spent some, until
    /// the reset after `reset_after`. The settings do not change.
    ///
    /// Leased permits count in addition, as for [`update`](Self::update).
    pub fn count_down(&mut self, now: Instant, remaining: u32, reset_after: Duration) {
        self.advance(now);
        let settings = QueueSettings {
            remaining,
            reset_after,
            ..self.settings
        };
        self.budget = Budget::new(&settings, now);
    }

    /// Replaces the settings with the limits that Discord reported at `now`.
    ///
    /// Waiting shards remain in the queue. Leased permits count in addition to
    /// the reported numbers. If `max_concurrency` decreases, several leased
    /// permits may belong to one bucket, which then grants no permit until all
    /// of them are spent, released or lapsed.
    pub fn update(&mut self, now: Instant, settings: QueueSettings) {
        self.advance(now);
        self.budget = Budget::new(&settings, now);
        let regroup = settings.max_concurrency != self.settings.max_concurrency;
        self.settings = settings;
        if regroup {
            self.regroup(now);
        }
    }

    /// Returns the position of a waiting ticket, or `None` if the ticket does
    /// not wait.
    ///
    /// The running time is linear in the number of shards ahead, or in the
    /// number of waiting shards if the daily budget does not suffice for all of
    /// them.
    #[must_use]
    pub fn position(&self, now: Instant, ticket: Ticket) -> Option<Position> {
        match self.tickets.get(&ticket) {
            Some(TicketState::Waiting(queued)) => {
                Some(self.estimator(now).position(self.key(queued.shard), queued))
            }
            Some(TicketState::Leased { .. } | TicketState::Lapsed { .. }) | None => None,
        }
    }

    /// Returns whether the ticket's permit was granted and is within its
    /// [`PERMIT_LEASE`].
    pub fn is_leased(&mut self, now: Instant, ticket: Ticket) -> bool {
        self.advance(now);
        matches!(self.tickets.get(&ticket), Some(TicketState::Leased { .. }))
    }

    /// Returns the number of waiting shards.
    #[must_use]
    pub const fn waiting(&self) -> usize {
        self.waiting
    }

    /// Returns the number of identifies left of the daily limit, including the
    /// reserve ([P12](gloaming_protocol::rules#p12)).
    pub fn remaining(&mut self, now: Instant) -> u32 {
        self.advance(now);
        self.budget.remaining()
    }

    /// Returns the number of identifies left of the daily limit, and when it grows
    /// ([P12](gloaming_protocol::rules#p12)).
    pub fn budget(&mut self, now: Instant) -> QueueBudget {
        self.advance(now);
        let remaining = self.budget.remaining();
        let total = self.settings.total;
        let is_used = remaining < total;
        QueueBudget {
            remaining,
            total,
            reserve: self.settings.reserve,
            resets_in: is_used.then(|| self.budget.refills_at(now).saturating_duration_since(now)),
        }
    }

    /// Returns the current settings.
    #[must_use]
    pub const fn settings(&self) -> &QueueSettings {
        &self.settings
    }

    fn key(&self, shard: u32) -> u16 {
        let key = shard % u32::from(self.settings.max_concurrency.get());
        u16::try_from(key).expect("a remainder is less than its divisor, a u16")
    }

    fn estimator(&self, now: Instant) -> Estimator<'_> {
        Estimator {
            now,
            buckets: &self.buckets,
            budget: &self.budget,
            waiting: self.waiting,
            leased: self.leases.len(),
            grantable: self.grantable(),
        }
    }

    /// Returns the number of permits that may be granted now. Each leased permit
    /// may still be spent.
    fn grantable(&self) -> u32 {
        let leased = u32::try_from(self.leases.len()).unwrap_or(u32::MAX);
        self.budget.spendable().saturating_sub(leased)
    }

    fn grant(&mut self, now: Instant, key: u16) -> Ticket {
        let queued = self
            .change_bucket(now, key, |bucket| {
                bucket.leased += 1;
                bucket.pop()
            })
            .expect("only buckets with a waiting shard are ready");
        self.waiting -= 1;
        let until = now + PERMIT_LEASE;
        let ticket = queued.ticket;
        self.leases.insert((until, ticket));
        self.tickets
            .insert(ticket, TicketState::Leased { queued, until });
        ticket
    }

    /// Counts the identify of a lease, which ends.
    fn count(&mut self, at: Instant, shard: u32) {
        self.budget.spend(at);
        let key = self.key(shard);
        self.change_bucket(at, key, |bucket| bucket.leased -= 1);
        self.keep_spacing(at + IDENTIFY_SPACING, shard);
    }

    /// Grants no permit to the shard's bucket before `until`.
    fn keep_spacing(&mut self, until: Instant, shard: u32) {
        self.recent.insert((until, shard));
        let key = self.key(shard);
        self.change_bucket(until, key, |bucket| bucket.block_until(until));
    }

    /// Ends the leases that lapsed by `now` and removes what no longer counts.
    fn advance(&mut self, now: Instant) {
        while let Some((until, ticket)) = self.leases.first().copied() {
            if until > now {
                break;
            }
            self.leases.pop_first();
            if let Some(TicketState::Leased { queued, .. }) = self.tickets.get(&ticket).copied() {
                let shard = queued.shard;
                self.tickets.insert(ticket, TicketState::Lapsed { shard });
                self.count(until, shard);
            }
        }
        self.budget.advance(now);
        while self.recent.first().is_some_and(|(until, _)| *until <= now) {
            self.recent.pop_first();
        }
    }

    /// Changes one bucket and updates `ready` accordingly.
    fn change_bucket<T>(
        &mut self,
        now: Instant,
        key: u16,
        change: impl FnOnce(&mut Bucket) -> T,
    ) -> T {
        let bucket = self.buckets.entry(key).or_insert_with(|| Bucket::new(now));
        if let Some(at) = bucket.ready_at() {
            self.ready.remove(&(at, key));
        }
        let result = change(bucket);
        if let Some(at) = bucket.ready_at() {
            self.ready.insert((at, key));
        }
        result
    }

    /// Assigns all shards to new buckets after `max_concurrency` changed.
    fn regroup(&mut self, now: Instant) {
        self.buckets.clear();
        self.ready.clear();
        let mut tickets = self
            .tickets
            .iter()
            .map(|(ticket, state)| (*ticket, *state))
            .collect::<Vec<_>>();
        tickets.sort_unstable_by_key(|(ticket, _)| *ticket);
        for (ticket, state) in tickets {
            match state {
                TicketState::Waiting(QueuedShard { shard, .. }) => {
                    let key = self.key(shard);
                    let queued =
                        self.change_bucket(now, key, |bucket| bucket.join(now, shard, ticket));
                    self.tickets.insert(ticket, TicketState::Waiting(queued));
                }
                TicketState::Leased { queued, .. } => {
                    let key = self.key(queued.shard);
                    self.change_bucket(now, key, |bucket| bucket.leased += 1);
                }
                TicketState::Lapsed { .. } => {}
            }
        }
        for (until, shard) in self.recent.clone() {
            self.keep_spacing(until, shard);
        }
    }
}
