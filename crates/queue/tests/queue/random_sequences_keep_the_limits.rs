//! Ten thousand seeded sequences of everything that can happen to a scheduler,
//! judged by a gateway that knows nothing of it:
//!
//! - no two identifies of one key within 5 s (P11), even if one was 250 ms longer
//!   on its way,
//! - never more identifies than the daily limit less the reserve (P12), whether
//!   Discord's periods follow each other or start with their first identify,
//! - no permit is given twice, and every ticket comes to its end.
//!
//! Outside of the promise are permits used past their lease and permits that
//! were out when the settings changed.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use crate::support::{DAY, INTERVAL, concurrency, origin};
use gloaming_queue::{LEASE, Next, Scheduler, Settings, Spend, Ticket};
use gloaming_test_support::Random;

#[test]
fn ten_thousand_times() {
    let mut identifies = 0;
    for seed in 0..10_000 {
        match World::new(seed).play() {
            Ok(count) => identifies += count,
            Err(reason) => panic!("seed {seed}: {reason}"),
        }
    }
    assert!(identifies > 100_000, "too quiet: {identifies}");
}

type Verdict = Result<(), String>;

struct World {
    random: Random,
    now: Instant,
    scheduler: Scheduler,
    gateway: Gateway,
    waiting: BTreeMap<Ticket, u32>,
    held: BTreeMap<Ticket, Held>,
    /// Counts the changes of settings.
    era: u32,
}

#[derive(Clone, Copy)]
struct Held {
    shard: u32,
    granted_at: Instant,
    era: u32,
}

impl World {
    fn new(seed: u64) -> Self {
        let now = origin();
        let mut random = Random::new(seed);
        let settings = any_settings(&mut random);
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
            era: 0,
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

    fn step(&mut self) -> Verdict {
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
            // Used, and lost before anyone could tell.
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

    /// Drivers are late at times, but poll until there is nothing to grant.
    fn take_grants(&mut self) -> Verdict {
        loop {
            match self.scheduler.poll(self.now) {
                Next::Grant(ticket) => {
                    let Some(shard) = self.waiting.remove(&ticket) else {
                        return Err(format!("{ticket:?} was granted and doesn't wait"));
                    };
                    let held = Held {
                        shard,
                        granted_at: self.now,
                        era: self.era,
                    };
                    self.held.insert(ticket, held);
                }
                Next::WaitUntil(at) | Next::Exhausted { until: at } if at <= self.now => {
                    return Err("told to wait for what is over".to_owned());
                }
                Next::Empty if !self.waiting.is_empty() => {
                    return Err(format!("forgot {} waiting", self.waiting.len()));
                }
                Next::WaitUntil(_) | Next::Exhausted { .. } | Next::Empty => return Ok(()),
            }
        }
    }

    fn spend(&mut self, ticket: Ticket) -> Verdict {
        let in_time = self.identify(ticket)?;
        let spend = self.scheduler.spend(self.now, ticket);
        let expected = if in_time {
            Spend::InTime
        } else {
            Spend::Lapsed
        };
        if spend != expected {
            return Err(format!("{spend:?} instead of {expected:?}"));
        }
        if self.scheduler.spend(self.now, ticket) != Spend::Unknown {
            return Err("spent twice".to_owned());
        }
        Ok(())
    }

    /// Uses a permit; false if that was past its lease, which is not judged.
    fn identify(&mut self, ticket: Ticket) -> Result<bool, String> {
        let held = self.held.remove(&ticket).expect("picked from those held");
        let in_time = self.now < held.granted_at + LEASE;
        if in_time {
            let keys = self.scheduler.settings().max_concurrency.get().into();
            let keys = (held.era == self.era).then_some(keys);
            self.gateway.identify(self.now, held.shard, keys)?;
        }
        Ok(in_time)
    }

    fn update(&mut self) {
        let settings = any_settings(&mut self.random);
        self.scheduler.update(self.now, settings);
        let promised = u32::try_from(self.held.len()).unwrap();
        self.gateway.announce(&settings, self.now, promised);
        self.era += 1;
    }

    /// Lets everyone have their turn.
    fn finish(&mut self) -> Verdict {
        for _ in 0..10_000 {
            self.take_grants()?;
            while let Some((ticket, _)) = self.held.first_key_value() {
                self.spend(*ticket)?;
            }
            match self.scheduler.poll(self.now) {
                Next::Grant(_) => return Err("granted late".to_owned()),
                Next::WaitUntil(at) | Next::Exhausted { until: at } => self.now = at,
                Next::Empty => return Ok(()),
            }
        }
        Err(format!("{} wait forever", self.waiting.len()))
    }
}

fn pick<T>(random: &mut Random, tickets: &BTreeMap<Ticket, T>) -> Option<Ticket> {
    let count = u64::try_from(tickets.len()).unwrap();
    let index = random.below(count.max(1));
    tickets.keys().nth(index.try_into().unwrap()).copied()
}

/// Small totals, so that the limit is always near; one left at least, so that
/// everyone gets through in the end.
fn any_settings(random: &mut Random) -> Settings {
    let mut below = |bound: u32| random.below(bound);
    let total = 1 + below(40);
    Settings {
        max_concurrency: concurrency(1 + u16::try_from(below(6)).unwrap()),
        remaining: below(total + 1),
        total,
        reset_after: Duration::from_secs(below(86_401).into()),
        reserve: below(total),
    }
}

/// What begins the next period of the daily limit; Discord doesn't say.
enum Periods {
    Gapless,
    FromFirstIdentify,
}

/// Counts identifies as Discord does.
struct Gateway {
    periods: Periods,
    limit: u32,
    used: u32,
    ends: Option<Instant>,
    last: HashMap<u32, Instant>,
    identifies: u32,
}

impl Gateway {
    fn new(settings: &Settings, now: Instant, periods: Periods) -> Self {
        let mut gateway = Self {
            periods,
            limit: 0,
            used: 0,
            ends: None,
            last: HashMap::new(),
            identifies: 0,
        };
        gateway.announce(settings, now, 0);
        gateway
    }

    /// Makes `settings` the truth; `promised` permits were out before.
    fn announce(&mut self, settings: &Settings, now: Instant, promised: u32) {
        self.limit = settings.total - settings.reserve + promised;
        self.used = settings.total - settings.remaining;
        if self.used > settings.total - settings.reserve {
            self.limit = self.used + promised;
        }
        self.ends = match self.periods {
            Periods::FromFirstIdentify if self.used == 0 => None,
            Periods::Gapless | Periods::FromFirstIdentify => Some(now + settings.reset_after),
        };
    }

    /// `keys` is `None` for a permit that is older than the keys are.
    fn identify(&mut self, now: Instant, shard: u32, keys: Option<u32>) -> Verdict {
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
            return Err(format!("{} identifies of {}", self.used, self.limit));
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
