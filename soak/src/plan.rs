//! How long, how many, and by which seed.

use std::time::Duration;

use gloaming_emulator::{Emulator, EmulatorBuilder};

/// Dispatches that the emulator keeps for each session: minutes of them.
const REPLAY_BUFFER: usize = 4000;

/// Short, so that shards find out within seconds that a connection is dead.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(10);

/// Long enough that a zombie's shard finds out first.
const HEARTBEAT_GRACE: Duration = Duration::from_secs(20);

const GUILDS_PER_SHARD: u32 = 2;
const MEMBERS: u32 = 20;

/// Each shard's session starts are drawn from it, and nobody comes near its end.
pub(crate) const SESSION_STARTS: u32 = 1_000_000;

/// How long, how many, and by which seed.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How many shards.
    pub shards: u32,
    /// What faults and traffic are drawn from.
    pub seed: u64,
    /// Events of each shard and second.
    pub rate: u32,
    /// How long the level before the faults is read.
    pub warm: Duration,
    /// How long things go wrong.
    pub faults: Duration,
    /// How long the level after the faults is read, at least.
    pub quiet: Duration,
    /// How far apart the lines are that tell of it.
    pub interval: Duration,
}

impl Plan {
    /// One that takes about so long in all.
    #[must_use]
    pub fn lasting(time: Duration, shards: u32, seed: u64) -> Self {
        let edge = (time / 6).min(Duration::from_secs(30));
        Self {
            shards,
            seed,
            rate: 10,
            warm: edge,
            // What goes wrong last takes a while to heal, too.
            faults: time - 3 * edge,
            quiet: edge,
            interval: (time / 60).max(Duration::from_secs(5)),
        }
    }

    /// The emulator that it wants, within this process.
    #[must_use]
    pub fn emulator(&self) -> EmulatorBuilder {
        Emulator::builder()
            .shards(self.shards)
            .guilds(self.guilds())
            .members(MEMBERS)
            .seed(self.seed)
            .events_per_second(self.events_per_second().into())
            .max_concurrency(self.shards)
            .session_starts(SESSION_STARTS, SESSION_STARTS)
            .replay_buffer(REPLAY_BUFFER)
            .heartbeat_interval(HEARTBEAT_INTERVAL)
            .heartbeat_grace(HEARTBEAT_GRACE)
    }

    /// The same, as the emulator's command line.
    #[must_use]
    pub fn emulator_arguments(&self) -> Vec<String> {
        [
            ("--shards", self.shards.to_string()),
            ("--guilds", self.guilds().to_string()),
            ("--members", MEMBERS.to_string()),
            ("--seed", self.seed.to_string()),
            ("--events-per-second", self.events_per_second().to_string()),
            ("--max-concurrency", self.shards.to_string()),
            ("--session-starts", SESSION_STARTS.to_string()),
            ("--replay-buffer", REPLAY_BUFFER.to_string()),
            (
                "--heartbeat-interval",
                format!("{}s", HEARTBEAT_INTERVAL.as_secs()),
            ),
            (
                "--heartbeat-grace",
                format!("{}s", HEARTBEAT_GRACE.as_secs()),
            ),
        ]
        .into_iter()
        .flat_map(|(name, value)| [name.to_owned(), value])
        .collect()
    }

    const fn guilds(&self) -> u32 {
        self.shards * GUILDS_PER_SHARD
    }

    const fn events_per_second(&self) -> u32 {
        self.shards * self.rate
    }
}
