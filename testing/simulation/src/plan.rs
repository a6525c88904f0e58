//! What a seed stands for.

use crate::{fault::Fault, random::Stream};
use std::time::Duration;

/// The settings of one run and the faults in it, all drawn from the seed.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Plan {
    /// Everything random is drawn from this.
    pub seed: u64,
    /// How many shards there are.
    pub shards: u32,
    /// Shards that may identify in the same 5 s ([P11](gloaming_protocol::rules#p11)).
    pub max_concurrency: u16,
    /// Session starts a day ([P12](gloaming_protocol::rules#p12)).
    pub session_starts: u32,
    /// The interval that HELLO names ([P3](gloaming_protocol::rules#p3)).
    pub heartbeat_interval: Duration,
    /// How long the gateway keeps a session without a connection ([P19](gloaming_protocol::rules#p19)).
    pub session_lifetime: Duration,
    /// Dispatches kept for replay ([P20](gloaming_protocol::rules#p20)).
    pub replay_buffer: usize,
    /// About how often an event happens to each shard.
    pub event_interval: Duration,
    /// Time on the way, one way, without faults: at least.
    pub latency: Duration,
    /// And that much more at most.
    pub jitter: Duration,
    /// Faults begin only before this.
    pub faults_until: Duration,
    /// The faults, in the order of their times.
    pub faults: Vec<Fault>,
}

/// A day's starts where they are scarce: so few that they may be used up.
const SCARCE_STARTS: u32 = 25;

impl Plan {
    /// Draws a plan.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut random = Stream::Plan.random(seed);
        let shards = random.between(1, 8) as u32;
        let faults_until = random.millis(300_000, 2_400_000);
        // From one fault in five minutes to four a minute, per shard.
        let gap = random.between(15, 300);
        let count = faults_until.as_secs() * u64::from(shards) / gap + 1;
        let mut faults: Vec<_> = (0..count)
            .map(|_| Fault::draw(&mut random, shards, faults_until))
            .collect();
        faults.sort_by_key(|fault| fault.at);
        Self {
            seed,
            shards,
            max_concurrency: random.pick(&[1, 1, 1, 2, 4, 16]),
            session_starts: if random.once_in(16) {
                SCARCE_STARTS
            } else {
                1000
            },
            heartbeat_interval: Duration::from_millis(
                random.pick(&[41_250, 41_250, 41_250, 10_000, 60_000]),
            ),
            session_lifetime: random.millis(45_000, 300_000),
            replay_buffer: random.pick(&[20, 100, 1000]),
            event_interval: random.millis(300, 20_000),
            latency: random.millis(1, 150),
            jitter: random.millis(0, 90),
            faults_until,
            faults,
        }
    }

    /// The same without the faults for which `keep` is false; for finding the few that matter.
    #[must_use]
    pub fn with_faults(&self, faults: Vec<Fault>) -> Self {
        Self {
            faults,
            ..self.clone()
        }
    }

    /// Whether a day's session starts may be used up.
    #[must_use]
    pub const fn is_scarce(&self) -> bool {
        self.session_starts == SCARCE_STARTS
    }
}
