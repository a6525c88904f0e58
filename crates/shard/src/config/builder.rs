//! The builder of a configuration.

use super::{Choice, Config, ConfiguredQueue, error::ConfigError};
use crate::{
    IdentifyGate, RequestPolicy, Session, UserAgent,
    failure_log::SharedFailureLog,
    flight_recorder::{DEFAULT_FRAMES, MAX_FRAMES},
    machine::{
        BackoffPolicy, RecoveryPolicy, SendLimit, Timeouts, gateway_info::GatewayInfoPolicy,
    },
    tls::Tls,
    transport::{Connect, ProxySelector},
};
use gloaming_protocol::{
    Capabilities, Compression, DecoderLimits, EventTypeFlags, IdentifyProperties, Inflater,
    Intents, JsonParser, ResumeHosts, Token, UpdatePresencePayload,
    limits::{API_URL, DEFAULT_LARGE_THRESHOLD, GATEWAY_URL},
};
use gloaming_queue::{IdentifyQueue, InMemoryQueue, Ledger, LedgerError, QueueSettings};
use std::sync::Arc;

/// The default of [`ConfigBuilder::read_ahead`].
const DEFAULT_READ_AHEAD: usize = 1024 * 1024;

/// Builds a [`Config`].
///
/// ```
/// use gloaming_shard::{Compression, ConfigBuilder, Intents};
///
/// let config = ConfigBuilder::new("my-token".to_owned(), Intents::GUILDS)
///     .large_threshold(250)
///     .compression(Compression::None)
///     .build();
/// assert_eq!(config.large_threshold(), 250);
/// assert!(config.validate().is_ok());
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ConfigBuilder {
    config: Config,
}

impl ConfigBuilder {
    /// Creates a builder with the defaults, a token (with or without the prefix `Bot `) and the intents.
    pub fn new(token: String, intents: Intents) -> Self {
        Self {
            config: Config {
                token: Token::new(token),
                intents,
                identify_properties: None,
                capabilities: Capabilities::empty(),
                large_threshold: DEFAULT_LARGE_THRESHOLD,
                presence: None,
                gateway_url: GATEWAY_URL.into(),
                proxy_url: None,
                api_url: API_URL.into(),
                user_agent: UserAgent::default(),
                gateway_info: GatewayInfoPolicy::default(),
                compression: Compression::best(),
                inflater: Inflater::default(),
                json_parser: JsonParser::best(),
                keep_payloads: EventTypeFlags::empty(),
                tls: Choice::Default(Tls::default()),
                network_proxy: None,
                connector: None,
                queue: ConfiguredQueue::Default(InMemoryQueue::default()),
                session: None,
                resume_url: None,
                send_limit: SendLimit::Enforced,
                timeouts: Timeouts::default(),
                recovery: RecoveryPolicy::default(),
                backoff: BackoffPolicy::default(),
                decoder_limits: DecoderLimits::default(),
                command_bound: 1024,
                requests: RequestPolicy::default(),
                resume_hosts: ResumeHosts::default(),
                failure_log: SharedFailureLog::default(),
                identify_gate: IdentifyGate::new(),
                flight_recorder: DEFAULT_FRAMES,
                read_ahead: DEFAULT_READ_AHEAD,
            },
        }
    }

    /// Returns the configuration without checking it.
    ///
    /// A shard with an invalid configuration yields a fatal error and ends. To get the error here, use
    /// [`try_build`](Self::try_build).
    #[must_use]
    pub fn build(self) -> Config {
        self.config
    }

    /// Checks and returns the configuration.
    ///
    /// # Errors
    ///
    /// Returns an error that names the first invalid setting.
    pub fn try_build(self) -> Result<Config, ConfigError> {
        let config = self.build();
        config.validate()?;
        Ok(config)
    }

    /// Sets the opt-ins to gateway behavior. Default: none.
    pub const fn capabilities(mut self, capabilities: Capabilities) -> Self {
        self.config.capabilities = capabilities;
        self
    }

    /// Sets the properties that IDENTIFY contains ([P10](gloaming_protocol::rules#p10)). Default: the
    /// operating system and gloaming.
    pub fn identify_properties(mut self, properties: IdentifyProperties) -> Self {
        self.config.identify_properties = Some(properties);
        self
    }

    /// Sets the number of members, from 50 to 250, above which guilds arrive without their offline members
    /// ([P10](gloaming_protocol::rules#p10)). Default: 50.
    pub const fn large_threshold(mut self, threshold: u64) -> Self {
        self.config.large_threshold = threshold;
        self
    }

