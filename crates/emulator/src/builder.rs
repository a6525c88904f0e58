//! Settings, one by one.

use std::{io, time::Duration};

use gloaming_protocol::Token;
use twilight_model::gateway::Intents;

use crate::{
    emulator::Emulator,
    flood::Flood,
    recording::{Playback, Recording},
    scenario::Scenario,
    settings::Settings,
};

/// Makes an [`Emulator`]; from [`Emulator::builder`].
///
/// Every value has a default that suits a test; each method names its own.
#[derive(Clone, Debug, Default)]
#[must_use = "nothing listens before `start`"]
pub struct EmulatorBuilder {
    settings: Settings,
}

impl EmulatorBuilder {
    /// With settings made elsewhere.
    pub const fn with_settings(settings: Settings) -> Self {
        Self { settings }
    }

    /// What was set so far, for a [`Gateway`](crate::model::Gateway) without sockets.
    #[must_use]
    pub fn into_settings(self) -> Settings {
        self.settings
    }

    /// The bot's token. Default: [`DEFAULT_TOKEN`](crate::DEFAULT_TOKEN).
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.settings.token = Token::new(token);
        self
    }

    /// The shard count that REST recommends; guilds are spread evenly over it. Default: 1.
    pub const fn shards(mut self, shards: u32) -> Self {
        self.settings.shards = shards;
        self
    }

    /// How many guilds the bot is in. Default: 8.
    pub const fn guilds(mut self, guilds: u32) -> Self {
        self.settings.guilds = guilds;
        self
    }

    /// How many members each guild has. Default: 50.
    pub const fn members(mut self, members: u32) -> Self {
        self.settings.members = members;
        self
    }

    /// What everything random is drawn from. Default: 0.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// Believable events per second over all guilds, while there is a session; 0 for silence. Default: 0.
    pub const fn events_per_second(mut self, rate: f64) -> Self {
        self.settings.events_per_second = rate;
        self
    }

    /// Makes the gateway's time run so many times as fast as the clock, 1 to 1000, so that a test of minutes takes
    /// seconds. Default: 1.
    ///
    /// All other times are of the gateway's: an interval of 41.25 s, a session's lifetime of 3 minutes, a scenario's
    /// `at = 20`, ten events per second pass that many times as fast.
    ///
    /// | what | at speed N |
    /// |---|---|
    /// | the interval in HELLO | a clock's time: one Nth is sent, and policed |
    /// | `retry_after` of RATE_LIMITED, `reset_after` of REST | a clock's time: one Nth is sent |
    /// | session lifetime, the rate of events, scenarios, drips of a slow connection | come N times as soon |
    /// | identifies per 5 s (P11), 120 payloads per 60 s (P22), a member list per 30 s (P25) | N times as many are allowed: a client that keeps to the protocol's times, of which it isn't told, is never too fast |
    /// | the day of session starts (P12) | passes in 24 h / N |
    /// | lateness allowed for busy machines; handshakes, close frames | as at speed 1, by the clock |
    ///
    /// Clients may refuse an interval too short to be meant, as gloaming's shards do: with much speed, make
    /// [`heartbeat_interval`](Self::heartbeat_interval) longer. A client's own times (backoff, the wait after op 9) are its own, and look N times as long to the gateway.
    pub const fn speed(mut self, times: u32) -> Self {
        self.settings.speed = times;
        self
    }

    /// Identifies allowed at once per interval (P11). Default: 1.
    pub const fn max_concurrency(mut self, max_concurrency: u32) -> Self {
        self.settings.max_concurrency = max_concurrency;
        self
    }

    /// Session starts allowed a day, and how many of them are left (P12). Default: 1000 of 1000.
    pub const fn session_starts(mut self, total: u32, remaining: u32) -> Self {
        self.settings.session_starts_total = total;
        self.settings.session_starts_remaining = remaining;
        self
    }

    /// Dispatches kept per session for replay (P20). Default: `max(100, min(3500, guilds of the shard × 75))`.
    pub const fn replay_buffer(mut self, dispatches: usize) -> Self {
        self.settings.replay_buffer = Some(dispatches);
        self
    }

    /// The interval in HELLO (P3). Default: 41.25 s.
    pub const fn heartbeat_interval(mut self, interval: Duration) -> Self {
        self.settings.heartbeat_interval = interval;
        self
    }

    /// How much later than the interval a heartbeat may come before 4009. Default: half the
    /// interval, and at least 5 s.
    pub const fn heartbeat_grace(mut self, grace: Duration) -> Self {
        self.settings.heartbeat_grace = Some(grace);
        self
    }

    /// The interval of identify pacing (P11). Default: 5 s.
    pub const fn identify_interval(mut self, interval: Duration) -> Self {
        self.settings.identify_interval = interval;
        self
    }

    /// How long a session without a connection can be resumed (P19). Default: 3 minutes.
    pub const fn session_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.session_lifetime = lifetime;
        self
    }

    /// The intents enabled for the bot; other privileged ones give 4014. Default: all.
    pub const fn allowed_intents(mut self, intents: Intents) -> Self {
        self.settings.allowed_intents = intents;
        self
    }

    /// What a shard count must be a multiple of, else 4010 (P36). Default: 1.
    pub const fn required_shard_multiple(mut self, multiple: u32) -> Self {
        self.settings.required_shard_multiple = multiple;
        self
    }

    /// Guilds that one shard can bear, else 4011 (P35). Default: 2500.
    pub const fn max_guilds_per_shard(mut self, guilds: u32) -> Self {
        self.settings.max_guilds_per_shard = guilds;
        self
    }

    /// Whether REST announces the `wss` URL rather than the `ws` one. Both always listen. Default: false.
    pub const fn tls(mut self, tls: bool) -> Self {
        self.settings.tls = tls;
        self
    }

    /// Level of zlib-stream and of payload compression, 0 to 9. Default: 6.
    pub const fn compression_level(mut self, level: u32) -> Self {
        self.settings.compression_level = level;
        self
    }

    /// Level of zstd-stream, 1 to 22; negative ones are faster still. What is out of zstd's range is brought into it.
    /// Default: 3.
    pub const fn zstd_level(mut self, level: i32) -> Self {
        self.settings.zstd_level = level;
        self
    }

    /// Bytes that may wait for a client that doesn't read before it is dropped. What is made at once, by
    /// [`generate_events`](Emulator::generate_events) for one, may be more: it is dropped when it leaves that unread and there is
    /// more than this again. Default: 16 MiB.
    pub const fn send_queue_bytes(mut self, bytes: usize) -> Self {
        self.settings.send_queue_bytes = bytes;
        self
    }

    /// The first of five consecutive ports to listen on: ws, wss, their hosts for resuming, REST. Default: free ports.
    pub const fn first_port(mut self, port: u16) -> Self {
        self.settings.first_port = Some(port);
        self
    }

    /// Plays a scenario, beside those given before. Default: none.
    pub fn scenario(mut self, scenario: Scenario) -> Self {
        self.settings.scenarios.push(scenario);
        self
    }

    /// Plays a recording: its guilds are those that the bot is in, and its events happen at the pace at which they were
    /// recorded, or as much faster as [`speed`](Self::speed) says. Default: none.
    ///
    /// Each shard's part begins once a session of that shard has its guilds. A session with another shard count gets what
    /// is its own by the guild (P35). What was not asked for by intents does not come. There are no other guilds and no
    /// made-up events, and requests for members of recorded guilds are not answered.
    pub fn recording(mut self, recording: Recording) -> Self {
        self.settings.recording = Some(recording);
        self
    }

    /// How often the recording is played. Default: once.
    pub const fn playback(mut self, playback: Playback) -> Self {
        self.settings.playback = playback;
        self
    }

    /// Load for each session once its guilds are there. Default: none.
    pub const fn flood(mut self, flood: Flood) -> Self {
        self.settings.flood = Some(flood);
        self
    }

    /// Listens on 127.0.0.1.
    ///
    /// # Errors
    ///
    /// If a port can't be had, or no randomness for the certificate's key.
    pub async fn start(self) -> io::Result<Emulator> {
        Emulator::start(self.settings).await
    }
}
