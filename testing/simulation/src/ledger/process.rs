//! One process: a scheduler, driven as by the in-memory queue, with a common ledger.

use super::Shared;
use crate::bug::Bug;
use gloaming_queue::{
    LedgerEntry, LedgerVerdict, QueueSettings, RecordedIdentify, Scheduler, SchedulerDecision,
    SpendOutcome, Ticket,
};
use gloaming_test_support::Random;
use std::{collections::BTreeMap, time::Duration};

/// How often a process with a used up budget looks at the ledger.
const LOOK_INTERVAL: Duration = Duration::from_secs(10 * 60);

/// How often a process writes down that time has passed.
const REFRESH_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// The minimum wait after the ledger refused an identify.
const MIN_DEFERRAL: Duration = Duration::from_millis(100);

pub(super) struct Process {
    shards: u32,
    random: Random,
    state: State,
}

enum State {
    Killed { until: Duration },
    Running(Box<Running>),
}

struct Running {
    scheduler: Scheduler,
    waiting: BTreeMap<Ticket, u32>,
    /// Granted permits, by when they are used.
    held: BTreeMap<(Duration, Ticket), (RecordedIdentify, Use)>,
    /// Used permits, by when the ledger is told.
    used: BTreeMap<(Duration, Ticket), LedgerEntry>,
    /// When a shard needs another session.
    lost: BTreeMap<(Duration, u32), ()>,
    own: Vec<RecordedIdentify>,
    poll_at: Duration,
    look_at: Duration,
    refresh_at: Duration,
}

/// What the shard does with its permit.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Use {
    Send,
    Return,
}

/// What a process did.
pub(super) enum Step {
    Internal,
    /// It sent IDENTIFY.
    Identified {
        shard: u32,
    },
}

impl Process {
    pub(super) fn new(shards: u32, seed: u64) -> Self {
        Self {
            shards,
            random: Random::new(seed),
            state: State::Killed {
                until: Duration::ZERO,
            },
        }
    }

    pub(super) fn kill(&mut self, until: Duration) {
        self.state = State::Killed { until };
    }

    /// Returns when the process acts next.
    pub(super) fn due(&self) -> Duration {
        match &self.state {
            State::Killed { until } => *until,
            State::Running(running) => running.due(),
        }
    }

    /// Acts once.
    pub(super) fn step(&mut self, elapsed: Duration, shared: &mut Shared) -> Step {
        match &mut self.state {
            State::Killed { .. } => {
                let running = Running::start(self.shards, elapsed, shared);
                self.state = State::Running(Box::new(running));
                Step::Internal
            }
            State::Running(running) => running.step(&mut self.random, elapsed, shared),
        }
    }
}

impl Running {
    fn start(shards: u32, elapsed: Duration, shared: &Shared) -> Self {
        let (now, at) = (shared.clock.now(), shared.machine.read(elapsed));
        let left = shared.ledger.restrict(shared.settings, &at);
        let mut scheduler = Scheduler::new(left, now);
        for (identify, wait) in shared.ledger.spacing_left(&at) {
            scheduler.hold(now, identify.shard, wait);
        }
        let waiting = (0..shards).map(|shard| (scheduler.enqueue(now, shard), shard));
        Self {
            waiting: waiting.collect(),
            scheduler,
            held: BTreeMap::new(),
            used: BTreeMap::new(),
            lost: BTreeMap::new(),
            own: Vec::new(),
            poll_at: elapsed,
            look_at: elapsed + LOOK_INTERVAL,
            refresh_at: elapsed + REFRESH_INTERVAL,
        }
    }

    fn due(&self) -> Duration {
        let held = self.held.first_key_value().map(|((at, _), _)| *at);
        let used = self.used.first_key_value().map(|((at, _), _)| *at);
        let lost = self.lost.first_key_value().map(|((at, _), ())| *at);
        let timers = [self.poll_at, self.refresh_at];
        let events = [held, used, lost].into_iter().flatten();
        events.chain(timers).min().unwrap_or(self.poll_at)
    }

