//! What goes wrong, dealt by a seed.

use std::{fmt, time::Duration};

use serde_json::{Value, json};

use crate::random::Random;

/// Something that goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Trouble {
    /// A scenario of the emulator's library.
    Scenario(&'static str),
    /// Deeds of the emulator's, at once.
    Deeds(&'static str, Vec<Value>),
    /// The consumers of the shards take nothing for so long.
    SlowConsumers(Duration),
    /// The cluster is closed, and another one goes on with the sessions that it left.
    ClusterDeploy,
    /// The same, for these of the shards without a cluster.
    LoneDeploy(Vec<u32>),
    /// The user reconnects these shards.
    Reconnect(Vec<u32>),
}

/// What goes wrong for a while, all at once or nearly so.
#[derive(Debug)]
pub(crate) struct Round {
    pub(crate) troubles: Vec<Trouble>,
    pub(crate) lasting: Duration,
}

/// Scenarios of the library, with the seconds that each needs to come to something. The one left out, `burst-100k`,
/// is here as bursts of other sizes.
const SCENARIOS: [(&str, u64); 21] = [
    ("accept-then-close", 12),
    ("dead-resume-host", 12),
    ("duplicate-frames", 12),
    ("every-close-code", 25),
    ("flapping", 65),
    ("half-open", 25),
    ("heartbeat-ack-drop", 35),
    ("heartbeat-requests", 12),
    ("lost-sessions", 15),
    ("mute-hello", 25),
    ("mute-ready", 20),
    ("op7-first", 12),
    ("op7-storm", 20),
    ("op9-resumable", 12),
    ("op9-storm", 20),
    ("outage", 25),
    ("rolling-restart", 45),
    ("scattered-zlib", 12),
    ("slow-loris", 25),
    ("split-frames", 12),
    ("torn-zlib", 12),
];

/// After which a client comes back, or may.
const CLOSE_CODES: [u64; 12] = [
    1000, 1001, 1011, 1012, 4000, 4001, 4002, 4003, 4005, 4007, 4008, 4009,
];

/// Of what is not in the library: each takes the seed and the shards, and gives what happens.
type Maker = fn(&mut Random, u32) -> Trouble;

const OWN: [(Maker, u64); 24] = [
    (|_, _| all("all cut", &[json!({"do": "drop"})]), 10),
    (|_, _| all("op 7 to all", &[json!({"do": "reconnect"})]), 10),
    (
        |_, _| {
            all(
                "op 9 resumable to all",
                &[json!({"do": "invalid-session", "resumable": true})],
            )
        },
        10,
    ),
    (
        |_, _| {
            all(
                "restart that keeps sessions",
                &[json!({"do": "restart", "keep-sessions": true})],
            )
        },
        10,
    ),
    (
        |_, _| {
            all(
                "restart that forgets sessions",
                &[json!({"do": "restart", "keep-sessions": false})],
            )
        },
        15,
    ),
    (
        |_, _| {
            all(
                "resume host refused",
                &[refuse("resume", 503, 8), json!({"do": "drop"})],
            )
        },
        15,
    ),
    (
        |_, _| {
            all(
                "both hosts refused",
                &[
                    refuse("main", 502, 6),
                    refuse("resume", 429, 8),
                    json!({"do": "drop"}),
                ],
            )
        },
        20,
    ),
    (
        |_, _| {
            all(
                "acks withheld",
                &[json!({"do": "mute", "what": "acks", "for": 15})],
            )
        },
        25,
    ),
    (
        |_, _| {
            all(
                "close replies withheld",
                &[
                    json!({"do": "mute", "what": "close-replies", "for": 12}),
                    json!({"do": "reconnect"}),
                ],
            )
        },
        15,
    ),
    (
        |_, _| all("events twice", &[json!({"do": "duplicate"})]),
        10,
    ),
    (
        |_, _| all("messages in frames", &[json!({"do": "split", "bytes": 97})]),
        10,
    ),
    (
        |_, _| {
            all(
                "messages in pieces",
                &[json!({"do": "scatter", "bytes": 61})],
            )
        },
        10,
    ),
    (
        |_, _| {
            all(
                "heartbeats asked for",
                &[json!({"do": "request-heartbeat"})],
            )
        },
        10,
    ),
    (
        |random, shards| {
            let count = random.between(10, 40) * u64::from(shards);
            all("a burst", &[json!({"do": "events", "count": count})])
        },
        10,
    ),
    (
        |random, shards| some("cut", random, shards, |_| json!({"do": "drop"})),
        10,
    ),
    (
        |random, shards| some("half-open", random, shards, |_| json!({"do": "half-open"})),
        30,
    ),
    (
        |random, shards| some("torn", random, shards, |_| json!({"do": "tear"})),
        10,
    ),
    (
        |random, shards| {
            some(
                "closed",
                random,
                shards,
                |random| json!({"do": "close", "code": random.pick(&CLOSE_CODES)}),
            )
        },
        10,
    ),
    (
        |random, shards| {
            some(
                "op 9",
                random,
                shards,
                |_| json!({"do": "invalid-session", "resumable": false}),
            )
        },
        15,
    ),
    (
        |random, shards| {
            some(
                "loaded",
                random,
                shards,
                |random| json!({"do": "flood", "count": random.between(200, 1500)}),
            )
        },
        15,
    ),
    (
        |random, shards| {
            some(
                "slow",
                random,
                shards,
                |random| json!({"do": "slow", "bytes-per-second": random.between(2, 40) * 1000}),
            )
        },
        20,
    ),
    (
        |random, _| Trouble::SlowConsumers(Duration::from_secs(random.between(3, 14))),
        20,
    ),
    (|_, _| Trouble::ClusterDeploy, 15),
    (
        |random, shards| match random.between(0, 2) {
            0 => Trouble::Reconnect(few(random, shards)),
            _ => Trouble::LoneDeploy(few(random, shards)),
        },
        10,
    ),
];

/// Deals what goes wrong, each once before any comes again.
#[derive(Debug)]
pub(crate) struct Deck {
    random: Random,
    shards: u32,
    /// Numbers of cards: of the library's scenarios, and then of our own.
    cards: Vec<usize>,
}

impl Deck {
    pub(crate) const fn new(seed: u64, shards: u32) -> Self {
        Self {
            random: Random::new(seed),
            shards,
            cards: Vec::new(),
        }
    }

    /// What goes wrong next, for no longer than that.
    pub(crate) fn round(&mut self, most: Duration) -> Round {
        let count = self.random.between(2, 4);
        let mut lasting = 0;
        let mut troubles = Vec::new();
        for _ in 0..count {
            let Some((trouble, needs)) = self.deal(most.as_secs()) else {
                break;
            };
            lasting = needs.max(lasting);
            troubles.push(trouble);
        }
        Round {
            troubles,
            lasting: Duration::from_secs(lasting).min(most),
        }
    }

    /// The next card that takes no more seconds than that.
    fn deal(&mut self, most: u64) -> Option<(Trouble, u64)> {
        if !self.cards.iter().any(|card| needs(*card) <= most) {
            self.cards = (0..SCENARIOS.len() + OWN.len()).collect();
            self.random.shuffle(&mut self.cards);
        }
        let at = self.cards.iter().rposition(|card| needs(*card) <= most)?;
        let card = self.cards.remove(at);
        let trouble = match SCENARIOS.get(card) {
            Some((name, _)) => Trouble::Scenario(name),
            None => OWN[card - SCENARIOS.len()].0(&mut self.random, self.shards),
        };
        Some((trouble, needs(card)))
    }

    pub(crate) const fn random(&mut self) -> &mut Random {
        &mut self.random
    }
}

fn needs(card: usize) -> u64 {
    match SCENARIOS.get(card) {
        Some((_, needs)) => *needs,
        None => OWN[card - SCENARIOS.len()].1,
    }
}

fn all(name: &'static str, deeds: &[Value]) -> Trouble {
    Trouble::Deeds(name, deeds.to_vec())
}

fn some(
    name: &'static str,
    random: &mut Random,
    shards: u32,
    deed: impl Fn(&mut Random) -> Value,
) -> Trouble {
    let deeds = few(random, shards).into_iter().map(|shard| {
        let mut deed = deed(random);
        deed["shard"] = json!(shard);
        deed
    });
    Trouble::Deeds(name, deeds.collect())
}

fn refuse(host: &str, status: u16, seconds: u64) -> Value {
    json!({"do": "refuse", "host": host, "status": status, "for": seconds})
}

/// From one of them to a third.
fn few(random: &mut Random, shards: u32) -> Vec<u32> {
    let mut all: Vec<u32> = (0..shards).collect();
    random.shuffle(&mut all);
    let count = random.between(1, u64::from(shards / 3).max(1));
    all.truncate(usize::try_from(count).unwrap_or(1));
    all
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scenario(name) => f.write_str(name),
            Self::Deeds(name, deeds) if deeds.iter().all(|deed| deed.get("shard").is_some()) => {
                write!(f, "{name} × {}", deeds.len())
            }
            Self::Deeds(name, _) => f.write_str(name),
            Self::SlowConsumers(time) => write!(f, "slow consumers {} s", time.as_secs()),
            Self::ClusterDeploy => f.write_str("deploy of the cluster"),
            Self::LoneDeploy(shards) => write!(f, "deploy × {}", shards.len()),
            Self::Reconnect(shards) => write!(f, "our own wish × {}", shards.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use gloaming_emulator::scenario::Scenario;

    use super::*;

    fn names(seed: u64, rounds: usize) -> Vec<String> {
        let mut deck = Deck::new(seed, 64);
        let rounds = (0..rounds).map(|_| deck.round(Duration::from_secs(600)));
        let troubles = rounds.flat_map(|round| round.troubles);
        troubles.map(|trouble| format!("{trouble:?}")).collect()
    }

    #[test]
    fn the_seed_decides() {
        assert_eq!(names(7, 30), names(7, 30));
        assert_ne!(names(7, 30), names(8, 30));
    }

    #[test]
    fn each_is_dealt_before_any_comes_again() {
        let mut deck = Deck::new(3, 64);
        let all = SCENARIOS.len() + OWN.len();
        let dealt: Vec<Trouble> = (0..all)
            .filter_map(|_| deck.deal(600))
            .map(|(trouble, _)| trouble)
            .collect();
        let scenarios: BTreeSet<&str> = dealt
            .iter()
            .filter_map(|trouble| match trouble {
                Trouble::Scenario(name) => Some(*name),
                _ => None,
            })
            .collect();
        assert_eq!((dealt.len(), scenarios.len()), (all, SCENARIOS.len()));
    }

    #[test]
    fn the_whole_library_is_dealt_but_for_its_load() {
        let dealt: Vec<&str> = SCENARIOS.iter().map(|(name, _)| *name).collect();
        let library = Scenario::library();
        let names = library.iter().map(|scenario| &*scenario.name);
        let expected: Vec<&str> = names.filter(|name| *name != "burst-100k").collect();
        assert_eq!(dealt, expected);
    }

    #[test]
    fn nothing_is_begun_that_has_no_time() {
        let mut deck = Deck::new(5, 64);
        for _ in 0..50 {
            let round = deck.round(Duration::from_secs(12));
            assert!(!round.troubles.is_empty());
            assert!(round.lasting <= Duration::from_secs(12));
        }
        assert!(deck.round(Duration::from_secs(3)).troubles.is_empty());
    }

    #[test]
    fn deeds_are_for_shards_that_exist() {
        let mut random = Random::new(1);
        for shards in [1, 4, 100] {
            let few = few(&mut random, shards);
            assert!(!few.is_empty() && few.iter().all(|shard| *shard < shards));
        }
    }
}
