//! The schedule of faults, drawn from a seed.

mod tables;

use std::{fmt, time::Duration};

use gloaming_test_support::Random;
use serde_json::{Value, json};

use self::tables::{FOR_ALL_SHARDS, FOR_SOME_SHARDS, SCENARIOS};

/// A fault.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fault {
    /// A scenario of the emulator, and a shard that is made to identify: many scenarios start with an IDENTIFY.
    Scenario(&'static str, u32),
    /// Actions of the emulator, at the same time.
    Actions(&'static str, Vec<Value>),
    /// The consumers of the cluster take no events for this time.
    SlowConsumers(Duration),
    /// The cluster is closed, and another one continues with its saved sessions.
    RestartCluster,
    /// These shards are closed, if they are standalone, and restarted with their saved sessions.
    RestartStandalone(Vec<u32>),
    /// The user reconnects these shards.
    Reconnect(Vec<u32>),
}

/// Faults that are injected at about the same time.
#[derive(Debug)]
pub(crate) struct Round {
    pub(crate) faults: Vec<Fault>,
    pub(crate) duration: Duration,
}

/// A kind of fault. Numbers are indices of the tables.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum FaultKind {
    Scenario(usize),
    ForAllShards(usize),
    ForSomeShards(usize),
    Burst,
    SlowConsumers,
    RestartCluster,
    RestartStandalone,
    Reconnect,
}

impl FaultKind {
    fn all() -> Vec<Self> {
        let scenarios = (0..SCENARIOS.len()).map(Self::Scenario);
        let for_all = (0..FOR_ALL_SHARDS.len()).map(Self::ForAllShards);
        let for_some = (0..FOR_SOME_SHARDS.len()).map(Self::ForSomeShards);
        let others = [
            Self::Burst,
            Self::SlowConsumers,
            Self::RestartCluster,
            Self::RestartStandalone,
            Self::Reconnect,
        ];
        scenarios
            .chain(for_all)
            .chain(for_some)
            .chain(others)
            .collect()
    }

    /// Returns the seconds until the effects of the fault have occurred.
    const fn seconds(self) -> u64 {
        match self {
            Self::Scenario(index) => SCENARIOS[index].1,
            Self::ForAllShards(index) => FOR_ALL_SHARDS[index].1,
            Self::ForSomeShards(index) => FOR_SOME_SHARDS[index].1,
            Self::Burst | Self::Reconnect => 5,
            Self::RestartCluster | Self::RestartStandalone => 8,
            Self::SlowConsumers => 20,
        }
    }

    fn build(self, random: &mut Random, shards: u32) -> Fault {
        match self {
            Self::Scenario(index) => {
                let shard = random.between(0, u64::from(shards) - 1);
                Fault::Scenario(SCENARIOS[index].0, u32::try_from(shard).unwrap_or(0))
            }
            Self::ForAllShards(index) => {
                let (name, _, actions) = FOR_ALL_SHARDS[index];
                let actions = actions.iter().map(|action| {
                    serde_json::from_str(action).expect("the actions of the table are JSON")
                });
                Fault::Actions(name, actions.collect())
            }
            Self::ForSomeShards(index) => {
                let (name, _, build) = FOR_SOME_SHARDS[index];
                let actions = some_shards(random, shards).into_iter().map(|shard| {
                    let mut action = build(random);
                    action["shard"] = json!(shard);
                    action
                });
                Fault::Actions(name, actions.collect())
            }
            Self::Burst => {
                let count = random.between(10, 40) * u64::from(shards);
                Fault::Actions(
                    "event burst",
                    vec![json!({"action": "generate-events", "count": count})],
                )
            }
            Self::SlowConsumers => Fault::SlowConsumers(Duration::from_secs(random.between(3, 14))),
            Self::RestartCluster => Fault::RestartCluster,
            Self::RestartStandalone => Fault::RestartStandalone(some_shards(random, shards)),
            Self::Reconnect => Fault::Reconnect(some_shards(random, shards)),
        }
    }
}

/// Draws faults from a seed, each kind once before any kind is repeated.
#[derive(Debug)]
pub(crate) struct FaultSchedule {
    random: Random,
    shards: u32,
    /// The kinds that were not drawn yet, in reverse order.
    pending: Vec<FaultKind>,
}

impl FaultSchedule {
    pub(crate) const fn new(seed: u64, shards: u32) -> Self {
        Self {
            random: Random::new(seed),
            shards,
            pending: Vec::new(),
        }
    }

    /// Returns the next round, which takes at most `limit`.
    pub(crate) fn next_round(&mut self, limit: Duration) -> Round {
        let count = self.random.between(2, 4);
        let mut seconds = 0;
        let mut faults = Vec::new();
        for _ in 0..count {
            let Some(kind) = self.next_kind(limit.as_secs()) else {
                break;
            };
            seconds = kind.seconds().max(seconds);
            faults.push(kind.build(&mut self.random, self.shards));
        }
        Round {
            faults,
            duration: Duration::from_secs(seconds).min(limit),
        }
    }

