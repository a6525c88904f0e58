//! How long, how many, and by which seed.

use std::time::Duration;

use gloaming_emulator::{Emulator, EmulatorBuilder};

/// Dispatches that the emulator keeps for each session: minutes of them.
const REPLAY_BUFFER: usize = 4000;

/// Short, so that shards find out within seconds that a connection is dead.
const HEARTBEAT: Duration = Duration::from_secs(10);

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
    /// From one heartbeat to the next.
    pub heartbeat: Duration,
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
            heartbeat: HEARTBEAT,
            interval: (time / 60).max(Duration::from_secs(5)),
        }
    }

    /// The emulator that it wants, within this process.
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
            .heartbeat_interval(self.heartbeat)
            .heartbeat_grace(self.grace())
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
            ("--heartbeat-interval", millis(self.heartbeat)),
            ("--heartbeat-grace", millis(self.grace())),
        ]
        .into_iter()
        .flat_map(|(name, value)| [name.to_owned(), value])
        .collect()
    }

    /// Long enough that the shard of a zombie finds out first.
    fn grace(&self) -> Duration {
        2 * self.heartbeat
    }

    const fn guilds(&self) -> u32 {
        self.shards * GUILDS_PER_SHARD
    }

    const fn events_per_second(&self) -> u32 {
        self.shards * self.rate
    }
}

fn millis(time: Duration) -> String {
    format!("{}ms", time.as_millis())
}
