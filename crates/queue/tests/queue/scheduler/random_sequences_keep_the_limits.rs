//! Ten thousand seeded sequences of calls to a scheduler, checked by an
//! independent model of the gateway:
//!
//! - No two identifies of one key arrive within 5 s (P11), even if one has a
//!   250 ms longer latency.
//! - There are never more identifies than the daily limit minus the reserve
//!   (P12), whether Discord's periods follow each other or start with their first
//!   identify.
//! - No permit is granted twice, and every ticket is granted or canceled.
//!
//! Not checked are permits used after their lease, and permits that were leased
//! when the settings changed.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use crate::harness::{DAY, INTERVAL, concurrency, origin};
use gloaming_queue::{
    PERMIT_LEASE, QueueSettings, Scheduler, SchedulerDecision, SpendOutcome, Ticket,
};
use gloaming_test_support::Random;

#[test]
fn ten_thousand_seeds_keep_the_limits() {
    let mut identifies = 0;
    for seed in 0..10_000 {
        match World::new(seed).play() {
            Ok(count) => identifies += count,
            Err(reason) => panic!("seed {seed}: {reason}"),
        }
    }
    assert!(identifies > 100_000, "too few identifies: {identifies}");
}

type Checked = Result<(), String>;

struct World {
    random: Random,
    now: Instant,
    scheduler: Scheduler,
    gateway: Gateway,
    waiting: BTreeMap<Ticket, u32>,
    held: BTreeMap<Ticket, Held>,
    /// The number of changes of the settings.
    version: u32,
}

#[derive(Clone, Copy)]
struct Held {
    shard: u32,
    granted_at: Instant,
    /// The version of the settings at the grant.
    version: u32,
}

impl World {
    fn new(seed: u64) -> Self {
        let now = origin();
        let mut random = Random::new(seed);
        let settings = random_settings(&mut random);
        let periods = match random.below(2) {
            0 => Periods::Gapless,
            _ => Periods::FromFirstIdentify,
        };
        Self {
            random,
            now,
            scheduler: Scheduler::new(settings, now),
            gateway: Gateway::new(&settings, now, periods),
            waiting: BTreeMap::new(),
            held: BTreeMap::new(),
            version: 0,
        }
    }

    fn play(mut self) -> Result<u32, String> {
        for _ in 0..self.random.below(120) {
            self.step()?;
            self.take_grants()?;
        }
        self.finish()?;
        Ok(self.gateway.identifies)
    }

    fn step(&mut self) -> Checked {
        match self.random.below(20) {
            0..6 => {
                let shard = u32::try_from(self.random.below(24)).unwrap();
                let ticket = self.scheduler.enqueue(self.now, shard);
                self.waiting.insert(ticket, shard);
            }
            6 => {
                if let Some(ticket) = pick(&mut self.random, &self.waiting) {
                    self.waiting.remove(&ticket);
                    self.scheduler.cancel(self.now, ticket);
                }
            }
            7..12 => {
                if let Some(ticket) = pick(&mut self.random, &self.held) {
                    self.spend(ticket)?;
                }
            }
            12 => {
                if let Some(ticket) = pick(&mut self.random, &self.held) {
                    self.held.remove(&ticket);
                    self.scheduler.release(self.now, ticket);
                }
            }
            // IDENTIFY was sent, but the scheduler does not learn of it.
            13 => {
                if let Some(ticket) = pick(&mut self.random, &self.held) {
                    self.identify(ticket)?;
                }
            }
            14 => self.update(),
            15 => self.now += Duration::from_millis(self.random.below(100_000)),
            16 if self.random.below(8) == 0 => {
                self.now += Duration::from_secs(self.random.below(100_000));
            }
            _ => self.now += Duration::from_millis(self.random.below(6_000)),
        }
        Ok(())
    }

    /// Polls until there is nothing to grant, possibly later than required.
    fn take_grants(&mut self) -> Checked {
        loop {
            match self.scheduler.poll(self.now) {
                SchedulerDecision::Grant(ticket) => {
                    let Some(shard) = self.waiting.remove(&ticket) else {
                        return Err(format!("{ticket:?} was granted without waiting"));
                    };
                    let held = Held {
                        shard,
                        granted_at: self.now,
                        version: self.version,
                    };
                    self.held.insert(ticket, held);
                }
                SchedulerDecision::WaitUntil(at) | SchedulerDecision::Exhausted { until: at }
                    if at <= self.now =>
                {
                    return Err("the wait is in the past".to_owned());
                }
                SchedulerDecision::Idle if !self.waiting.is_empty() => {
                    return Err(format!(
                        "{} shards wait, but the scheduler is idle",
                        self.waiting.len()
                    ));
                }
                SchedulerDecision::WaitUntil(_)
                | SchedulerDecision::Exhausted { .. }
                | SchedulerDecision::Idle => return Ok(()),
            }
        }
    }

