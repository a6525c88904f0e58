use std::time::Duration;

use gloaming_emulator::{Emulator, EmulatorBuilder};

/// Dispatches that the emulator keeps for each session: enough for minutes.
const REPLAY_BUFFER: usize = 4000;

/// Short, so that shards detect a dead connection within seconds.
const HEARTBEAT: Duration = Duration::from_secs(10);

const GUILDS_PER_SHARD: u32 = 2;
const MEMBERS: u32 = 20;

/// The session start limit, which no run reaches.
pub(crate) const SESSION_STARTS: u32 = 1_000_000;

/// The parameters of a soak test.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The number of shards.
    pub shards: u32,
    /// The seed of faults and traffic.
    pub seed: u64,
    /// Events per shard and second.
    pub event_rate: u32,
    /// How long resources are measured before the faults.
    pub baseline: Duration,
    /// How long faults are injected.
    pub faults: Duration,
    /// How long resources are measured after the faults, at least.
    pub cooldown: Duration,
    /// The heartbeat interval.
    pub heartbeat_interval: Duration,
    /// The time between two snapshots.
    pub report_interval: Duration,
}

impl Plan {
    /// Builds a plan that takes about `duration`.
    #[must_use]
    pub fn with_duration(duration: Duration, shards: u32, seed: u64) -> Self {
        let margin = (duration / 6).min(Duration::from_secs(30));
        Self {
            shards,
            seed,
            event_rate: 10,
            baseline: margin,
            // The third margin is for recovery from the last faults.
            faults: duration - 3 * margin,
            cooldown: margin,
            heartbeat_interval: HEARTBEAT,
            report_interval: (duration / 60).max(Duration::from_secs(5)),
        }
    }

    /// Returns the emulator for this plan, to run in this process.
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
            .heartbeat_interval(self.heartbeat_interval)
            .heartbeat_grace(self.heartbeat_grace())
    }

    /// Returns the command line of the emulator's program for this plan.
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
            ("--heartbeat-interval", millis(self.heartbeat_interval)),
            ("--heartbeat-grace", millis(self.heartbeat_grace())),
        ]
        .into_iter()
        .flat_map(|(name, value)| [name.to_owned(), value])
        .collect()
    }

    /// Long enough that a shard detects a zombie connection before the emulator closes it.
    fn heartbeat_grace(&self) -> Duration {
        2 * self.heartbeat_interval
    }

    const fn guilds(&self) -> u32 {
        self.shards * GUILDS_PER_SHARD
    }

    const fn events_per_second(&self) -> u32 {
        self.shards * self.event_rate
    }
}

fn millis(duration: Duration) -> String {
    format!("{}ms", duration.as_millis())
}
