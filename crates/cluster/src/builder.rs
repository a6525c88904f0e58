//! The builder of a cluster.

use crate::{
    Cluster, ClusterConfig, ClusterStartError, Events, RestartPolicy, ShardKey, ShardScheme,
    config::ClusterSettings, key,
};
use gloaming_protocol::{
    EventTypeFlags, IdentifyProperties, Intents, ShardId, UpdatePresencePayload,
};
use gloaming_queue::{IDENTIFY_SPACING, IdentifyQueue, Ledger, LedgerError};
use gloaming_shard::{
    Config, ConfigBuilder, GatewayInfoPolicy, GatewayInfoRequest, GatewayInfoState, Session, Shard,
    apply_session_start_limit, create_from_info, error::GatewayInfoError,
};
use std::{
    fmt::{self, Debug, Formatter},
    sync::Arc,
    time::Duration,
};
#[cfg(feature = "twilight-http")]
use twilight_http::Client;
use twilight_model::gateway::connection_info::BotConnectionInfo;

/// With more shards, one identify per 5 s takes so long that a warning is logged.
const MAX_SHARDS_WITHOUT_LIMITS: u32 = 16;

/// Default of [`ClusterBuilder::buffer`].
const DEFAULT_BUFFER: usize = 64;

type PresenceFn = Box<dyn Fn(ShardId) -> Option<UpdatePresencePayload> + Send + Sync>;
type StateFn = Arc<dyn Fn(&GatewayInfoState) + Send + Sync>;
type ConfigFn = Box<dyn Fn(ShardId, ConfigBuilder) -> Config + Send + Sync>;

/// Builds a [`Cluster`].
///
/// ```no_run
/// use gloaming_cluster::{Cluster, ShardScheme};
/// use gloaming_protocol::{EventTypeFlags, Intents};
///
/// # async fn example(token: String) -> Result<(), Box<dyn std::error::Error>> {
/// let (cluster, events) = Cluster::builder(token, Intents::GUILDS)
///     .event_types(EventTypeFlags::GUILDS)
///     .shard_scheme(ShardScheme::try_from((0..8, 16))?)
///     .per_shard_config(|shard, config| config.large_threshold(50 + u64::from(shard.number())).build())
///     .build()
///     .await?;
/// # drop((cluster, events));
/// # Ok(())
/// # }
/// ```
#[must_use = "a builder does nothing until built"]
pub struct ClusterBuilder {
    shards: ConfigBuilder,
    scheme: ShardScheme,
    settings: ClusterSettings,
    sessions: Vec<StoredSession>,
    shard_presence: Option<PresenceFn>,
    per_shard_config: Option<ConfigFn>,
    on_auto_state: Option<StateFn>,
    identify_limits: IdentifyLimits,
    #[cfg(feature = "twilight-http")]
    http: Option<Arc<Client>>,
}

/// What the default queue knows of Discord's limits with a scheme of shards that needs no request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum IdentifyLimits {
    /// Those of small bots.
    Assumed,
    /// Those that Discord returns.
    Requested,
}

#[derive(Clone, Debug)]
struct StoredSession {
    number: u64,
    total: Option<u32>,
    session: Session,
}

impl ClusterBuilder {
    /// Creates a builder with the defaults: all shards that Discord recommends, and every event.
    pub fn new(token: String, intents: Intents) -> Self {
        Self {
            shards: ConfigBuilder::new(token, intents),
            scheme: ShardScheme::Auto,
            settings: ClusterSettings::new(EventTypeFlags::all(), DEFAULT_BUFFER),
            sessions: Vec::new(),
            shard_presence: None,
            per_shard_config: None,
            on_auto_state: None,
            identify_limits: IdentifyLimits::Assumed,
            #[cfg(feature = "twilight-http")]
            http: None,
        }
    }

