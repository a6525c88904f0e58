//! The configuration of a shard.

mod builder;
mod error;
mod validation;

pub use self::{
    builder::ConfigBuilder,
    error::{ConfigError, ConfigErrorKind, Setting},
};

use crate::{
    IdentifyGate, Session, UserAgent,
    failure_log::SharedFailureLog,
    machine::{BackoffPolicy, RecoveryPolicy, SendLimit, Timeouts},
    tls::Tls,
    transport::{Connect, Connector, ProxySelector},
};
use gloaming_machine::{gateway_info::GatewayInfoPolicy, requests::RequestPolicy};
use gloaming_protocol::{
    Capabilities, Compression, DecoderLimits, EventTypeFlags, IdentifyProperties, Inflater,
    Intents, JsonParser, RedactedUrl, ResumeHosts, Token, UpdatePresencePayload,
    limits::GATEWAY_URL,
};
use gloaming_queue::{BoxFuture, IdentifyQueue, InMemoryQueue, Permit, QueueError, QueueSettings};
use std::{
    fmt::{self, Debug},
    sync::Arc,
};

/// The queue of the default configuration, or a custom one.
#[derive(Clone, Debug)]
enum ConfiguredQueue {
    Default(InMemoryQueue),
    Custom(Arc<dyn IdentifyQueue>),
}

/// The default value of a setting, or a configured one.
#[derive(Clone, Debug)]
enum Choice<T> {
    Default(T),
    Custom(T),
}

/// The configuration of a shard.
///
/// Clones share the identify queue and TLS, as all shards of a bot must. Create one with defaults by
/// [`new`](Self::new), and others with [`ConfigBuilder`]. `Debug` omits the token.
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
    api_url: Box<str>,
    user_agent: UserAgent,
    gateway_info: GatewayInfoPolicy,
    compression: Compression,
    inflater: Inflater,
    json_parser: JsonParser,
    keep_payloads: EventTypeFlags,
    tls: Choice<Tls>,
    network_proxy: Option<ProxySelector>,
    /// A custom connector. Without one, [`Connector`] with the TLS and proxy above.
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
    resume_hosts: ResumeHosts,
    failure_log: SharedFailureLog,
    identify_gate: IdentifyGate,
    flight_recorder: usize,
    read_ahead: usize,
}

impl Config {
    /// Returns the opt-ins to gateway behavior.
    #[must_use]
    pub const fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// Returns the configured identify properties, or `None` for the default.
    #[must_use]
    pub const fn identify_properties(&self) -> Option<&IdentifyProperties> {
        self.identify_properties.as_ref()
    }

    /// Returns the intents: the groups of events that the gateway sends.
    #[must_use]
    pub const fn intents(&self) -> Intents {
        self.intents
    }

    /// Returns the number of members above which guilds arrive without their offline members.
    #[must_use]
    pub const fn large_threshold(&self) -> u64 {
        self.large_threshold
    }

    /// Returns the presence that each new session starts with.
    #[must_use]
    pub const fn presence(&self) -> Option<&UpdatePresencePayload> {
        self.presence.as_ref()
    }

    /// Returns the gateway's main URL, without query.
    #[must_use]
    pub fn gateway_url(&self) -> &str {
        &self.gateway_url
    }

    /// Returns the URL of the gateway proxy, if one is configured.
    #[must_use]
    pub fn proxy_url(&self) -> Option<&str> {
        self.proxy_url.as_deref()
    }

    /// Returns the URL of Discord's REST API.
    #[must_use]
    pub fn api_url(&self) -> &str {
        &self.api_url
    }

    /// Returns the header `User-Agent` of the default connector and of requests to the API.
    #[must_use]
    pub const fn user_agent(&self) -> &UserAgent {
        &self.user_agent
    }

    /// Returns the limits of the [request](crate::GatewayInfoRequest) for the recommended number of shards.
    #[must_use]
    pub const fn gateway_info(&self) -> GatewayInfoPolicy {
        self.gateway_info
    }

    /// Returns the compression of received messages.
    #[must_use]
    pub const fn compression(&self) -> Compression {
        self.compression
    }

    /// Returns what inflates zlib-stream.
    #[must_use]
    pub const fn inflater(&self) -> Inflater {
        self.inflater
    }

    /// Returns the parser of typed events.
    #[must_use]
    pub const fn json_parser(&self) -> JsonParser {
        self.json_parser
    }

    /// Returns the kinds of events that are delivered with their payload.
    #[must_use]
    pub const fn keep_payloads(&self) -> EventTypeFlags {
        self.keep_payloads
    }

    /// Returns the TLS of the default connector.
    #[must_use]
    pub const fn tls(&self) -> &Tls {
        match &self.tls {
            Choice::Default(tls) | Choice::Custom(tls) => tls,
        }
    }

    /// Returns what selects the network proxy of the default connector, if it is configured.
    #[must_use]
    pub const fn network_proxy(&self) -> Option<&ProxySelector> {
        self.network_proxy.as_ref()
    }

    /// Returns the connector: the configured one, or the default one with this configuration's TLS, network
    /// proxy, user agent and message size limit.
    #[must_use]
    pub fn connector(&self) -> Arc<dyn Connect> {
        self.connector.clone().unwrap_or_else(|| {
            let connector = Connector::new(self.tls().clone())
                .with_user_agent(self.user_agent.clone())
                .with_max_message_bytes(self.decoder_limits.max_message_bytes);
            Arc::new(match &self.network_proxy {
                Some(proxy) => connector.with_proxy(proxy.clone()),
                None => connector,
            })
        })
    }