    fn step(&mut self, random: &mut Random, elapsed: Duration, shared: &mut Shared) -> Step {
        let now = shared.clock.now();
        let at = shared.machine.read(elapsed);
        if is_due(&self.used, elapsed)
            && let Some((_, entry)) = self.used.pop_first()
        {
            shared.ledger.apply(&entry, &at);
        } else if is_due(&self.held, elapsed)
            && let Some(((_, ticket), (identify, used_as))) = self.held.pop_first()
        {
            self.poll_at = elapsed;
            let told = elapsed + random.millis(0, 50);
            if used_as == Use::Return {
                self.scheduler.release(now, ticket);
                let entry = LedgerEntry::Returned(identify);
                self.used.insert((told, ticket), entry);
                self.lost.insert((told, identify.shard), ());
            } else if self.scheduler.spend(now, ticket) == SpendOutcome::InTime {
                let entry = LedgerEntry::Sent { identify, at };
                self.used.insert((told, ticket), entry);
                let shard = identify.shard;
                let lasts = random.millis(0, 4 * 60 * 60 * 1000);
                self.lost.insert((elapsed + lasts, shard), ());
                return Step::Identified { shard };
            } else {
                // It gives up.
                self.lost.insert((told, identify.shard), ());
            }
        } else if is_due(&self.lost, elapsed)
            && let Some(((_, shard), ())) = self.lost.pop_first()
        {
            self.waiting
                .insert(self.scheduler.enqueue(now, shard), shard);
            self.poll_at = elapsed;
        } else if self.refresh_at <= elapsed {
            shared.ledger.pass_time(&at);
            self.refresh_at = elapsed + REFRESH_INTERVAL;
        } else {
            self.poll(random, elapsed, shared);
        }
        Step::Internal
    }

    fn poll(&mut self, random: &mut Random, elapsed: Duration, shared: &mut Shared) {
        let now = shared.clock.now();
        if self.look_at <= elapsed {
            self.synchronize(elapsed, shared);
            self.look_at = elapsed + LOOK_INTERVAL;
        }
        match self.scheduler.poll(now) {
            SchedulerDecision::Grant(ticket) => {
                if let Some(shard) = self.waiting.remove(&ticket) {
                    self.request(random, elapsed, shared, ticket, shard);
                }
            }
            SchedulerDecision::WaitUntil(until) => self.poll_at = shared.clock.offset(until),
            SchedulerDecision::Exhausted { until } => {
                self.poll_at = shared.clock.offset(until).min(self.look_at);
            }
            SchedulerDecision::Idle => self.poll_at = Duration::MAX,
        }
    }

    /// Asks the ledger for the identify of a granted permit.
    fn request(
        &mut self,
        random: &mut Random,
        elapsed: Duration,
        shared: &mut Shared,
        ticket: Ticket,
        shard: u32,
    ) {
        let now = shared.clock.now();
        let at = shared.machine.read(elapsed);
        let identify = RecordedIdentify { shard, at: at.wall };
        let settings = QueueSettings {
            reserve: match shared.bug {
                Some(Bug::CommonReserveSpent) => 0,
                _ => shared.settings.reserve,
            },
            ..shared.settings
        };
        let mut verdict = shared.ledger.spend(identify, &settings, &at);
        if shared.bug == Some(Bug::RefusalIgnored) && verdict != LedgerVerdict::Recorded {
            shared.ledger.apply(&LedgerEntry::Spent(identify), &at);
            verdict = LedgerVerdict::Recorded;
        }
        if verdict == LedgerVerdict::Recorded {
            self.own.push(identify);
            if shared.bug == Some(Bug::SpacingFromGrant) {
                shared
                    .ledger
                    .apply(&LedgerEntry::Sent { identify, at }, &at);
            }
            // Mostly at once; sometimes the socket is blocked for longer than the lease.
            let longest = random.pick(&[5, 100, 100, 2000, 30_000, 80_000]);
            let used_at = elapsed + random.millis(0, longest);
            let used_as = match random.once_in(8) {
                true => Use::Return,
                false => Use::Send,
            };
            self.held.insert((used_at, ticket), (identify, used_as));
        } else {
            self.scheduler.defer(now, ticket);
            self.waiting.insert(ticket, shard);
            self.synchronize(elapsed, shared);
            self.scheduler.hold(now, shard, MIN_DEFERRAL);
        }
    }

    /// Learns what other processes did.
    fn synchronize(&mut self, elapsed: Duration, shared: &Shared) {
        let now = shared.clock.now();
        let at = shared.machine.read(elapsed);
        let all = QueueSettings {
            remaining: u32::MAX,
            ..shared.settings
        };
        let left = shared.ledger.restrict(all, &at);
        let held = u32::try_from(self.held.len()).unwrap_or(u32::MAX);
        let remaining = left.remaining.saturating_add(held);
        self.scheduler.count_down(now, remaining, left.reset_after);
        for (identify, wait) in shared.ledger.spacing_left(&at) {
            if !self.own.contains(&identify) {
                self.scheduler.hold(now, identify.shard, wait);
            }
        }
    }
}

fn is_due<K, V>(events: &BTreeMap<(Duration, K), V>, elapsed: Duration) -> bool
where
    K: Ord,
{
    let first = events.first_key_value();
    first.is_some_and(|((at, _), _)| *at <= elapsed)
}
