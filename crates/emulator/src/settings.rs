//! The settings of a gateway.

use std::time::Duration;

use gloaming_protocol::{
    Token,
    limits::{DEFAULT_SESSION_STARTS, MAX_GUILDS_PER_SHARD},
};
use twilight_model::gateway::Intents;

use crate::{
    clock::MAX_SPEED,
    intents::ALL_INTENTS,
    recording::{Playback, Recording},
};

/// The default token of the bot.
pub const DEFAULT_TOKEN: &str = "gloaming.emulator.token";

/// The least time that a heartbeat may be late, however short the interval is: machines may be busy.
const MIN_GRACE: Duration = Duration::from_secs(5);

/// How late a heartbeat of a busy machine may be, in addition to a tenth of the interval
/// ([P4](gloaming_protocol::rules#p4)).
const LATENESS: Duration = Duration::from_secs(1);

/// The settings of a [`Gateway`](crate::model::Gateway).
///
/// They are usually set with [`Emulator::builder`](crate::Emulator::builder), whose methods have the names of the fields.
#[derive(Clone)]
#[non_exhaustive]
pub struct Settings {
    /// The bot's token. IDENTIFY and RESUME with another token are closed with 4004. Default: [`DEFAULT_TOKEN`].
    pub token: Token,
    /// The shard count that REST recommends ([P2](gloaming_protocol::rules#p2)). Guilds are distributed
    /// evenly over these shards. Default: 1.
    pub shards: u32,
    /// The number of guilds. Default: 8.
    pub guilds: u32,
    /// The number of members of each guild. Default: 50.
    pub members: u32,
    /// The number of text channels of each guild, up to 50, that the bot can't view until it gets a role
    /// ([P37](gloaming_protocol::rules#p37)). Default: 0.
    pub private_channels: u32,
    /// The seed of everything random. Default: 0.
    pub seed: u64,
    /// The number of events that are generated per second, over all guilds. Default: 0.
    pub events_per_second: f64,
    /// How many times faster than the clock the gateway's time runs, 1 to 1000; see
    /// [`EmulatorBuilder::speed`](crate::EmulatorBuilder::speed). The driver of a [`Gateway`](crate::model::Gateway) without
    /// sockets has to make the time run that fast. Default: 1.
    pub speed: u32,
    /// The number of identifies that are allowed at the same time per
    /// [`identify_interval`](Self::identify_interval) ([P11](gloaming_protocol::rules#p11)). At least 1.
    /// Default: 1.
    pub max_concurrency: u32,
    /// The number of session starts per day ([P12](gloaming_protocol::rules#p12)). Default: 1000.
    pub session_starts_total: u32,
    /// The number of session starts that are left of the day that begins when the gateway starts
    /// ([P12](gloaming_protocol::rules#p12)). Default: 1000.
    pub session_starts_remaining: u32,
    /// The number of dispatches that each session keeps for replay ([P20](gloaming_protocol::rules#p20)).
    /// Default: `None`, which means `max(100, min(3500, guilds of the shard × 75))`.
    pub replay_buffer: Option<usize>,
    /// The heartbeat interval of HELLO ([P3](gloaming_protocol::rules#p3)). Default: 41.25 s.
    pub heartbeat_interval: Duration,
    /// How late a heartbeat may be before the connection is closed with 4009. Default: `None`, which means half the
    /// interval, and at least 5 s. A heartbeat is reported as late if a tenth of the interval has passed, and one second or
    /// a quarter of this grace period, whichever is longer.
    pub heartbeat_grace: Option<Duration>,
    /// The interval of the identify rate limit ([P11](gloaming_protocol::rules#p11)). Default: 5 s.
    pub identify_interval: Duration,
    /// How long a session without a connection can be resumed ([P19](gloaming_protocol::rules#p19)). Default:
    /// 3 minutes.
    pub session_lifetime: Duration,
    /// The intents that are enabled for the bot. Other privileged intents are closed with 4014. Default: all.
    pub allowed_intents: Intents,
    /// The bits of intents without documentation that are accepted and [noted](crate::Note), as Discord accepts those of
    /// intents that it has not announced. Others are closed with 4013. Default: none.
    pub undocumented_intents: u64,
    /// The number that the shard count has to be a multiple of ([P36](gloaming_protocol::rules#p36)).
    /// Default: 1.
    pub required_shard_multiple: u32,
    /// The most guilds of a shard; more are closed with 4011 ([P35](gloaming_protocol::rules#p35)). Default:
    /// 2500.
    pub max_guilds_per_shard: u32,
    /// The time that the bot has for its initial response to an interaction; later ones are answered with 404 and the code
    /// 10062. Discord gives three seconds. Default: `None`, which means no limit.
    pub interaction_deadline: Option<Duration>,
    /// Whether REST returns the `wss` URL. Both listeners are always open. Default: `false`.
    pub tls: bool,
    /// The level of zlib-stream and of payload compression, 0 to 9. Default: 6.
    pub compression_level: u32,
    /// The level of zstd-stream compression, 1 to 22. Negative levels are faster still. Default: 3.
    pub zstd_level: i32,
    /// The number of bytes that may be queued for a client that does not read. Beyond that, the connection is dropped, and
    /// its session can be resumed. Data that is produced at once may exceed the limit once. Default: 16 MiB.
    pub send_queue_bytes: usize,
    /// The hosts, without a port, that a request may name besides those of loopback; see
    /// [`EmulatorBuilder::allow_host`](crate::EmulatorBuilder::allow_host). Default: none.
    pub allowed_hosts: Vec<String>,
    /// The web pages that may use the emulator, by their origin; see
    /// [`EmulatorBuilder::allow_origin`](crate::EmulatorBuilder::allow_origin). Default: none.
    pub allowed_origins: Vec<String>,
    /// The first of five consecutive ports: ws, wss, their resume hosts, REST. Default: free ports that the system chooses.
    pub first_port: Option<u16>,
    /// The scenarios that are played from the start. Default: none.
    pub scenarios: Vec<crate::scenario::Scenario>,
    /// A recording that is played in place of generated guilds and events. Default: none.
    pub recording: Option<Recording>,
    /// How often the recording is played. Default: once.
    pub playback: Playback,
    /// Load for each session after its guilds. Default: none.
    pub flood: Option<crate::Flood>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            token: Token::new(DEFAULT_TOKEN),
            shards: 1,
            guilds: 8,
            members: 50,
            private_channels: 0,
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
            undocumented_intents: 0,
            required_shard_multiple: 1,
            max_guilds_per_shard: MAX_GUILDS_PER_SHARD,
            interaction_deadline: None,
            tls: false,
            compression_level: 6,
            zstd_level: 3,
            send_queue_bytes: 16 * 1024 * 1024,
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
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
    /// The time after HELLO or a heartbeat at which the connection is closed if no heartbeat arrives.
    pub(crate) fn heartbeat_limit(&self) -> Duration {
        self.heartbeat_interval
            + self.heartbeat_grace.unwrap_or_else(|| {
                (self.heartbeat_interval / 2).max(self.real_time_allowance(MIN_GRACE))
            })
    }

    /// The time after HELLO or a heartbeat at which the next heartbeat is late.
    pub(crate) fn heartbeat_punctuality(&self) -> Duration {
        let grace = self.heartbeat_grace.unwrap_or_default();
        let allowance = self.real_time_allowance(LATENESS).max(grace / 4);
        self.heartbeat_interval + self.heartbeat_interval / 10 + allowance
    }

    /// Converts a time of the gateway to the time of the client's clock (see [`speed`](Self::speed)).
    pub(crate) fn client_time(&self, time: Duration) -> Duration {
        time / self.speed()
    }

    /// Converts an allowance for machines and networks, which are not accelerated, to a time of the gateway.
    pub(crate) fn real_time_allowance(&self, real: Duration) -> Duration {
        real * self.speed()
    }

    fn speed(&self) -> u32 {
        self.speed.clamp(1, MAX_SPEED)
    }

    /// The number of dispatches that a session with this number of guilds keeps for replay.
    pub(crate) fn replay_capacity(&self, guilds: usize) -> usize {
        self.replay_buffer
            .unwrap_or_else(|| (guilds.saturating_mul(75)).clamp(100, 3500))
    }
}
