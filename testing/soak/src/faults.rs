//! What goes wrong, dealt by a seed.

use std::{fmt, time::Duration};

use serde_json::{Value, json};

use gloaming_test_support::Random;

/// Something that goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Trouble {
    /// A scenario of the emulator's library, and a shard that begins anew: many scenarios wait for one to do so.
    Scenario(&'static str, u32),
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

/// Scenarios of the library, with the seconds that each needs to come to something. Left out are `burst-100k`, which
/// is here as bursts of other sizes, and `slow-network`, whose connections stay slow when all is to be quiet again.
const SCENARIOS: [(&str, u64); 28] = [
    ("accept-then-close", 12),
    ("corrupt-zlib", 12),
    ("dead-resume-host", 12),
    ("drop-while-resuming", 12),
    ("duplicate-events", 12),
    ("every-close-code", 25),
    ("flaky-acks", 75),
    ("flapping", 65),
    ("fragmented-frames", 12),
    ("guild-flood", 15),
    ("guild-outage", 70),
    ("half-open", 25),
    ("heartbeat-ack-drop", 35),
    ("heartbeat-requests", 12),
    ("invalid-json", 15),
    ("lost-hello-after-resume", 35),
    ("lost-sessions", 15),
    ("mute-hello", 25),
    ("mute-ready", 20),
    ("op7-first", 12),
    ("op7-storm", 20),
    ("op9-resumable", 12),
    ("op9-storm", 20),
    ("outage", 25),
    ("rolling-restart", 45),
    ("slow-loris", 25),
    ("split-zlib", 12),
    ("unknown-events", 25),
];

/// Deeds for all shards, with the seconds that they need.
const FOR_ALL: [(&str, u64, &[&str]); 13] = [
    ("all cut", 5, &[r#"{"action": "drop"}"#]),
    ("op 7 to all", 5, &[r#"{"action": "reconnect"}"#]),
    (
        "op 9 resumable to all",
        5,
        &[r#"{"action": "invalid-session", "resumable": true}"#],
    ),
    (
        "restart that keeps sessions",
        5,
        &[r#"{"action": "restart", "keep-sessions": true}"#],
    ),
    (
        "restart that forgets sessions",
        12,
        &[r#"{"action": "restart", "keep-sessions": false}"#],
    ),
    (
        "resume host refused",
        15,
        &[
            r#"{"action": "refuse", "host": "resume", "status": 503, "duration": 8}"#,
            r#"{"action": "drop"}"#,
        ],
    ),
    (
        "both hosts refused",
        20,
        &[
            r#"{"action": "refuse", "host": "main", "status": 502, "duration": 6}"#,
            r#"{"action": "refuse", "host": "resume", "status": 429, "duration": 8}"#,
            r#"{"action": "drop"}"#,
        ],
    ),
    (
        "acks withheld",
        25,
        &[r#"{"action": "mute", "message": "acks", "duration": 15}"#],
    ),
    (
        "close replies withheld",
        15,
        &[
            r#"{"action": "mute", "message": "close-replies", "duration": 12}"#,
            r#"{"action": "reconnect"}"#,
        ],
    ),
    ("events twice", 5, &[r#"{"action": "duplicate"}"#]),
    (
        "messages in frames",
        5,
        &[r#"{"action": "fragment", "bytes": 97}"#],
    ),
    (
        "messages in pieces",
        5,
        &[r#"{"action": "split-messages", "bytes": 61}"#],
    ),
    (
        "heartbeats asked for",
        5,
        &[r#"{"action": "request-heartbeat"}"#],
    ),
];

/// Deeds for some shards, with the seconds that they need.
const FOR_SOME: [(&str, u64, Maker); 7] = [
    ("cut", 5, |_| json!({"action": "drop"})),
    ("half-open", 30, |_| json!({"action": "half-open"})),
    ("torn", 8, |_| json!({"action": "corrupt"})),
    (
        "closed",
        8,
        |random| json!({"action": "close", "code": random.pick(&CLOSE_CODES)}),
    ),
    (
        "op 9",
        12,
        |_| json!({"action": "invalid-session", "resumable": false}),
    ),
    (
        "loaded",
        12,
        |random| json!({"action": "flood", "count": random.between(200, 1500)}),
    ),
    (
        "slow",
        20,
        |random| json!({"action": "throttle", "bytes-per-second": random.between(2, 40) * 1000}),
    ),
];

/// A deed, with what chance says of it, but for its shard.
type Maker = fn(&mut Random) -> Value;

/// After which a client comes back, or may.
const CLOSE_CODES: [u64; 12] = [
    1000, 1001, 1011, 1012, 4000, 4001, 4002, 4003, 4005, 4007, 4008, 4009,
];

/// What can be dealt; numbers are places in the tables above.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Card {
    Scenario(usize),
    ForAll(usize),
    ForSome(usize),
    Burst,
    SlowConsumers,
    ClusterDeploy,
    LoneDeploy,
    Reconnect,
}

impl Card {
    fn all() -> Vec<Self> {
        let scenarios = (0..SCENARIOS.len()).map(Self::Scenario);
        let for_all = (0..FOR_ALL.len()).map(Self::ForAll);
        let for_some = (0..FOR_SOME.len()).map(Self::ForSome);
        let own = [
            Self::Burst,
            Self::SlowConsumers,
            Self::ClusterDeploy,
            Self::LoneDeploy,
            Self::Reconnect,
        ];
        scenarios
            .chain(for_all)
            .chain(for_some)
            .chain(own)
            .collect()
    }

    /// Seconds until it has come to something.
    const fn needs(self) -> u64 {
        match self {
            Self::Scenario(at) => SCENARIOS[at].1,
            Self::ForAll(at) => FOR_ALL[at].1,
            Self::ForSome(at) => FOR_SOME[at].1,
            Self::Burst | Self::Reconnect => 5,
            Self::ClusterDeploy | Self::LoneDeploy => 8,
            Self::SlowConsumers => 20,
        }
    }

    fn trouble(self, random: &mut Random, shards: u32) -> Trouble {
        match self {
            Self::Scenario(at) => {
                let shard = random.between(0, u64::from(shards) - 1);
                Trouble::Scenario(SCENARIOS[at].0, u32::try_from(shard).unwrap_or(0))
            }
            Self::ForAll(at) => {
                let (name, _, deeds) = FOR_ALL[at];
                let deeds = deeds
                    .iter()
                    .filter_map(|deed| serde_json::from_str(deed).ok());
                Trouble::Deeds(name, deeds.collect())
            }
            Self::ForSome(at) => {
                let (name, _, make) = FOR_SOME[at];
                let deeds = few(random, shards).into_iter().map(|shard| {
                    let mut deed = make(random);
                    deed["shard"] = json!(shard);
                    deed
                });
                Trouble::Deeds(name, deeds.collect())
            }
            Self::Burst => {
                let count = random.between(10, 40) * u64::from(shards);
                Trouble::Deeds(
                    "a burst",
                    vec![json!({"action": "generate-events", "count": count})],
                )
            }
            Self::SlowConsumers => {
                Trouble::SlowConsumers(Duration::from_secs(random.between(3, 14)))
            }
            Self::ClusterDeploy => Trouble::ClusterDeploy,
            Self::LoneDeploy => Trouble::LoneDeploy(few(random, shards)),
            Self::Reconnect => Trouble::Reconnect(few(random, shards)),
        }
    }
}

/// Deals what goes wrong, each once before any comes again.
#[derive(Debug)]
pub(crate) struct Deck {
    random: Random,
    shards: u32,
    cards: Vec<Card>,
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
            let Some(card) = self.deal(most.as_secs()) else {
                break;
            };
            lasting = card.needs().max(lasting);
            troubles.push(card.trouble(&mut self.random, self.shards));
        }
        Round {
            troubles,
            lasting: Duration::from_secs(lasting).min(most),
        }
    }

    /// The next card that takes no more seconds than that.
    fn deal(&mut self, most: u64) -> Option<Card> {
        let fits = |card: &Card| card.needs() <= most;
        if !self.cards.iter().any(fits) {
            let mut all = Card::all();
            // Those that are left are still to come first.
            all.retain(|card| !self.cards.contains(card));
            self.random.shuffle(&mut all);
            all.append(&mut self.cards);
            self.cards = all;
        }
        let at = self.cards.iter().rposition(fits)?;
        Some(self.cards.remove(at))
    }

    pub(crate) const fn random(&mut self) -> &mut Random {
        &mut self.random
    }
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
            Self::Scenario(name, _) => f.write_str(name),
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
        let all = Card::all();
        let dealt: Vec<Card> = (0..all.len()).filter_map(|_| deck.deal(600)).collect();
        assert!(all.iter().all(|card| dealt.contains(card)));
    }

    #[test]
    fn every_deed_makes_sense() {
        let mut random = Random::new(1);
        for card in Card::all() {
            let trouble = card.trouble(&mut random, 64);
            if let Trouble::Deeds(name, deeds) = trouble {
                assert!(!deeds.is_empty(), "{name}");
                assert!(
                    deeds.iter().all(|deed| deed["action"].is_string()),
                    "{name}"
                );
            }
            if let Card::ForAll(at) = card {
                let written = FOR_ALL[at].2.len();
                let Trouble::Deeds(name, deeds) = card.trouble(&mut random, 64) else {
                    panic!("deeds are deeds");
                };
                assert_eq!(deeds.len(), written, "{name} is JSON");
            }
        }
    }

    #[test]
    fn the_whole_library_is_dealt_but_for_what_outlasts_it() {
        let dealt: Vec<&str> = SCENARIOS.iter().map(|(name, _)| *name).collect();
        let library = Scenario::library();
        let names = library.iter().map(|scenario| &*scenario.name);
        let expected: Vec<&str> = names
            .filter(|name| !matches!(*name, "burst-100k" | "slow-network"))
            .collect();
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