    /// Sets the presence that each new session starts with. Default: none, which means online.
    pub fn presence(mut self, presence: UpdatePresencePayload) -> Self {
        self.config.presence = Some(presence);
        self
    }

    /// Sets the gateway's main URL, without query: the shard adds it ([P1](gloaming_protocol::rules#p1)).
    /// Can't be combined with [`proxy_url`](Self::proxy_url). Default: `wss://gateway.discord.gg`.
    pub fn gateway_url(mut self, url: impl Into<String>) -> Self {
        self.config.gateway_url = url.into().into_boxed_str();
        self
    }

    /// Sets the URL of a gateway proxy: a program that speaks the gateway's protocol in place of Discord.
    ///
    /// The shard connects to it instead of the main URL. To resume, the shard first connects to the
    /// `resume_gateway_url` of READY, which the proxy has to replace by its own URL. The token is sent to no other
    /// [host](Self::resume_host) than the proxy's. A network proxy (HTTP,
    /// SOCKS5), which only relays bytes, is configured by [`network_proxy`](Self::network_proxy).
    pub fn proxy_url(mut self, url: String) -> Self {
        self.config.proxy_url = Some(url.into_boxed_str());
        self
    }

    /// Sets the URL of Discord's REST API, for an emulator, or for a proxy that limits the rate of requests. The path of
    /// a URL without a path is `/api/v10`. Default: `https://discord.com/api/v10`.
    ///
    /// Only the [request](crate::GatewayInfoRequest) for the recommended number of shards uses it. The token is sent in
    /// clear text if the URL is `http://`.
    pub fn api_url(mut self, url: impl Into<String>) -> Self {
        self.config.api_url = url.into().into_boxed_str();
        self
    }

    /// Sets the header `User-Agent` of the WebSocket handshake and of [requests](crate::GatewayInfoRequest) to the API. A
    /// custom [`connector`](Self::connector) has its own. Default: this library and its version.
    pub fn user_agent(mut self, agent: UserAgent) -> Self {
        self.config.user_agent = agent;
        self
    }

    /// Sets the limits of the [request](crate::GatewayInfoRequest) for the recommended number of shards. None of the
    /// times may be zero or exceed a year.
    pub const fn gateway_info(mut self, policy: GatewayInfoPolicy) -> Self {
        self.config.gateway_info = policy;
        self
    }

    /// Sets the compression of received messages. Default: [`Compression::best`].
    pub const fn compression(mut self, compression: Compression) -> Self {
        self.config.compression = compression;
        self
    }

    /// Sets what inflates zlib-stream and zstd-stream. Default: [`Inflater::BuiltIn`], which needs no feature.
    ///
    /// [`Inflater::Flate2`] takes longer for small events, and [`Inflater::Libzstd`] more memory.
    pub const fn inflater(mut self, inflater: Inflater) -> Self {
        self.config.inflater = inflater;
        self
    }

    /// Sets the parser of typed events. Default: [`JsonParser::best`].
    pub const fn json_parser(mut self, parser: JsonParser) -> Self {
        self.config.json_parser = parser;
        self
    }

    /// Sets the kinds of events that are delivered with their payload. Default: none.
    ///
    /// What twilight-model has no type for is left out of its events: components of an unknown type, values of audit
    /// log changes, members of a newer version of the API. The payload has all of it.
    ///
    /// Such an event is an [`Item::EventWithPayload`](crate::Item::EventWithPayload) in place of an
    /// [`Item::Event`](crate::Item::Event). After [`next_event`](crate::StreamExt::next_event),
    /// [`Shard::last_payload`](crate::Shard::last_payload) returns its payload. Each costs a copy of its text. Events
    /// of other kinds, and those that the consumer does not want, cost nothing. Events without a type always have
    /// their payload.
    ///
    /// ```no_run
    /// use gloaming_shard::{ConfigBuilder, EventTypeFlags, Intents, Item, Shard, ShardId};
    ///
    /// # async fn example(token: String) {
    /// let config = ConfigBuilder::new(token, Intents::empty())
    ///     .keep_payloads(EventTypeFlags::INTERACTION_CREATE)
    ///     .build();
    /// let mut shard = Shard::with_config(ShardId::ONE, config);
    /// while let Some(item) = shard.next_item(EventTypeFlags::all()).await {
    ///     if let Item::EventWithPayload(event) = item {
    ///         println!("{:?}: {}", event.event().kind(), event.payload().data());
    ///     }
    /// }
    /// # }
    /// ```
    pub const fn keep_payloads(mut self, events: EventTypeFlags) -> Self {
        self.config.keep_payloads = events;
        self
    }

