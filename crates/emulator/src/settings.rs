//! What an emulated gateway is made of.

use std::time::Duration;

use gloaming_protocol::{
    Token,
    limits::{DEFAULT_SESSION_STARTS, MAX_GUILDS_PER_SHARD},
};
use twilight_model::gateway::Intents;

use crate::{
    clock::MOST_SPEED,
    intents::ALL_INTENTS,
    recording::{Playback, Recording},
};

/// The bot token that the emulator knows unless told another.
pub const DEFAULT_TOKEN: &str = "gloaming.emulator.token";

/// A busy machine may be that late, however short the interval.
const LEAST_GRACE: Duration = Duration::from_secs(5);

/// Everything that can be set about a [`Gateway`](crate::model::Gateway).
///
/// Usually made through [`Emulator::builder`](crate::Emulator::builder), whose methods bear the fields' names.
#[derive(Clone)]
#[non_exhaustive]
pub struct Settings {
    /// The bot's token; IDENTIFY and RESUME with another are closed with 4004. Default: [`DEFAULT_TOKEN`].
    pub token: Token,
    /// The shard count that REST recommends (P2). Guilds are spread evenly over it. Default: 1.
    pub shards: u32,
    /// How many guilds the bot is in. Default: 8.
    pub guilds: u32,
    /// How many members each guild has. Default: 50.
    pub members: u32,
    /// Everything random is drawn from this. Default: 0.
    pub seed: u64,
    /// Believable events made up per second, over all guilds; 0 for silence. Default: 0.
    pub events_per_second: f64,
    /// How many times as fast as the clock the gateway's time runs, 1 to 1000; see
    /// [`EmulatorBuilder::speed`](crate::EmulatorBuilder::speed). A [`Gateway`](crate::model::Gateway) without sockets
    /// is told its own time: whoever drives it makes that run as fast. Default: 1.
    pub speed: u32,
    /// Identifies allowed at once per [`identify_interval`](Self::identify_interval) (P11). At least 1. Default: 1.
    pub max_concurrency: u32,
    /// Session starts allowed a day (P12). Default: 1000.
    pub session_starts_total: u32,
    /// Session starts left in the day that begins with the gateway (P12). Default: 1000.
    pub session_starts_remaining: u32,
    /// Dispatches kept per session for replay (P20). Default `None`: `max(100, min(3500, guilds of the shard × 75))`.
    pub replay_buffer: Option<usize>,
    /// The interval given in HELLO (P3). Default: 41.25 s.
    pub heartbeat_interval: Duration,
    /// How much later than the interval a heartbeat may come before the connection is closed with 4009.
    /// Default `None`: half the interval, and at least 5 s.
    pub heartbeat_grace: Option<Duration>,
    /// The interval of identify pacing (P11). Default: 5 s.
    pub identify_interval: Duration,
    /// How long a session that lost its connection can be resumed (P19). Default: 3 minutes.
    pub session_lifetime: Duration,
    /// The intents enabled for the bot; others give 4014 if privileged. Default: all.
    pub allowed_intents: Intents,
    /// What the shard count must be a multiple of (P36). Default: 1, any count.
    pub required_shard_multiple: u32,
    /// Guilds that one shard can bear, else 4011 (P35). Default: 2500.
    pub max_guilds_per_shard: u32,
    /// Whether REST announces the `wss` URL. Both listeners are always there. Default: false.
    pub tls: bool,
    /// Level of zlib-stream and of payload compression, 0 to 9. Default: 6.
    pub compression_level: u32,
    /// Level of zstd-stream compression, 1 to 22; negative ones are faster still. Default: 3.
    pub zstd_level: i32,
    /// Bytes that may wait for a client that doesn't read; past this its connection is dropped, while its session
    /// stays. What is made at once may be more, the first time. Default: 16 MiB.
    pub send_queue_bytes: usize,
    /// The first of five consecutive ports to listen on, in the order ws, wss, their hosts for resuming, REST.
    /// Default: free ports that the system chooses.
    pub first_port: Option<u16>,
    /// What goes wrong. Default: nothing.
    pub scenarios: Vec<crate::scenario::Scenario>,
    /// What happens, in place of made-up guilds and events. Default: nothing.
    pub recording: Option<Recording>,
    /// How often the recording is played. Default: once.
    pub playback: Playback,
    /// Sends each session this much load once its guilds are there. Default: none.
    pub flood: Option<crate::Flood>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            token: Token::new(DEFAULT_TOKEN),
            shards: 1,
            guilds: 8,
            members: 50,
            seed: 0,
            events_per_second: 0.0,
            speed: 1,
            max_concurrency: 1,
            session_starts_total: DEFAULT_SESSION_STARTS,
            session_starts_remaining: DEFAULT_SESSION_STARTS,
            replay_buffer: None,
            heartbeat_interval: Duration::from_millis(41_250),
            heartbeat_grace: None,
            identify_interval: Duration::from_secs(5),
            session_lifetime: Duration::from_secs(180),
            allowed_intents: ALL_INTENTS,
            required_shard_multiple: 1,
            max_guilds_per_shard: MAX_GUILDS_PER_SHARD,
            tls: false,
            compression_level: 6,
            zstd_level: 3,
            send_queue_bytes: 16 * 1024 * 1024,
            first_port: None,
            scenarios: Vec::new(),
            recording: None,
            playback: Playback::Once,
            flood: None,
        }
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("token", &self.token)
            .field("shards", &self.shards)
            .field("guilds", &self.guilds)
            .field("members", &self.members)
            .field("seed", &self.seed)
            .field("events_per_second", &self.events_per_second)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// How long after the last heartbeat (or HELLO) the connection is given up.
    pub(crate) fn heartbeat_patience(&self) -> Duration {
        self.heartbeat_interval
            + self
                .heartbeat_grace
                .unwrap_or_else(|| (self.heartbeat_interval / 2).max(self.lateness(LEAST_GRACE)))
    }

    /// What a client is told to wait, so that a time of the gateway's passes (see [`speed`](Self::speed)).
    pub(crate) fn told(&self, time: Duration) -> Duration {
        time / self.speed()
    }

    /// What is allowed for machines and networks, which are no faster than they are, in the gateway's time.
    pub(crate) fn lateness(&self, real: Duration) -> Duration {
        real * self.speed()
    }

    fn speed(&self) -> u32 {
        self.speed.clamp(1, MOST_SPEED)
    }

    /// Dispatches kept for a session with this many guilds.
    pub(crate) fn replay_capacity(&self, guilds: usize) -> usize {
        self.replay_buffer
            .unwrap_or_else(|| (guilds.saturating_mul(75)).clamp(100, 3500))
    }
}
