mod bucket;
mod budget;
mod forecast;

use std::{
    collections::{BTreeSet, HashMap},
    time::{Duration, Instant},
};

use self::{
    bucket::{Bucket, Place},
    budget::Budget,
};
use crate::{IDENTIFY_SPACING, LEASE, Position, Settings, Ticket};

/// Decides which shard may identify when, with no clock and no IO of its own.
///
/// Every method takes the time as an argument; it must not go backwards from
/// call to call. Whoever drives the scheduler calls [`poll`](Self::poll) until
/// it no longer answers [`Next::Grant`], waits until the instant it was told or
/// for any other call, and polls again.
///
/// - Shards with the same `shard % max_concurrency` share a bucket: one of them
///   identifies every [`IDENTIFY_SPACING`], counted from [`spend`](Self::spend),
///   in the order of their ids (P11). Buckets don't wait for each other.
/// - Never more identifies are granted than the daily limit leaves, less a
///   reserve (P12).
/// - [`update`](Self::update) is heard at any time.
///
/// # Examples
///
/// ```
/// use std::time::Instant;
///
/// use gloaming_queue::{IDENTIFY_SPACING, Next, Scheduler, Settings};
///
/// let start = Instant::now();
/// let mut scheduler = Scheduler::new(Settings::default(), start);
/// let second = scheduler.enqueue(start, 1);
/// let first = scheduler.enqueue(start, 0);
///
/// assert_eq!(scheduler.poll(start), Next::Grant(first));
/// scheduler.spend(start, first);
///
/// let turn = start + IDENTIFY_SPACING;
/// assert_eq!(scheduler.poll(start), Next::WaitUntil(turn));
/// assert_eq!(scheduler.poll(turn), Next::Grant(second));
/// ```
#[derive(Debug)]
pub struct Scheduler {
    settings: Settings,
    budget: Budget,
    buckets: HashMap<u16, Bucket>,
    tickets: HashMap<Ticket, Stage>,
    next_ticket: u64,
    /// Buckets that have a shard to start and no permit out, by when they may.
    ready: BTreeSet<(Instant, u16)>,
    /// Permits out on lease, by when the lease ends.
    leases: BTreeSet<(Instant, Ticket)>,
    /// Shards that identified just now, by when the next may; for when
    /// shards are dealt out to other buckets.
    recent: BTreeSet<(Instant, u32)>,
    waiting: usize,
}

/// What to do next, as told by [`Scheduler::poll`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Next {
    /// The shard of this ticket may identify; poll again at once.
    Grant(Ticket),
    /// Nobody's turn comes before this instant.
    WaitUntil(Instant),
    /// Shards wait, but the daily budget is used up to its reserve (P12).
    Exhausted {
        /// When more identifies are expected to be allowed.
        until: Instant,
    },
    /// No shard waits.
    Empty,
}

/// Whether a permit was spent within its [`LEASE`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Spend {
    /// It was.
    InTime,
    /// Too late: it had been counted when the lease ended, and another shard
    /// of the bucket may have been let through since.
    Lapsed,
    /// There is no such permit: it was never granted or is already settled.
    Unknown,
}

/// Where a ticket is between its drawing and its end.
///
/// ```text
/// enqueue -> Waiting -> Leased -> spend, release
///               |          |
///            cancel     Lapsed -> spend, release
/// ```
#[derive(Clone, Copy, Debug)]
enum Stage {
    Waiting(Place),
    Leased { shard: u32, until: Instant },
    Lapsed { shard: u32 },
}