    /// Sets how many of the last frames each shard keeps for a diagnosis, at most 4096; none with 0. Default 64.
    ///
    /// [`Shard::flight_record`](crate::Shard::flight_record) and its like return them: direction, time, name, sequence and
    /// size, without secrets and without data of users. After an unexpected disconnect, a missed ACK, an event that does not
    /// match its type or a crash, those before it are also logged, at debug level, each frame once.
    ///
    /// It is on by default, since a fault does not occur again for the one who looks for it. It costs no allocation per event,
    /// and up to 20 KiB per shard.
    pub const fn flight_recorder(mut self, frames: usize) -> Self {
        self.config.flight_recorder = if frames < MAX_FRAMES {
            frames
        } else {
            MAX_FRAMES
        };
        self
    }

    /// Sets how many bytes a shard that runs in a task reads ahead while its buffer is full: the text of payloads, and about
    /// 200 bytes for each. Default: 1 MiB, which is about a minute of ten events per second. With 0, it reads nothing then.
    ///
    /// It applies to [spawned](crate::Shard::spawn) shards and to those of a cluster. A consumer may be busy for minutes. What
    /// arrives meanwhile, and is not shed, waits in the buffer, then as text in this many bytes, then in the socket. As long
    /// as the shard reads, it acts on a request to reconnect (op 7), an invalid session (op 9), a close frame and the end
    /// of the connection at once, and resumes while the gateway still has the session. Replies to requests arrive, and missing
    /// ACKs are noticed. Beyond the bound, it sends heartbeats and commands, and notices the end of a connection when one of
    /// them can't be written.
    ///
    /// Nothing is lost or delivered twice, and all of it arrives in order. A shard holds at most this many bytes and one
    /// message more, in addition to the [budgets](crate::supervision::ByteBudget) of its buffer.
    ///
    /// ```
    /// use gloaming_shard::{ConfigBuilder, Intents};
    ///
    /// let config = ConfigBuilder::new("my-token".to_owned(), Intents::GUILDS)
    ///     .read_ahead(4 << 20)
    ///     .build();
    /// assert_eq!(config.read_ahead(), 4 << 20);
    /// ```
    pub const fn read_ahead(mut self, bytes: usize) -> Self {
        self.config.read_ahead = bytes;
        self
    }

    /// Sets the TLS of the default connector. Can't be combined with [`connector`](Self::connector).
    /// Default: [`Tls::default`].
    pub fn tls(mut self, tls: Tls) -> Self {
        self.config.tls = Choice::Custom(tls);
        self
    }

    /// Sets a network proxy (HTTP CONNECT or SOCKS5) for all connections of the default connector, those to
    /// resume hosts included. Can't be combined with [`connector`](Self::connector). Default: none, also if
    /// environment variables name one; to use those, pass [`ProxySelector::from_env`].
    ///
    /// The proxy relays bytes, encrypted if the gateway's URL is `wss://`. A program that speaks the
    /// gateway's protocol is configured by [`proxy_url`](Self::proxy_url), and can be reached through a
    /// network proxy.
    pub fn network_proxy(mut self, proxy: impl Into<ProxySelector>) -> Self {
        self.config.network_proxy = Some(proxy.into());
        self
    }

    /// Sets a custom connector. Default: [`Connector`](crate::transport::Connector), with TCP and TLS.
    pub fn connector(mut self, connector: impl Connect + 'static) -> Self {
        self.config.connector = Some(Arc::new(connector));
        self
    }

    /// Sets the identify queue ([P11](gloaming_protocol::rules#p11), [P12](gloaming_protocol::rules#p12)),
    /// which all shards of a bot must share. Default: an [`InMemoryQueue`] that all clones of this
    /// configuration share.
    ///
    /// Every [`Queue`](gloaming_queue::Queue), the trait of twilight-gateway 0.18, also implements
    /// [`IdentifyQueue`].
    pub fn queue(mut self, queue: impl IdentifyQueue + 'static) -> Self {
        self.config.queue = ConfiguredQueue::Custom(Arc::new(queue));
        self
    }

    /// Lets the default queue record identifies in a ledger, so that the daily limit
    /// ([P12](gloaming_protocol::rules#p12)) is kept over restarts of the program. Default: none, and a crash
    /// loop can use up the limit, after which Discord resets the token.
    ///
    /// Set it once, on the configuration that all shards share. It replaces a queue that was set before. Reads
    /// the ledger, which may block.
    ///
    /// ```no_run
    /// use gloaming_queue::FileLedger;
    /// use gloaming_shard::{ConfigBuilder, Intents};
    ///
    /// # fn example(token: String) -> Result<(), gloaming_queue::LedgerError> {
    /// let ledger = FileLedger::for_bot(&token)?;
    /// let config = ConfigBuilder::new(token, Intents::GUILDS).identify_ledger(ledger)?.build();
    /// # drop(config);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the ledger can't be read.
    pub fn identify_ledger(mut self, ledger: impl Ledger + 'static) -> Result<Self, LedgerError> {
        let queue = InMemoryQueue::with_ledger(QueueSettings::default(), ledger)?;
        self.config.queue = ConfiguredQueue::Default(queue);
        Ok(self)
    }