    /// Returns the identify queue.
    #[must_use]
    pub fn queue(&self) -> &dyn IdentifyQueue {
        match &self.queue {
            ConfiguredQueue::Default(queue) => queue,
            ConfiguredQueue::Custom(queue) => &**queue,
        }
    }

    /// Returns the gate that pauses the IDENTIFYs of all shards with clones of this configuration.
    #[must_use]
    pub const fn identify_gate(&self) -> &IdentifyGate {
        &self.identify_gate
    }

    pub(crate) fn failure_log(&self) -> SharedFailureLog {
        self.failure_log.clone()
    }

    /// Acquires a permit without borrowing the configuration.
    pub(crate) fn acquire_permit(
        &self,
        shard: u32,
    ) -> BoxFuture<'static, Result<Permit, QueueError>> {
        let gate = self.identify_gate.clone();
        match &self.queue {
            ConfiguredQueue::Default(queue) => {
                let queue = queue.clone();
                Box::pin(async move {
                    gate.opened().await;
                    queue.acquire(shard).await
                })
            }
            ConfiguredQueue::Custom(queue) => {
                let queue = Arc::clone(queue);
                Box::pin(async move {
                    gate.opened().await;
                    queue.acquire(shard).await
                })
            }
        }
    }

    /// Whether a restart of the process forgets identifies at Discord: the shards use the default queue without a
    /// ledger and without Discord's own count.
    pub(crate) fn forgets_identifies(&self) -> bool {
        let is_discord = *self.gateway_url == *GATEWAY_URL && self.proxy_url.is_none();
        is_discord
            && self.connector.is_none()
            && self.default_queue().is_some_and(|queue| {
                !queue.has_ledger() && queue.settings() == QueueSettings::default()
            })
    }

    /// Returns whether the identify queue is the default one and assumes the limits of small bots: one identify per 5 s,
    /// 1000 per day. Discord's own limits come from [`create_from_info`](crate::create_from_info) or
    /// [`apply_session_start_limit`](crate::apply_session_start_limit).
    #[must_use]
    pub fn uses_default_limits(&self) -> bool {
        self.default_queue().is_some_and(|queue| {
            queue.settings().max_concurrency == QueueSettings::default().max_concurrency
        })
    }

    /// Returns the default queue, or `None` if a custom one is configured.
    pub(crate) const fn default_queue(&self) -> Option<&InMemoryQueue> {
        match &self.queue {
            ConfiguredQueue::Default(queue) => Some(queue),
            ConfiguredQueue::Custom(_) => None,
        }
    }

    /// Returns whether the shard enforces the send limit ([P22](gloaming_protocol::rules#p22)).
    #[must_use]
    pub const fn ratelimit_messages(&self) -> bool {
        matches!(self.send_limit, SendLimit::Enforced)
    }

    /// Returns the bot's token. It is a secret: keep it out of logs.
    #[must_use]
    pub fn token(&self) -> &str {
        self.token.expose()
    }

    /// Returns how many frames the flight recorder keeps; none if it is off.
    #[must_use]
    pub const fn flight_recorder(&self) -> usize {
        self.flight_recorder
    }

    /// Returns how many bytes a shard reads ahead while its buffer is full.
    #[must_use]
    pub const fn read_ahead(&self) -> usize {
        self.read_ahead
    }

    /// Returns the timeouts.
    #[must_use]
    pub const fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// Returns the limits of the recovery ([P16](gloaming_protocol::rules#p16)).
    #[must_use]
    pub const fn recovery(&self) -> RecoveryPolicy {
        self.recovery
    }

    /// Returns the backoff between connection attempts.
    #[must_use]
    pub const fn backoff(&self) -> BackoffPolicy {
        self.backoff
    }

    /// Returns the limits of the decoder.
    #[must_use]
    pub const fn decoder_limits(&self) -> DecoderLimits {
        self.decoder_limits
    }

    /// Returns the number of commands that may wait to be sent.
    #[must_use]
    pub const fn command_bound(&self) -> usize {
        self.command_bound
    }

    /// Returns the limits of requests that wait for answers.
    #[must_use]
    pub const fn requests(&self) -> RequestPolicy {
        self.requests
    }

    /// Returns the hosts other than the main URL's on which sessions may be resumed.
    #[must_use]
    pub const fn resume_hosts(&self) -> &ResumeHosts {
        &self.resume_hosts
    }

    /// Removes and returns the session to resume, with its host.
    ///
    /// A session belongs to one shard; the rest of the configuration can be shared by many.
    pub fn take_session(&mut self) -> Option<Session> {
        let session = self.session.take()?;
        Some(match self.resume_url.take() {
            Some(url) => session.with_resume_url(url.into()),
            None => session,
        })
    }
}

impl Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("intents", &self.intents)
            .field("gateway_url", &RedactedUrl::new(&self.gateway_url))
            .field("proxy_url", &self.proxy_url().map(RedactedUrl::new))
            .field("api_url", &RedactedUrl::new(&self.api_url))
            .field("user_agent", &self.user_agent)
            .field("compression", &self.compression)
            .field("inflater", &self.inflater)
            .field("json_parser", &self.json_parser)
            .field("keep_payloads", &self.keep_payloads)
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
