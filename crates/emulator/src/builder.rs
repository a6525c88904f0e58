//! Builds emulators.

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

/// Builds an [`Emulator`]. Returned by [`Emulator::builder`].
///
/// Every setting has a default that suits a test.
#[derive(Clone, Debug, Default)]
#[must_use = "nothing listens before `start`"]
pub struct EmulatorBuilder {
    settings: Settings,
}

impl Emulator {
    /// Returns a builder with the default settings.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::default()
    }
}

impl EmulatorBuilder {
    /// A builder with these settings.
    pub const fn with_settings(settings: Settings) -> Self {
        Self { settings }
    }

    /// The settings, for a [`Gateway`](crate::model::Gateway) without sockets.
    #[must_use]
    pub fn into_settings(self) -> Settings {
        self.settings
    }

    /// The bot's token. Default: [`DEFAULT_TOKEN`](crate::DEFAULT_TOKEN).
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.settings.token = Token::new(token);
        self
    }

    /// The shard count that REST recommends. Guilds are distributed evenly over these shards. Default: 1.
    pub const fn shards(mut self, shards: u32) -> Self {
        self.settings.shards = shards;
        self
    }

    /// The number of guilds. Default: 8.
    pub const fn guilds(mut self, guilds: u32) -> Self {
        self.settings.guilds = guilds;
        self
    }

    /// The number of members of each guild. Default: 50.
    pub const fn members(mut self, members: u32) -> Self {
        self.settings.members = members;
        self
    }

    /// The number of private text channels of each guild, up to 50, in addition to its other channels. Default: 0.
    ///
    /// They are in a category of their own, which permission overwrites show to one role only: the second of
    /// [`roles`](Emulator::roles), after `@everyone`. The bot does not have that role, so it gets the channels and their
    /// category obfuscated ([P37](gloaming_protocol::rules#p37)) until it can view them.
    pub const fn private_channels(mut self, channels: u32) -> Self {
        self.settings.private_channels = channels;
        self
    }

    /// The seed of everything random. Default: 0.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// The number of events that are generated per second, over all guilds, while there is a session. Default: 0.
    pub const fn events_per_second(mut self, rate: f64) -> Self {
        self.settings.events_per_second = rate;
        self
    }

    /// Makes the gateway's time run faster than the clock, by a factor from 1 to 1000, so that a test of minutes takes
    /// seconds. Default: 1.
    ///
    /// All other times are times of the gateway: a heartbeat interval of 41.25 s, a session lifetime of 3 minutes, `at = 20`
    /// in a scenario and ten events per second are all accelerated.
    ///
    /// | what | with a factor of N |
    /// |---|---|
    /// | the interval in HELLO | divided by N, so that it is right by the client's clock, and enforced accordingly |
    /// | `retry_after` of RATE_LIMITED, `reset_after` of REST | divided by N |
    /// | session lifetime, event rate, scenarios, throttled connections | N times faster |
    /// | identifies per 5 s ([P11](gloaming_protocol::rules#p11)), 120 payloads per 60 s ([P22](gloaming_protocol::rules#p22)), a member list per 30 s ([P25](gloaming_protocol::rules#p25)) | N times as many are allowed: a client that keeps to the documented limits never exceeds them |
    /// | the day of session starts ([P12](gloaming_protocol::rules#p12)) | 24 h / N |
    /// | allowances for busy machines, handshakes, close frames | not accelerated |
    ///
    /// Clients may reject an interval that is too short, as gloaming's shards do: with a high factor, set a longer
    /// [`heartbeat_interval`](Self::heartbeat_interval). The times of a client (backoff, the wait after op 9) are not
    /// accelerated, and seem N times as long to the gateway.
    pub const fn speed(mut self, times: u32) -> Self {
        self.settings.speed = times;
        self
    }

    /// The number of identifies that are allowed at the same time per interval
    /// ([P11](gloaming_protocol::rules#p11)). Default: 1.
    pub const fn max_concurrency(mut self, max_concurrency: u32) -> Self {
        self.settings.max_concurrency = max_concurrency;
        self
    }

    /// The number of session starts per day, and how many of them are left
    /// ([P12](gloaming_protocol::rules#p12)). Default: 1000 of 1000.
    pub const fn session_starts(mut self, total: u32, remaining: u32) -> Self {
        self.settings.session_starts_total = total;
        self.settings.session_starts_remaining = remaining;
        self
    }

    /// The number of dispatches that each session keeps for replay ([P20](gloaming_protocol::rules#p20)).
    /// Default: `max(100, min(3500, guilds of the shard × 75))`.
    pub const fn replay_buffer(mut self, dispatches: usize) -> Self {
        self.settings.replay_buffer = Some(dispatches);
        self
    }

    /// The heartbeat interval of HELLO ([P3](gloaming_protocol::rules#p3)). Default: 41.25 s.
    pub const fn heartbeat_interval(mut self, interval: Duration) -> Self {
        self.settings.heartbeat_interval = interval;
        self
    }

    /// How late a heartbeat may be before the connection is closed with 4009. Default: half the interval, and at least 5 s.
    /// One that is more than a quarter of this late is reported, and by default one that is more than a second late. A tenth
    /// of the interval is allowed in addition.
    pub const fn heartbeat_grace(mut self, grace: Duration) -> Self {
        self.settings.heartbeat_grace = Some(grace);
        self
    }

    /// The interval of the identify rate limit ([P11](gloaming_protocol::rules#p11)). Default: 5 s.
    pub const fn identify_interval(mut self, interval: Duration) -> Self {
        self.settings.identify_interval = interval;
        self
    }

    /// How long a session without a connection can be resumed ([P19](gloaming_protocol::rules#p19)). Default:
    /// 3 minutes.
    pub const fn session_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.session_lifetime = lifetime;
        self
    }

    /// The intents that are enabled for the bot. Other privileged intents are closed with 4014. Default: all.
    pub const fn allowed_intents(mut self, intents: Intents) -> Self {
        self.settings.allowed_intents = intents;
        self
    }

    /// The bits of intents without documentation that are accepted and [noted](crate::Note), as Discord accepts those of
    /// intents that it has not announced. Others are closed with 4013. Default: none.
    ///
    /// Sessions get no further events for these bits.
    pub const fn undocumented_intents(mut self, bits: u64) -> Self {
        self.settings.undocumented_intents = bits;
        self
    }

    /// The number that a shard count has to be a multiple of; others are closed with 4010
    /// ([P36](gloaming_protocol::rules#p36)). Default: 1.
    pub const fn required_shard_multiple(mut self, multiple: u32) -> Self {
        self.settings.required_shard_multiple = multiple;
        self
    }

    /// The most guilds of a shard; more are closed with 4011 ([P35](gloaming_protocol::rules#p35)). Default:
    /// 2500.
    pub const fn max_guilds_per_shard(mut self, guilds: u32) -> Self {
        self.settings.max_guilds_per_shard = guilds;
        self
    }

    /// The time that the bot has for its initial response to an interaction. Later ones are answered with 404 and the code
    /// 10062 (Unknown interaction), and [`Stats::late_responses`](crate::Stats::late_responses) counts them. Default: no
    /// limit, so that a busy machine does not fail tests.
    ///
    /// Discord gives three seconds. Interactions of a [`flood`](Emulator::flood) have no limit.
    pub const fn interaction_deadline(mut self, deadline: Duration) -> Self {
        self.settings.interaction_deadline = Some(deadline);
        self
    }

    /// Whether REST returns the `wss` URL in place of the `ws` URL. Both listeners are always open. Default: `false`.
    pub const fn tls(mut self, tls: bool) -> Self {
        self.settings.tls = tls;
        self
    }

    /// The level of zlib-stream and of payload compression, 0 to 9. Default: 6.
    pub const fn compression_level(mut self, level: u32) -> Self {
        self.settings.compression_level = level;
        self
    }

    /// The level of zstd-stream, 1 to 22. Negative levels are faster still. The level is clamped to zstd's range. Default: 3.
    pub const fn zstd_level(mut self, level: i32) -> Self {
        self.settings.zstd_level = level;
        self
    }

    /// The number of bytes that may be queued for a client that does not read, before its connection is dropped. Default:
    /// 16 MiB.
    ///
    /// What is produced at once, for example by [`generate_events`](Emulator::generate_events), may exceed the limit: the
    /// connection is dropped if the client has not read it when more is produced.
    pub const fn send_queue_bytes(mut self, bytes: usize) -> Self {
        self.settings.send_queue_bytes = bytes;
        self
    }

    /// Accepts requests and connections whose `Host` header is `host`, with any port. Can be called several times.
    ///
    /// Without it, only `localhost`, names below it and loopback addresses are accepted, and others are refused with 403.
    /// Otherwise a web page could make its own name resolve to 127.0.0.1 (DNS rebinding) and use the emulator of a
    /// developer who visits it. Allow a host for clients that reach the emulator through a forwarded port or a proxy. A
    /// `host` has no scheme and no port, such as `emulator` or `[fd00::2]`.
    pub fn allow_host(mut self, host: impl Into<String>) -> Self {
        self.settings.allowed_hosts.push(host.into());
        self
    }

    /// Accepts requests and connections of web pages of `origin`, such as `https://tests.example` or
    /// `http://localhost:3000`. Can be called several times.
    ///
    /// Without it, each request and connection with an `Origin` header is refused with 403. Browsers send that header, and
    /// the libraries of bots do not. A page of an allowed origin can use the gateway and send requests, but browsers do
    /// not let it read the responses of REST and of the control API, since they have no CORS headers.
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.settings.allowed_origins.push(origin.into());
        self
    }

    /// The first of five consecutive ports: ws, wss, their resume hosts, REST. Default: free ports.
    pub const fn first_port(mut self, port: u16) -> Self {
        self.settings.first_port = Some(port);
        self
    }

    /// Plays a scenario from the start, in addition to those set before. Default: none.
    pub fn scenario(mut self, scenario: Scenario) -> Self {
        self.settings.scenarios.push(scenario);
        self
    }

    /// Plays a recording: the bot has the recorded guilds, and the recorded events happen at the recorded times, or faster
    /// according to [`speed`](Self::speed). Default: none.
    ///
    /// The events of a shard start when a session of that shard has its guilds. If a session has another shard count, it
    /// gets the events of its guilds ([P35](gloaming_protocol::rules#p35)). Events that the intents of a
    /// session do not include are not sent. There are no other guilds and no generated events, and requests
    /// for members of recorded guilds are not answered.
    pub fn recording(mut self, recording: Recording) -> Self {
        self.settings.recording = Some(recording);
        self
    }

    /// How often the recording is played. Default: once.
    pub const fn playback(mut self, playback: Playback) -> Self {
        self.settings.playback = playback;
        self
    }

    /// Load for each session after its guilds. Default: none.
    pub const fn flood(mut self, flood: Flood) -> Self {
        self.settings.flood = Some(flood);
        self
    }

    /// Starts the emulator on 127.0.0.1.
    ///
    /// # Errors
    ///
    /// Returns an error if a port is not available, or if the system has no randomness for the key of the certificate.
    pub async fn start(self) -> io::Result<Emulator> {
        Emulator::start(self.settings).await
    }
}