    /// Builds the cluster, which [`Cluster::up`] starts, and the stream of its events.
    ///
    /// It waits only for Discord's recommendation, which is not requested if a
    /// [shard scheme](Self::shard_scheme) is set. The request is sent again after faults and rate limits, until the
    /// deadline of its [limits](Self::gateway_info), after 5 min by default. Each wait is logged at warn level, and
    /// [`on_auto_state`](Self::on_auto_state) observes it. [`GatewayInfoRequest`] has the details.
    ///
    /// # Errors
    ///
    /// Fails if a setting is invalid, or if the recommendation could not be requested. The source is then a
    /// [`GatewayInfoError`], which says whose fault it is, and how long Discord asks to wait.
    pub async fn build(mut self) -> Result<(Cluster, Events), ClusterStartError> {
        self.scheme.validate().map_err(ClusterStartError::scheme)?;
        let mut common = self.shards.clone().build();
        if common.take_session().is_some() {
            tracing::warn!(
                "the common configuration contains a session, which belongs to one shard and is not resumed; use `resume_sessions`"
            );
            self.shards = ConfigBuilder::from(common.clone());
        }
        common.validate().map_err(ClusterStartError::config)?;
        let shards: Vec<Shard> = match self.scheme {
            ShardScheme::Auto => self.recommended(common.clone()).await?,
            scheme => {
                self.prepare_queue(&common).await?;
                scheme
                    .ids()
                    .map(|id| Shard::with_config(id, self.config_of(id, self.shards.clone())))
                    .collect()
            }
        };
        let scheme = match (self.scheme, shards.last()) {
            (ShardScheme::Auto, Some(last)) => ShardScheme::Range {
                from: 0,
                to: last.id().number(),
                total: last.id().total(),
            },
            (scheme, _) => scheme,
        };
        self.warn_about_unmatched_sessions(&shards);
        let config = ClusterConfig {
            scheme: Some(scheme),
            shards: Some(common),
            settings: self.settings,
        };
        let (cluster, items) = Cluster::assemble(config, shards)?;
        Ok((cluster, items.into_events()))
    }

    /// Gives the default queue Discord's limits if that is requested, since a scheme without a request does not know
    /// them.
    async fn prepare_queue(&self, common: &Config) -> Result<(), ClusterStartError> {
        let shards = u32::try_from(self.scheme.ids().count()).unwrap_or(u32::MAX);
        match self.identify_limits {
            IdentifyLimits::Requested => {
                let info = self.gateway_info_of(common).await;
                let info = info.map_err(ClusterStartError::identify_limits)?;
                apply_session_start_limit(&info.session_start_limit, shards, common);
            }
            IdentifyLimits::Assumed => {
                let is_serial = common.uses_default_limits()
                    && matches!(self.scheme, ShardScheme::Range { .. });
                if is_serial && shards > MAX_SHARDS_WITHOUT_LIMITS {
                    let minutes = IDENTIFY_SPACING.saturating_mul(shards - 1).as_secs() / 60;
                    tracing::warn!(
                        shards,
                        "the shards identify one per 5 s, which takes {minutes} min for all; Discord may permit more: \
                         call `request_identify_limits`, or set a queue"
                    );
                }
            }
        }
        Ok(())
    }

    async fn gateway_info_of(
        &self,
        common: &Config,
    ) -> Result<BotConnectionInfo, GatewayInfoError> {
        let mut request = GatewayInfoRequest::new(common);
        if let Some(observe) = self.on_auto_state.clone() {
            request = request.on_state(move |state| observe(state));
        }
        self.request(request).await
    }

    async fn recommended(&self, common: Config) -> Result<Vec<Shard>, ClusterStartError> {
        let info = self.gateway_info_of(&common).await;
        let info = info.map_err(ClusterStartError::auto_sharding)?;
        let each = |id, config| self.config_of(id, config);
        Ok(create_from_info(&info, common, each).collect())
    }

    #[cfg(feature = "twilight-http")]
    async fn request(
        &self,
        request: GatewayInfoRequest,
    ) -> Result<BotConnectionInfo, GatewayInfoError> {
        match &self.http {
            Some(client) => request.send_through(client).await,
            None => request.send().await,
        }
    }

    #[cfg(not(feature = "twilight-http"))]
    async fn request(
        &self,
        request: GatewayInfoRequest,
    ) -> Result<BotConnectionInfo, GatewayInfoError> {
        request.send().await
    }

    fn config_of(&self, id: ShardId, mut config: ConfigBuilder) -> Config {
        if let Some(stored) = self.sessions.iter().find(|stored| stored.is_for(id)) {
            config = config.session(stored.session.clone());
        }
        let presence = self.shard_presence.as_ref().and_then(|make| make(id));
        if let Some(presence) = presence {
            config = config.presence(presence);
        }
        match &self.per_shard_config {
            Some(make) => make(id, config),
            None => config.build(),
        }
    }

    fn warn_about_unmatched_sessions(&self, shards: &[Shard]) {
        for stored in &self.sessions {
            if !shards.iter().any(|shard| stored.is_for(shard.id())) {
                let session_id = stored.session.id();
                let shard = stored.number;
                tracing::warn!(
                    shard,
                    session_id,
                    "a stored session matches no shard of this cluster and is not resumed"
                );
            }
        }
    }

    /// Sets which events are delivered. Default: all.
    pub const fn event_types(mut self, events: EventTypeFlags) -> Self {
        self.settings.event_types = events;
        self
    }