impl Scheduler {
    /// Starts with nobody waiting and `settings` as of `now`.
    #[must_use]
    pub fn new(settings: Settings, now: Instant) -> Self {
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

    /// Learns of an identify that was sent before this scheduler existed,
    /// `age` ago, so that the shard's bucket keeps its distance to it.
    ///
    /// The daily budget is not touched; `settings.remaining` has to tell.
    pub fn recall(&mut self, now: Instant, shard: u32, age: Duration) {
        self.advance(now);
        let left = IDENTIFY_SPACING.saturating_sub(age);
        if !left.is_zero() {
            self.keep_distance(now + left, shard);
        }
    }

    /// Puts `shard` in line.
    ///
    /// A shard that is in line already gets a second ticket with a turn of its
    /// own.
    pub fn enqueue(&mut self, now: Instant, shard: u32) -> Ticket {
        self.advance(now);
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        let key = self.key(shard);
        let place = self.change_bucket(now, key, |bucket| bucket.join(now, shard, ticket));
        self.tickets.insert(ticket, Stage::Waiting(place));
        self.waiting += 1;
        ticket
    }

    /// Takes a waiting shard out of line.
    ///
    /// Without effect on a ticket that was granted: that one is to be
    /// [released](Self::release).
    pub fn cancel(&mut self, now: Instant, ticket: Ticket) {
        self.advance(now);
        if let Some(Stage::Waiting(place)) = self.tickets.get(&ticket).copied() {
            self.tickets.remove(&ticket);
            self.waiting -= 1;
            let key = self.key(place.shard);
            self.change_bucket(now, key, |bucket| bucket.leave(&place));
        }
    }

    /// Grants the next turn, or tells what there is to wait for.
    pub fn poll(&mut self, now: Instant) -> Next {
        self.advance(now);
        if self.waiting == 0 {
            return Next::Empty;
        }
        if self.grantable() == 0 {
            return Next::Exhausted {
                until: self.budget.grows_at(now),
            };
        }
        match self.ready.first().copied() {
            Some((at, key)) if at <= now => Next::Grant(self.grant(now, key)),
            ready => {
                let turn = ready.map(|(at, _)| at);
                let lapse = self.leases.first().map(|(at, _)| *at);
                let next = turn.into_iter().chain(lapse).min();
                Next::WaitUntil(next.expect("a bucket that waits and isn't ready has a lease out"))
            }
        }
    }

    /// Uses a granted permit up: IDENTIFY was sent at `now`.
    pub fn spend(&mut self, now: Instant, ticket: Ticket) -> Spend {
        self.advance(now);
        match self.tickets.get(&ticket).copied() {
            Some(Stage::Leased { shard, until }) => {
                self.tickets.remove(&ticket);
                self.leases.remove(&(until, ticket));
                self.count(now, shard);
                Spend::InTime
            }
            Some(Stage::Lapsed { shard }) => {
                self.tickets.remove(&ticket);
                self.keep_distance(now + IDENTIFY_SPACING, shard);
                Spend::Lapsed
            }
            Some(Stage::Waiting(_)) | None => Spend::Unknown,
        }
    }

    /// Takes a granted permit back: no IDENTIFY was sent.
    ///
    /// The next in line has its turn at once. A permit whose lease has ended
    /// was counted and stays so.
    pub fn release(&mut self, now: Instant, ticket: Ticket) {
        self.advance(now);
        match self.tickets.get(&ticket).copied() {
            Some(Stage::Leased { shard, until }) => {
                self.tickets.remove(&ticket);
                self.leases.remove(&(until, ticket));
                let key = self.key(shard);
                self.change_bucket(now, key, |bucket| bucket.leased -= 1);
            }
            Some(Stage::Lapsed { .. }) => {
                self.tickets.remove(&ticket);
            }
            Some(Stage::Waiting(_)) | None => {}
        }
    }

    /// Replaces the settings by what Discord said at `now`.
    ///
    /// Everyone in line stays in line; permits that are out count on top of
    /// what was announced. When `max_concurrency` shrinks, permits that are out
    /// may belong to one bucket from now on; the bucket opens when all of them
    /// are settled.
    pub fn update(&mut self, now: Instant, settings: Settings) {
        self.advance(now);
        self.budget = Budget::new(&settings, now);
        let regroup = settings.max_concurrency != self.settings.max_concurrency;
        self.settings = settings;
        if regroup {
            self.regroup(now);
        }
    }

    /// Where a waiting ticket stands; `None` once it is granted or at its end.
    ///
    /// Linear in the number of shards ahead.
    #[must_use]
    pub fn position(&self, now: Instant, ticket: Ticket) -> Option<Position> {
        match self.tickets.get(&ticket) {
            Some(Stage::Waiting(place)) => Some(forecast::position(self, now, place)),
            Some(Stage::Leased { .. } | Stage::Lapsed { .. }) | None => None,
        }
    }

    /// Whether the ticket's permit is out and its [`LEASE`] still runs.
    pub fn is_leased(&mut self, now: Instant, ticket: Ticket) -> bool {
        self.advance(now);
        matches!(self.tickets.get(&ticket), Some(Stage::Leased { .. }))
    }

    /// How many shards wait.
    #[must_use]
    pub const fn waiting(&self) -> usize {
        self.waiting
    }

    /// Identifies left of the daily limit, the reserve included (P12).
    pub fn remaining(&mut self, now: Instant) -> u32 {
        self.advance(now);
        self.budget.remaining()
    }

    /// The settings last heard.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    fn key(&self, shard: u32) -> u16 {
        let key = shard % u32::from(self.settings.max_concurrency.get());
        u16::try_from(key).expect("a remainder is less than its divisor, a u16")
    }