    /// Returns the next kind that takes at most this number of seconds.
    fn next_kind(&mut self, limit: u64) -> Option<FaultKind> {
        let fits = |kind: &FaultKind| kind.seconds() <= limit;
        if !self.pending.iter().any(fits) {
            let mut all = FaultKind::all();
            // The remaining kinds are drawn before the new ones.
            all.retain(|kind| !self.pending.contains(kind));
            self.random.shuffle(&mut all);
            all.append(&mut self.pending);
            self.pending = all;
        }
        let index = self.pending.iter().rposition(fits)?;
        Some(self.pending.remove(index))
    }

    pub(crate) const fn random(&mut self) -> &mut Random {
        &mut self.random
    }
}

/// Returns one shard, or up to a third of them.
fn some_shards(random: &mut Random, shards: u32) -> Vec<u32> {
    let mut all: Vec<u32> = (0..shards).collect();
    random.shuffle(&mut all);
    let count = random.between(1, u64::from(shards / 3).max(1));
    all.truncate(usize::try_from(count).unwrap_or(1));
    all
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scenario(name, _) => f.write_str(name),
            Self::Actions(name, actions)
                if actions.iter().all(|action| action.get("shard").is_some()) =>
            {
                write!(f, "{name} × {}", actions.len())
            }
            Self::Actions(name, _) => f.write_str(name),
            Self::SlowConsumers(time) => write!(f, "consumers paused for {} s", time.as_secs()),
            Self::RestartCluster => f.write_str("client restart of the cluster"),
            Self::RestartStandalone(shards) => write!(f, "client restart × {}", shards.len()),
            Self::Reconnect(shards) => write!(f, "reconnect requested × {}", shards.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use gloaming_emulator::scenario::Scenario;

    use super::*;

    fn faults(seed: u64, rounds: usize) -> Vec<Fault> {
        let mut schedule = FaultSchedule::new(seed, 64);
        let rounds = (0..rounds).map(|_| schedule.next_round(Duration::from_secs(600)));
        rounds.flat_map(|round| round.faults).collect()
    }

    #[test]
    fn seed_determines_the_schedule() {
        assert_eq!(faults(7, 30), faults(7, 30));
        assert_ne!(faults(7, 30), faults(8, 30));
    }

    #[test]
    fn seed_keeps_its_meaning() {
        let first: Vec<String> = faults(7, 3).iter().map(ToString::to_string).collect();
        let expected = [
            "heartbeats requested",
            "rolling-restart",
            "op 9 × 20",
            "slow-loris",
            "dropped × 5",
            "client restart × 19",
            "ACKs withheld",
            "fragmented-frames",
        ];
        assert_eq!(first, expected);
    }

    #[test]
    fn every_kind_is_drawn_before_any_is_repeated() {
        let mut schedule = FaultSchedule::new(3, 64);
        let all = FaultKind::all();
        let drawn: Vec<FaultKind> = (0..all.len())
            .filter_map(|_| schedule.next_kind(600))
            .collect();
        assert!(all.iter().all(|kind| drawn.contains(kind)));
    }

    #[test]
    fn every_action_has_a_name() {
        let mut random = Random::new(1);
        for kind in FaultKind::all() {
            let fault = kind.build(&mut random, 64);
            if let Fault::Actions(name, actions) = fault {
                assert!(!actions.is_empty(), "{name}");
                assert!(
                    actions.iter().all(|action| action["action"].is_string()),
                    "{name}"
                );
            }
            if let FaultKind::ForAllShards(index) = kind {
                let in_table = FOR_ALL_SHARDS[index].2.len();
                let Fault::Actions(name, actions) = kind.build(&mut random, 64) else {
                    panic!("the kind builds actions");
                };
                assert_eq!(actions.len(), in_table, "{name}");
            }
        }
    }

    #[test]
    fn all_scenarios_of_the_emulator_are_included() {
        let mut included: Vec<&str> = SCENARIOS.iter().map(|(name, _)| *name).collect();
        included.sort_unstable();
        let library = Scenario::library();
        let names = library.iter().map(|scenario| &*scenario.name);
        let mut expected: Vec<&str> = names
            .filter(|name| !matches!(*name, "burst-100k" | "hidden-channels" | "slow-network"))
            .collect();
        expected.sort_unstable();
        assert_eq!(included, expected);
    }

    #[test]
    fn round_contains_only_faults_that_fit_its_limit() {
        let mut schedule = FaultSchedule::new(5, 64);
        for _ in 0..50 {
            let round = schedule.next_round(Duration::from_secs(12));
            assert!(!round.faults.is_empty());
            assert!(round.duration <= Duration::from_secs(12));
        }
        assert!(
            schedule
                .next_round(Duration::from_secs(3))
                .faults
                .is_empty()
        );
    }

    #[test]
    fn only_existing_shards_are_chosen() {
        let mut random = Random::new(1);
        for shards in [1, 4, 100] {
            let some = some_shards(&mut random, shards);
            assert!(!some.is_empty() && some.iter().all(|shard| *shard < shards));
        }
    }
}