    /// Sets the kinds of events that are delivered with their payload, by [`Events::last_payload`] and as
    /// [`Item::EventWithPayload`](gloaming_shard::Item::EventWithPayload); see [`ConfigBuilder::keep_payloads`].
    /// Default: none.
    pub fn keep_payloads(mut self, events: EventTypeFlags) -> Self {
        self.shards = self.shards.keep_payloads(events);
        self
    }

    /// Sets how many items of each shard are buffered at most; at least one. While its buffer is full, a shard
    /// does not read from its connection, and loses nothing. Default 64.
    pub const fn buffer(mut self, items: usize) -> Self {
        self.settings.buffer = items;
        self
    }

    /// Sets how long [`Cluster::guilds_arrived`] waits after the last progress: a shard that became ready, a guild that
    /// arrived or another event of a shard whose guilds are awaited. Not the whole time from the start, since shards
    /// identify one after another. Default 2 min, at most a year.
    pub const fn guilds_timeout(mut self, timeout: Duration) -> Self {
        self.settings.guilds_timeout = timeout;
        self
    }

    /// Sets what happens to a shard whose task panics. Default: it is restarted, within
    /// [limits](crate::RestartLimits).
    pub const fn restart_policy(mut self, policy: RestartPolicy) -> Self {
        self.settings.restart_policy = policy;
        self
    }

    /// Sets which shards to run. Default [`ShardScheme::Auto`], which asks Discord.
    pub const fn shard_scheme(mut self, scheme: ShardScheme) -> Self {
        self.scheme = scheme;
        self
    }

    /// Requests Discord's limits of identifies when the cluster is built, also with a [scheme](Self::shard_scheme) of
    /// shards that needs no request, and gives them to the default queue. Default: with a scheme other than
    /// [`ShardScheme::Auto`], nothing is requested, and one shard identifies per 5 s
    /// ([P11](gloaming_protocol::rules#p11)).
    ///
    /// For large bots: Discord permits more than one (`max_concurrency`) only for those. With several processes, all
    /// of them share the limits of the bot, so that each process needs a [queue](Self::queue) that the others share.
    ///
    /// The request is made, observed and limited as that of [`ShardScheme::Auto`], and [`build`](Self::build) fails if
    /// it fails. A custom queue stays as it is.
    ///
    /// ```no_run
    /// use gloaming_cluster::{Cluster, ShardScheme};
    /// use gloaming_protocol::Intents;
    ///
    /// # async fn example(token: String) -> Result<(), Box<dyn std::error::Error>> {
    /// let (cluster, events) = Cluster::builder(token, Intents::GUILDS)
    ///     .shard_scheme(ShardScheme::try_from((.., 320))?)
    ///     .request_identify_limits()
    ///     .build()
    ///     .await?;
    /// # drop((cluster, events));
    /// # Ok(())
    /// # }
    /// ```
    pub const fn request_identify_limits(mut self) -> Self {
        self.identify_limits = IdentifyLimits::Requested;
        self
    }

    /// Sets a client of twilight-http that asks Discord for the recommended number of shards. Default: none. The
    /// configuration's [API URL](Self::api_url), TLS and network proxy are used instead.
    ///
    /// Discord's rate limits are followed less exactly with a client; see
    /// [`GatewayInfoRequest::send_through`].
    #[cfg(feature = "twilight-http")]
    pub fn http_client(mut self, client: impl Into<Arc<Client>>) -> Self {
        self.http = Some(client.into());
        self
    }

    /// Sets the configuration that all shards have in common: token, intents, TLS, compression and everything
    /// else that has no method here. It replaces earlier settings of the shards.
    pub fn config(mut self, config: Config) -> Self {
        self.shards = config.into();
        self
    }

    /// Sets a function that makes the configuration of each shard from the common one, in which the shard's
    /// session and presence are set already.
    pub fn per_shard_config(
        mut self,
        make: impl Fn(ShardId, ConfigBuilder) -> Config + Send + Sync + 'static,
    ) -> Self {
        self.per_shard_config = Some(Box::new(make));
        self
    }

    /// Sets the gateway's main URL; see [`ConfigBuilder::gateway_url`].
    pub fn gateway_url(mut self, url: impl Into<String>) -> Self {
        self.shards = self.shards.gateway_url(url);
        self
    }

    /// Sets the URL of Discord's REST API, which [`ShardScheme::Auto`] asks for the number of shards; see
    /// [`ConfigBuilder::api_url`].
    pub fn api_url(mut self, url: impl Into<String>) -> Self {
        self.shards = self.shards.api_url(url);
        self
    }

