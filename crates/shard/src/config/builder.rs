//! Building a configuration, setting by setting.

use super::{Chosen, Config, ConfigError, ConfiguredQueue};
use crate::{
    RequestPolicy, Session,
    machine::{BackoffPolicy, RecoveryPolicy, SendLimit, Timeouts},
    tls::Tls,
    transport::{Connect, Proxy},
};
use gloaming_protocol::{
    Capabilities, Compression, DecoderLimits, IdentifyProperties, Intents, JsonParser, Token,
    UpdatePresencePayload,
    limits::{DEFAULT_LARGE_THRESHOLD, GATEWAY_URL},
};
use gloaming_queue::{IdentifyQueue, InMemoryQueue};
use std::sync::Arc;

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
#[must_use = "a builder does nothing until built"]
pub struct ConfigBuilder {
    config: Config,
}

impl ConfigBuilder {
    /// The defaults, with a token (with or without `Bot ` in front) and the intents.
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
                compression: Compression::best(),
                json_parser: JsonParser::best(),
                tls: Chosen::Default(Tls::default()),
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
            },
        }
    }

    /// The configuration. What can't work shows when the shard is polled, as a fatal error; to learn
    /// of it here, use [`try_build`](Self::try_build).
    #[must_use]
    pub fn build(self) -> Config {
        self.config
    }

    /// The configuration, checked.
    ///
    /// # Errors
    ///
    /// The first setting that can't work, and why.
    pub fn try_build(self) -> Result<Config, ConfigError> {
        let config = self.build();
        config.validate()?;
        Ok(config)
    }

    /// Opt-ins to gateway behavior. Default: none.
    pub const fn capabilities(mut self, capabilities: Capabilities) -> Self {
        self.config.capabilities = capabilities;
        self
    }

    /// What the bot says that it runs on (P10). Default: the operating system and gloaming.
    pub fn identify_properties(mut self, properties: IdentifyProperties) -> Self {
        self.config.identify_properties = Some(properties);
        self
    }

    /// Guilds with more members than this come without their offline members: 50 to 250 (P10).
    /// Default 50.
    pub const fn large_threshold(mut self, threshold: u64) -> Self {
        self.config.large_threshold = threshold;
        self
    }

    /// The presence that each new session starts with. Default: none, which is online.
    pub fn presence(mut self, presence: UpdatePresencePayload) -> Self {
        self.config.presence = Some(presence);
        self
    }

    /// The gateway's main URL, not together with a [`proxy_url`](Self::proxy_url), to which the query is added (P1). Default
    /// `wss://gateway.discord.gg`.
    pub fn gateway_url(mut self, url: impl Into<String>) -> Self {
        self.config.gateway_url = url.into().into_boxed_str();
        self
    }

    /// A gateway proxy: a program that speaks the gateway's protocol in Discord's place. It is
    /// connected to instead of the main URL. Resuming goes to the `resume_gateway_url` in READY first; a
    /// proxy has to put its own there.
    ///
    /// A network proxy (HTTP, SOCKS5), which only carries bytes to where it is asked to, is a
    /// [`network_proxy`](Self::network_proxy).
    pub fn proxy_url(mut self, url: String) -> Self {
        self.config.proxy_url = Some(url.into_boxed_str());
        self
    }

    /// How what the gateway sends is compressed. Default [`Compression::best`].
    pub const fn compression(mut self, compression: Compression) -> Self {
        self.config.compression = compression;
        self
    }

    /// What parses typed events. Default [`JsonParser::best`].
    pub const fn json_parser(mut self, parser: JsonParser) -> Self {
        self.config.json_parser = parser;
        self
    }

    /// The TLS of the default connector. Default: the best backend compiled in. Not together
    /// with a [`connector`](Self::connector) of your own, which brings its own.
    pub fn tls(mut self, tls: Tls) -> Self {
        self.config.tls = Chosen::Own(tls);
        self
    }

    /// A network proxy, by HTTP CONNECT or SOCKS5, that all connections of the default connector go
    /// through, those to the resume host too. Default: none; no proxy is taken from the environment.
    ///
    /// It carries bytes and sees none of them where the gateway's URL is `wss://`. A program that speaks
    /// the gateway's protocol itself is a [`proxy_url`](Self::proxy_url); one can be reached through
    /// the other. Not together with a [`connector`](Self::connector) of your own.
    pub fn network_proxy(mut self, proxy: Proxy) -> Self {
        self.config.network_proxy = Some(proxy);
        self
    }

    /// What opens connections: anything that carries a WebSocket. Default:
    /// [`Connector`](crate::transport::Connector), TCP and TLS.
    pub fn connector(mut self, connector: impl Connect + 'static) -> Self {
        self.config.connector = Some(Arc::new(connector));
        self
    }

    /// The identify queue (P11, P12). All shards of a bot must share one. Default: an
    /// [`InMemoryQueue`], shared by all clones of this configuration.
    ///
    /// Every [`Queue`](gloaming_queue::Queue), the trait of twilight-gateway 0.18, is an [`IdentifyQueue`]
    /// as well.
    pub fn queue(mut self, queue: impl IdentifyQueue + 'static) -> Self {
        self.config.queue = ConfiguredQueue::Own(Arc::new(queue));
        self
    }

    /// Whether the send limit is enforced (P22). Default `true`; turn it off only behind a proxy that
    /// enforces it.
    pub const fn ratelimit_messages(mut self, enforce: bool) -> Self {
        self.config.send_limit = if enforce {
            SendLimit::Enforced
        } else {
            SendLimit::Off
        };
        self
    }

    /// The host on which to resume the [`session`](Self::session), over the one in it. Not without a
    /// session.
    pub fn resume_url(mut self, url: String) -> Self {
        self.config.resume_url = Some(url.into_boxed_str());
        self
    }

    /// A session to resume (P14), as [`Shard::session`](crate::Shard::session) gave it. Of use to one
    /// shard only: any other than the one that it [was identified as](Session::shard) identifies anew, and
    /// says so ([`SessionShardMismatch`](crate::Lifecycle::SessionShardMismatch)).
    pub fn session(mut self, session: Session) -> Self {
        self.config.session = Some(session);
        self
    }

    /// Bounds of every wait: none over a year, and those for the connection, HELLO, RESUMED and the
    /// report of READY not zero.
    pub const fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.config.timeouts = timeouts;
        self
    }

    /// Bounds of the recovery (P16): none over a year.
    pub const fn recovery(mut self, recovery: RecoveryPolicy) -> Self {
        self.config.recovery = recovery;
        self
    }

    /// Waits between connections: not zero, the base at most the cap and that at most a year. Bounds
    /// under 100 ms are raised to that.
    pub const fn backoff(mut self, backoff: BackoffPolicy) -> Self {
        self.config.backoff = backoff;
        self
    }

    /// Bounds of what the decoder takes; of the default connector's messages as well. Not
    /// zero.
    pub const fn decoder_limits(mut self, limits: DecoderLimits) -> Self {
        self.config.decoder_limits = limits;
        self
    }

    /// Most commands that may wait for their turn; as many again may wait to be looked at. Default 1024,
    /// at least one.
    pub const fn command_bound(mut self, bound: usize) -> Self {
        self.config.command_bound = bound;
        self
    }

    /// Bounds of what is asked of the gateway and waited for, such as
    /// [members](crate::MessageSender::request_members).
    pub const fn requests(mut self, policy: RequestPolicy) -> Self {
        self.config.requests = policy;
        self
    }
}

impl From<Config> for ConfigBuilder {
    fn from(config: Config) -> Self {
        Self { config }
    }
}