    /// Sets whether the shard enforces the send limit ([P22](gloaming_protocol::rules#p22)). Default: `true`.
    /// Disable it only behind a gateway proxy that enforces the limit.
    pub const fn ratelimit_messages(mut self, enforce: bool) -> Self {
        self.config.send_limit = if enforce {
            SendLimit::Enforced
        } else {
            SendLimit::Off
        };
        self
    }

    /// Sets the URL to resume the [`session`](Self::session) on, in place of the session's own. Requires a
    /// session. Its host must be one that the token may be [sent to](Self::resume_host).
    pub fn resume_url(mut self, url: String) -> Self {
        self.config.resume_url = Some(url.into_boxed_str());
        self
    }

    /// Allows to resume sessions on this host and its subdomains. Can be called several times.
    ///
    /// The token is sent to the URL that READY names, so it has to be encrypted if the main URL is, and to name the host of
    /// the main URL, a subdomain of it, a host of Discord's if the main URL is Discord's, or this machine if the main URL
    /// does. Sessions with another URL are resumed on the main URL, which
    /// [`ResumeUrlRefused`](crate::Lifecycle::ResumeUrlRefused) and a warning report. Behind a gateway proxy whose READY
    /// names another host of its own, add that host:
    ///
    /// ```
    /// use gloaming_shard::{ConfigBuilder, Intents};
    ///
    /// let config = ConfigBuilder::new("my-token".to_owned(), Intents::GUILDS)
    ///     .proxy_url("wss://gateway.example.com".to_owned())
    ///     .resume_host("resume.example.com")
    ///     .build();
    /// assert!(config.validate().is_ok());
    /// ```
    pub fn resume_host(mut self, host: impl Into<String>) -> Self {
        self.config.resume_hosts = self.config.resume_hosts.with(host);
        self
    }

    /// Sets a session to resume ([P14](gloaming_protocol::rules#p14)), returned earlier by
    /// [`Shard::session`](crate::Shard::session).
    ///
    /// Only the shard that the session [was identified as](Session::shard) can resume it. Another shard
    /// identifies, and reports [`SessionShardMismatch`](crate::Lifecycle::SessionShardMismatch).
    pub fn session(mut self, session: Session) -> Self {
        self.config.session = Some(session);
        self
    }

    /// Sets the timeouts. None may exceed a year; those for connecting, HELLO, RESUMED and the reports of a
    /// delayed permit or READY may not be zero.
    pub const fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.config.timeouts = timeouts;
        self
    }

    /// Sets the limits of the recovery ([P16](gloaming_protocol::rules#p16)). None may exceed a year.
    pub const fn recovery(mut self, recovery: RecoveryPolicy) -> Self {
        self.config.recovery = recovery;
        self
    }

    /// Sets the backoff between connection attempts. The base may not be zero or exceed the cap, and the cap
    /// may not exceed a year. Values under 100 ms are raised to 100 ms.
    pub const fn backoff(mut self, backoff: BackoffPolicy) -> Self {
        self.config.backoff = backoff;
        self
    }

    /// Sets the limits of the decoder. The largest message size also limits messages before decompression
    /// in the default connector, and may not be zero.
    pub const fn decoder_limits(mut self, limits: DecoderLimits) -> Self {
        self.config.decoder_limits = limits;
        self
    }

    /// Sets the number of commands, at least one, that may wait to be sent. As many more may wait in the
    /// channel until the shard is polled. Default: 1024.
    pub const fn command_bound(mut self, bound: usize) -> Self {
        self.config.command_bound = bound;
        self
    }

    /// Sets the limits of requests that wait for answers, such as those for
    /// [members](crate::MessageSender::request_members).
    pub const fn requests(mut self, policy: RequestPolicy) -> Self {
        self.config.requests = policy;
        self
    }
}

impl Config {
    /// Creates a configuration with the defaults, a token (with or without the prefix `Bot `) and the
    /// intents.
    #[must_use]
    pub fn new(token: String, intents: Intents) -> Self {
        ConfigBuilder::new(token, intents).build()
    }
}

impl From<Config> for ConfigBuilder {
    fn from(config: Config) -> Self {
        Self { config }
    }
}
