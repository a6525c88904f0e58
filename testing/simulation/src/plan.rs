//! The plan of a run, drawn from its seed.

use crate::{fault::Fault, random::Stream};
use std::time::Duration;

/// The settings and faults of one run.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Plan {
    /// The seed of all random numbers.
    pub seed: u64,
    /// The number of shards.
    pub shards: u32,
    /// The number of shards that may identify within 5 s ([P11](gloaming_protocol::rules#p11)).
    pub max_concurrency: u16,
    /// The number of session starts per day ([P12](gloaming_protocol::rules#p12)).
    pub session_starts: u32,
    /// The heartbeat interval in HELLO ([P3](gloaming_protocol::rules#p3)).
    pub heartbeat_interval: Duration,
    /// How long the gateway keeps a session without a connection ([P19](gloaming_protocol::rules#p19)).
    pub session_lifetime: Duration,
    /// The number of dispatches that are kept for a replay ([P20](gloaming_protocol::rules#p20)).
    pub replay_buffer: usize,
    /// The mean interval between two events of a shard.
    pub event_interval: Duration,
    /// The minimum one-way latency without faults.
    pub latency: Duration,
    /// The maximum random addition to `latency`.
    pub jitter: Duration,
    /// The time after which no fault begins.
    pub faults_until: Duration,
    /// The faults, ordered by time.
    pub faults: Vec<Fault>,
}

/// A number of daily session starts that faults can exhaust.
const SCARCE_STARTS: u32 = 14;

impl Plan {
    /// Draws the plan of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut random = Stream::Plan.random(seed);
        let shards = random.between(1, 8) as u32;
        let faults_until = random.millis(300_000, 2_400_000);
        // Between one fault per five minutes and four faults per minute and shard.
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

    /// Returns the same plan with other faults.
    #[must_use]
    pub fn with_faults(&self, faults: Vec<Fault>) -> Self {
        Self {
            faults,
            ..self.clone()
        }
    }

    /// Returns whether the daily session starts may be exhausted.
    #[must_use]
    pub const fn is_scarce(&self) -> bool {
        self.session_starts == SCARCE_STARTS
    }
}
