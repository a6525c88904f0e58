//! What a shard is told when it is made.

mod builder;
mod error;
mod validation;

pub use self::{
    builder::ConfigBuilder,
    error::{ConfigError, ConfigErrorKind, Setting},
};

use crate::{
    Session,
    machine::{BackoffPolicy, MachineConfig, RecoveryPolicy, SendLimit, Timeouts},
    tls::Tls,
    transport::{Connect, Connector, Proxy},
};
use gloaming_machine::requests::RequestPolicy;
use gloaming_protocol::{
    Capabilities, Compression, DecoderLimits, Identify, IdentifyProperties, Intents, JsonParser,
    RedactedUrl, ShardId, Token, UpdatePresencePayload, default_identify_properties,
};
use gloaming_queue::{BoxFuture, IdentifyQueue, InMemoryQueue, Permit, QueueError};
use std::{
    fmt::{self, Debug},
    sync::Arc,
};

/// The default queue, or the user's.
#[derive(Clone, Debug)]
enum ConfiguredQueue {
    Default(InMemoryQueue),
    Own(Arc<dyn IdentifyQueue>),
}

/// A setting left at its default, or its user's.
#[derive(Clone, Debug)]
enum Chosen<T> {
    Default(T),
    Own(T),
}

/// A shard's configuration. Clones share the identify queue and TLS, as the shards of one bot must.
///
/// Made with [`new`](Self::new) for the defaults, or by a [`ConfigBuilder`]. `Debug` does not show the
/// token.
///
/// ```
/// use gloaming_shard::{Config, Intents};
///
/// let config = Config::new("my-token".to_owned(), Intents::GUILDS);
/// assert!(!format!("{config:?}").contains("my-token"));
/// ```
#[derive(Clone)]
pub struct Config {
    token: Token,
    intents: Intents,
    identify_properties: Option<IdentifyProperties>,
    capabilities: Capabilities,
    large_threshold: u64,
    presence: Option<UpdatePresencePayload>,
    gateway_url: Box<str>,
    proxy_url: Option<Box<str>>,
    compression: Compression,
    json_parser: JsonParser,
    tls: Chosen<Tls>,
    network_proxy: Option<Proxy>,
    /// The user's; without one, [`Connector`] with the TLS above.
    connector: Option<Arc<dyn Connect>>,
    queue: ConfiguredQueue,
    session: Option<Session>,
    resume_url: Option<Box<str>>,
    send_limit: SendLimit,
    timeouts: Timeouts,
    recovery: RecoveryPolicy,
    backoff: BackoffPolicy,
    decoder_limits: DecoderLimits,
    command_bound: usize,
    requests: RequestPolicy,
}

impl Config {
    /// The defaults, with a token and the intents.
    #[must_use]
    pub fn new(token: String, intents: Intents) -> Self {
        ConfigBuilder::new(token, intents).build()
    }

    /// Opt-ins to gateway behavior.
    #[must_use]
    pub const fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// What the bot says that it runs on, unless left at the default.
    #[must_use]
    pub const fn identify_properties(&self) -> Option<&IdentifyProperties> {
        self.identify_properties.as_ref()
    }

    /// Which groups of events the gateway sends.
    #[must_use]
    pub const fn intents(&self) -> Intents {
        self.intents
    }

    /// Guilds with more members than this come without their offline members.
    #[must_use]
    pub const fn large_threshold(&self) -> u64 {
        self.large_threshold
    }

    /// The presence that each new session starts with.
    #[must_use]
    pub const fn presence(&self) -> Option<&UpdatePresencePayload> {
        self.presence.as_ref()
    }

    /// The gateway's main URL, without query.
    #[must_use]
    pub fn gateway_url(&self) -> &str {
        &self.gateway_url
    }

    /// The proxy that stands in for the gateway, if there is one.
    #[must_use]
    pub fn proxy_url(&self) -> Option<&str> {
        self.proxy_url.as_deref()
    }

    /// How what the gateway sends is compressed.
    #[must_use]
    pub const fn compression(&self) -> Compression {
        self.compression
    }

    /// What parses typed events.
    #[must_use]
    pub const fn json_parser(&self) -> JsonParser {
        self.json_parser
    }

    /// The TLS of the default connector.
    #[must_use]
    pub const fn tls(&self) -> &Tls {
        match &self.tls {
            Chosen::Default(tls) | Chosen::Own(tls) => tls,
        }
    }

    /// The network proxy that connections go through, if there is one.
    #[must_use]
    pub const fn network_proxy(&self) -> Option<&Proxy> {
        self.network_proxy.as_ref()
    }

    /// What opens connections.
    #[must_use]
    pub fn connector(&self) -> Arc<dyn Connect> {
        self.connector.clone().unwrap_or_else(|| {
            let connector = Connector::new(self.tls().clone())
                .with_max_message_bytes(self.decoder_limits.max_message_bytes);
            Arc::new(match &self.network_proxy {
                Some(proxy) => connector.with_proxy(proxy.clone()),
                None => connector,
            })
        })
    }