    /// Sets the limits of the request for the number of shards with [`ShardScheme::Auto`], such as its deadline; see
    /// [`ConfigBuilder::gateway_info`].
    pub fn gateway_info(mut self, policy: GatewayInfoPolicy) -> Self {
        self.shards = self.shards.gateway_info(policy);
        self
    }

    /// Sets a function that is called with each new state of the request for the number of shards with
    /// [`ShardScheme::Auto`]: before each attempt and before each wait. It must not block.
    pub fn on_auto_state(
        mut self,
        observe: impl Fn(&GatewayInfoState) + Send + Sync + 'static,
    ) -> Self {
        self.on_auto_state = Some(Arc::new(observe));
        self
    }

    /// Sets the properties of the client that IDENTIFY reports; see [`ConfigBuilder::identify_properties`].
    pub fn identify_properties(mut self, properties: IdentifyProperties) -> Self {
        self.shards = self.shards.identify_properties(properties);
        self
    }

    /// Sets from how many members on guilds come without their offline members; see [`ConfigBuilder::large_threshold`].
    pub fn large_threshold(mut self, threshold: u64) -> Self {
        self.shards = self.shards.large_threshold(threshold);
        self
    }

    /// Sets the presence with which each new session starts; see [`ConfigBuilder::presence`].
    pub fn presence(mut self, presence: UpdatePresencePayload) -> Self {
        self.shards = self.shards.presence(presence);
        self
    }

    /// Sets a function that returns the presence of each shard, or `None` for the
    /// [common](Self::presence) one.
    pub fn shard_presence(
        mut self,
        presence: impl Fn(ShardId) -> Option<UpdatePresencePayload> + Send + Sync + 'static,
    ) -> Self {
        self.shard_presence = Some(Box::new(presence));
        self
    }

    /// Sets the identify queue; see [`ConfigBuilder::queue`].
    pub fn queue(mut self, queue: impl IdentifyQueue + 'static) -> Self {
        self.shards = self.shards.queue(queue);
        self
    }

    /// Lets the default queue record identifies in a ledger; see [`ConfigBuilder::identify_ledger`].
    ///
    /// # Errors
    ///
    /// Fails if the ledger can't be read.
    pub fn identify_ledger(mut self, ledger: impl Ledger + 'static) -> Result<Self, LedgerError> {
        self.shards = self.shards.identify_ledger(ledger)?;
        Ok(self)
    }

    /// Sets whether the send limit is enforced; see [`ConfigBuilder::ratelimit_messages`].
    pub fn ratelimit_messages(mut self, enforce: bool) -> Self {
        self.shards = self.shards.ratelimit_messages(enforce);
        self
    }

    /// Sets the sessions to resume, by shard number or id, as [`Cluster::down_resumable`] returned them.
    ///
    /// Resuming spends no identify. If Discord no longer has a session, the shard identifies. A session that
    /// matches no shard of the cluster is logged at warn level.
    ///
    /// Sessions of another total number of shards can't be resumed, since each has the guilds of its former
    /// shard ([P35](gloaming_protocol::rules#p35)). The shards identify instead, and report it with an
    /// [`SessionShardMismatch`](gloaming_shard::Lifecycle::SessionShardMismatch) item and a log message at
    /// warn level. To keep sessions over a restart, store the [scheme](ClusterConfig::shard_scheme) with them
    /// and [set it](Self::shard_scheme).
    pub fn resume_sessions<K: ShardKey>(
        mut self,
        sessions: impl IntoIterator<Item = (K, Session)>,
    ) -> Self {
        let stored = |(key, session): (K, Session)| StoredSession {
            number: key.shard_number(),
            total: key.total(),
            session,
        };
        self.sessions = sessions.into_iter().map(stored).collect();
        self
    }
}

impl Cluster {
    /// Builds a cluster of all shards that Discord recommends, with default settings.
    ///
    /// # Errors
    ///
    /// Fails as [`ClusterBuilder::build`] does.
    pub async fn new(token: String, intents: Intents) -> Result<(Self, Events), ClusterStartError> {
        Self::builder(token, intents).build().await
    }

    /// Returns a builder with default settings.
    pub fn builder(token: String, intents: Intents) -> ClusterBuilder {
        ClusterBuilder::new(token, intents)
    }
}

impl StoredSession {
    fn is_for(&self, id: ShardId) -> bool {
        key::matches(self.number, self.total, id)
    }
}

impl Debug for ClusterBuilder {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClusterBuilder")
            .field("shards", &self.shards)
            .field("scheme", &self.scheme)
            .field("settings", &self.settings)
            .field("sessions", &self.sessions)
            .field("identify_limits", &self.identify_limits)
            .finish_non_exhaustive()
    }
}