    fn spend(&mut self, ticket: Ticket) -> Checked {
        let in_time = self.identify(ticket)?;
        let spend = self.scheduler.spend(self.now, ticket);
        let expected = if in_time {
            SpendOutcome::InTime
        } else {
            SpendOutcome::Lapsed
        };
        if spend != expected {
            return Err(format!("{spend:?} instead of {expected:?}"));
        }
        if self.scheduler.spend(self.now, ticket) != SpendOutcome::Unknown {
            return Err("spent twice".to_owned());
        }
        Ok(())
    }

    /// Uses a permit. Returns false after the end of its lease, which is not checked.
    fn identify(&mut self, ticket: Ticket) -> Result<bool, String> {
        let held = self.held.remove(&ticket).expect("picked from those held");
        let in_time = self.now < held.granted_at + PERMIT_LEASE;
        if in_time {
            let keys = self.scheduler.settings().max_concurrency.get().into();
            let keys = (held.version == self.version).then_some(keys);
            self.gateway.identify(self.now, held.shard, keys)?;
        }
        Ok(in_time)
    }

    fn update(&mut self) {
        let settings = random_settings(&mut self.random);
        self.scheduler.update(self.now, settings);
        let leased = u32::try_from(self.held.len()).unwrap();
        self.gateway.set_limits(&settings, self.now, leased);
        self.version += 1;
    }

    /// Runs until every shard was granted a permit.
    fn finish(&mut self) -> Checked {
        for _ in 0..10_000 {
            self.take_grants()?;
            while let Some((ticket, _)) = self.held.first_key_value() {
                self.spend(*ticket)?;
            }
            match self.scheduler.poll(self.now) {
                SchedulerDecision::Grant(_) => {
                    return Err("granted only on the second poll".to_owned());
                }
                SchedulerDecision::WaitUntil(at) | SchedulerDecision::Exhausted { until: at } => {
                    self.now = at
                }
                SchedulerDecision::Idle => return Ok(()),
            }
        }
        Err(format!("{} shards wait forever", self.waiting.len()))
    }
}

fn pick<T>(random: &mut Random, tickets: &BTreeMap<Ticket, T>) -> Option<Ticket> {
    let count = u64::try_from(tickets.len()).unwrap();
    let index = random.below(count.max(1));
    tickets.keys().nth(index.try_into().unwrap()).copied()
}

/// Small totals, so that the limit is often reached; at least one identify more
/// than the reserve, so that every shard is granted a permit in the end.
fn random_settings(random: &mut Random) -> QueueSettings {
    let mut below = |bound: u32| random.below(bound);
    let total = 1 + below(40);
    QueueSettings {
        max_concurrency: concurrency(1 + u16::try_from(below(6)).unwrap()),
        remaining: below(total + 1),
        total,
        reset_after: Duration::from_secs(below(86_401).into()),
        reserve: below(total),
    }
}

/// When the next period of the daily limit begins, which Discord does not document.
enum Periods {
    Gapless,
    FromFirstIdentify,
}

/// Counts identifies like Discord.
struct Gateway {
    periods: Periods,
    limit: u32,
    used: u32,
    ends: Option<Instant>,
    last: HashMap<u32, Instant>,
    identifies: u32,
}

impl Gateway {
    fn new(settings: &QueueSettings, now: Instant, periods: Periods) -> Self {
        let mut gateway = Self {
            periods,
            limit: 0,
            used: 0,
            ends: None,
            last: HashMap::new(),
            identifies: 0,
        };
        gateway.set_limits(settings, now, 0);
        gateway
    }

    /// Adopts `settings`; `leased` permits were granted before.
    fn set_limits(&mut self, settings: &QueueSettings, now: Instant, leased: u32) {
        self.limit = settings.total - settings.reserve + leased;
        self.used = settings.total - settings.remaining;
        if self.used > settings.total - settings.reserve {
            self.limit = self.used + leased;
        }
        self.ends = match self.periods {
            Periods::FromFirstIdentify if self.used == 0 => None,
            Periods::Gapless | Periods::FromFirstIdentify => Some(now + settings.reset_after),
        };
    }

    /// `keys` is `None` for a permit that was granted under other settings.
    fn identify(&mut self, now: Instant, shard: u32, keys: Option<u32>) -> Checked {
        if let Some(ends) = self.ends
            && ends <= now
        {
            self.used = 0;
            self.ends = match self.periods {
                Periods::FromFirstIdentify => None,
                Periods::Gapless => {
                    let periods = (now - ends).as_secs() / DAY.as_secs() + 1;
                    Some(ends + DAY * u32::try_from(periods).unwrap())
                }
            };
        }
        self.ends.get_or_insert(now + DAY);
        self.identifies += 1;
        self.used += 1;
        if self.used > self.limit {
            return Err(format!(
                "{} identifies with a limit of {}",
                self.used, self.limit
            ));
        }
        for (other, at) in &self.last {
            if keys.is_some_and(|keys| other % keys == shard % keys) && now < *at + INTERVAL {
                return Err(format!("{shard} identified {:?} after {other}", now - *at));
            }
        }
        self.last.insert(shard, now);
        Ok(())
    }
}