    /// The identify queue.
    #[must_use]
    pub fn queue(&self) -> &dyn IdentifyQueue {
        match &self.queue {
            ConfiguredQueue::Default(queue) => queue,
            ConfiguredQueue::Own(queue) => &**queue,
        }
    }

    /// Acquires a permit without borrowing the configuration.
    pub(crate) fn acquire_permit(
        &self,
        shard: u32,
    ) -> BoxFuture<'static, Result<Permit, QueueError>> {
        match &self.queue {
            ConfiguredQueue::Default(queue) => queue.acquire(shard),
            ConfiguredQueue::Own(queue) => {
                let queue = Arc::clone(queue);
                Box::pin(async move { queue.acquire(shard).await })
            }
        }
    }

    /// The default queue, unless the user has set another one.
    #[cfg(feature = "twilight-http")]
    pub(crate) const fn default_queue(&self) -> Option<&InMemoryQueue> {
        match &self.queue {
            ConfiguredQueue::Default(queue) => Some(queue),
            ConfiguredQueue::Own(_) => None,
        }
    }

    /// Whether the send limit is enforced (P22).
    #[must_use]
    pub const fn ratelimit_messages(&self) -> bool {
        matches!(self.send_limit, SendLimit::Enforced)
    }

    /// The bot's token. Keep it out of logs.
    #[must_use]
    pub fn token(&self) -> &str {
        self.token.expose()
    }

    /// Bounds of every wait.
    #[must_use]
    pub const fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// Bounds of the recovery (P16).
    #[must_use]
    pub const fn recovery(&self) -> RecoveryPolicy {
        self.recovery
    }

    /// Waits between connections.
    #[must_use]
    pub const fn backoff(&self) -> BackoffPolicy {
        self.backoff
    }

    /// Bounds of what the decoder takes.
    #[must_use]
    pub const fn decoder_limits(&self) -> DecoderLimits {
        self.decoder_limits
    }

    /// Most commands that may wait to be sent.
    #[must_use]
    pub const fn command_bound(&self) -> usize {
        self.command_bound
    }

    /// Bounds of what is asked of the gateway and waited for.
    #[must_use]
    pub const fn requests(&self) -> RequestPolicy {
        self.requests
    }

    /// Checks what a shard checks when it starts.
    ///
    /// # Errors
    ///
    /// The first setting that can't work, and why.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.machine_config(ShardId::ONE).map(drop)
    }

    /// What is connected to first.
    fn main_url(&self) -> &str {
        self.proxy_url.as_deref().unwrap_or(&self.gateway_url)
    }

    /// Takes out the session to resume, with the host to do so on: it belongs to one shard, and what is left
    /// can be shared by many.
    pub fn take_session(&mut self) -> Option<Session> {
        let session = self.session.take()?;
        Some(match self.resume_url.take() {
            Some(url) => session.with_resume_url(url.into()),
            None => session,
        })
    }

    pub(crate) fn machine_config(&self, shard: ShardId) -> Result<MachineConfig, ConfigError> {
        validation::check(self)?;
        let default_properties;
        let properties = match &self.identify_properties {
            Some(properties) => properties,
            None => {
                default_properties = default_identify_properties();
                &default_properties
            }
        };
        let identify = Identify {
            capabilities: self.capabilities,
            compress: self.compression == Compression::Payload,
            large_threshold: self.large_threshold,
            shard: Some(shard),
            presence: self.presence.as_ref(),
            ..Identify::new(&self.token, properties, self.intents)
        }
        .encode()
        .map_err(|error| ConfigError::caused_by(ConfigErrorKind::Identify, error))?;
        let mut config = MachineConfig::new(
            self.token.clone(),
            identify,
            self.main_url(),
            self.compression,
        )
        .map_err(|error| ConfigError::caused_by(ConfigErrorKind::GatewayUrl, error))?;
        config.shard = Some(shard);
        config.timeouts = self.timeouts;
        config.recovery = self.recovery;
        config.backoff = self.backoff;
        config.send_limit = self.send_limit;
        config.command_bound = self.command_bound;
        config.requests = self.requests;
        Ok(config)
    }
}

impl Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("intents", &self.intents)
            .field("gateway_url", &RedactedUrl::new(&self.gateway_url))
            .field("proxy_url", &self.proxy_url().map(RedactedUrl::new))
            .field("compression", &self.compression)
            .field("json_parser", &self.json_parser)
            .field("tls", self.tls())
            .field("network_proxy", &self.network_proxy)
            .field("connector", &self.connector)
            .field("queue", &self.queue)
            .field("large_threshold", &self.large_threshold)
            .field("presence", &self.presence)
            .field("send_limit", &self.send_limit)
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}