    /// Permits that may be granted now: each one that is out may yet be spent.
    fn grantable(&self) -> u32 {
        let leased = u32::try_from(self.leases.len()).unwrap_or(u32::MAX);
        self.budget.spendable().saturating_sub(leased)
    }

    fn grant(&mut self, now: Instant, key: u16) -> Ticket {
        let Place { shard, ticket, .. } = self
            .change_bucket(now, key, |bucket| {
                bucket.leased += 1;
                bucket.pop()
            })
            .expect("only buckets with someone waiting are ready");
        self.waiting -= 1;
        let until = now + LEASE;
        self.leases.insert((until, ticket));
        self.tickets.insert(ticket, Stage::Leased { shard, until });
        ticket
    }

    /// Counts the identify of a lease that ends by it.
    fn count(&mut self, at: Instant, shard: u32) {
        self.budget.spend(at);
        let key = self.key(shard);
        self.change_bucket(at, key, |bucket| bucket.leased -= 1);
        self.keep_distance(at + IDENTIFY_SPACING, shard);
    }

    /// Lets nobody of the shard's bucket identify until `until`.
    fn keep_distance(&mut self, until: Instant, shard: u32) {
        self.recent.insert((until, shard));
        let key = self.key(shard);
        self.change_bucket(until, key, |bucket| bucket.shut(until));
    }

    /// Ends the leases that ran out by `now` and forgets what no longer counts.
    fn advance(&mut self, now: Instant) {
        while let Some((until, ticket)) = self.leases.first().copied() {
            if until > now {
                break;
            }
            self.leases.pop_first();
            if let Some(Stage::Leased { shard, .. }) = self.tickets.get(&ticket).copied() {
                self.tickets.insert(ticket, Stage::Lapsed { shard });
                self.count(until, shard);
            }
        }
        self.budget.advance(now);
        while self.recent.first().is_some_and(|(until, _)| *until <= now) {
            self.recent.pop_first();
        }
    }

    /// Changes one bucket and keeps `ready` true to it.
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

    /// Deals everyone out anew after `max_concurrency` changed.
    fn regroup(&mut self, now: Instant) {
        self.buckets.clear();
        self.ready.clear();
        let mut tickets = self
            .tickets
            .iter()
            .map(|(ticket, stage)| (*ticket, *stage))
            .collect::<Vec<_>>();
        tickets.sort_unstable_by_key(|(ticket, _)| *ticket);
        for (ticket, stage) in tickets {
            match stage {
                Stage::Waiting(Place { shard, .. }) => {
                    let key = self.key(shard);
                    let place =
                        self.change_bucket(now, key, |bucket| bucket.join(now, shard, ticket));
                    self.tickets.insert(ticket, Stage::Waiting(place));
                }
                Stage::Leased { shard, .. } => {
                    let key = self.key(shard);
                    self.change_bucket(now, key, |bucket| bucket.leased += 1);
                }
                Stage::Lapsed { .. } => {}
            }
        }
        for (until, shard) in self.recent.clone() {
            self.keep_distance(until, shard);
        }
    }
}
