//! Building a cluster, setting by setting.

use crate::{
    Cluster, ClusterConfig, ClusterStartError, Events, RestartPolicy, ShardKey, ShardScheme,
    config::Settings, number::names,
};
use gloaming_protocol::{
    EventTypeFlags, IdentifyProperties, Intents, ShardId, UpdatePresencePayload,
};
use gloaming_queue::Queue;
use gloaming_shard::{Config, ConfigBuilder, Session, Shard};
use std::fmt::{self, Debug, Formatter};
#[cfg(feature = "twilight-http")]
use {std::sync::Arc, twilight_http::Client};

/// Items of each shard that may wait to be taken, unless set otherwise.
const BUFFER: usize = 64;

type Presence = Box<dyn Fn(ShardId) -> Option<UpdatePresencePayload> + Send + Sync>;
type PerShard = Box<dyn Fn(ShardId, ConfigBuilder) -> Config + Send + Sync>;

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
    settings: Settings,
    sessions: Vec<Resumption>,
    shard_presence: Option<Presence>,
    per_shard: Option<PerShard>,
    #[cfg(feature = "twilight-http")]
    http: Option<Arc<Client>>,
}

#[derive(Clone, Debug)]
struct Resumption {
    number: u64,
    total: Option<u32>,
    session: Session,
}

impl ClusterBuilder {
    /// The defaults: all shards that Discord recommends, and every event.
    pub fn new(token: String, intents: Intents) -> Self {
        Self {
            shards: ConfigBuilder::new(token, intents),
            scheme: ShardScheme::Auto,
            settings: Settings {
                event_types: EventTypeFlags::all(),
                buffer: BUFFER,
                restart_policy: RestartPolicy::default(),
            },
            sessions: Vec::new(),
            shard_presence: None,
            per_shard: None,
            #[cfg(feature = "twilight-http")]
            http: None,
        }
    }

    /// The cluster, yet to be brought [up](Cluster::up), and its events.
    ///
    /// # Errors
    ///
    /// A setting can't work, or Discord could not be asked how many shards to run: nothing is asked
    /// with a [scheme](Self::shard_scheme) set.
    pub async fn build(mut self) -> Result<(Cluster, Events), ClusterStartError> {
        self.scheme.validate().map_err(ClusterStartError::scheme)?;
        let mut common = self.shards.clone().build();
        if common.take_session().is_some() {
            tracing::warn!("a session belongs to one shard: use `resume_sessions`");
            self.shards = ConfigBuilder::from(common.clone());
        }
        common.validate().map_err(ClusterStartError::config)?;
        let shards: Vec<Shard> = match self.scheme {
            ShardScheme::Auto => self.recommended(common.clone()).await?,
            scheme => scheme
                .ids()
                .map(|id| Shard::with_config(id, self.config_of(id, self.shards.clone())))
                .collect(),
        };
        let scheme = match (self.scheme, shards.last()) {
            (ShardScheme::Auto, Some(last)) => ShardScheme::Range {
                from: 0,
                to: last.id().number(),
                total: last.id().total(),
            },
            (scheme, _) => scheme,
        };
        self.tell_of_strays(&shards);
        let config = ClusterConfig {
            scheme: Some(scheme),
            shards: Some(common),
            settings: self.settings,
        };
        let (cluster, items) = Cluster::of(config, shards);
        Ok((cluster, items.into_events()))
    }

    #[cfg(feature = "twilight-http")]
    async fn recommended(&self, common: Config) -> Result<Vec<Shard>, ClusterStartError> {
        let client = match &self.http {
            Some(client) => Arc::clone(client),
            None => Arc::new(Client::new(common.token().to_owned())),
        };
        let each = |id, config| self.config_of(id, config);
        let shards: Vec<Shard> = gloaming_shard::create_recommended(&client, common, each)
            .await
            .map_err(ClusterStartError::auto_sharding)?
            .collect();
        if shards.is_empty() {
            return Err(ClusterStartError::auto_sharding(
                "discord recommends to run no shard at all",
            ));
        }
        Ok(shards)
    }

    #[cfg(not(feature = "twilight-http"))]
    #[expect(
        clippy::unused_async,
        reason = "with the feature twilight-http it asks"
    )]
    async fn recommended(&self, _: Config) -> Result<Vec<Shard>, ClusterStartError> {
        Err(ClusterStartError::auto_sharding_unavailable())
    }

    fn config_of(&self, id: ShardId, mut config: ConfigBuilder) -> Config {
        if let Some(resumption) = self.sessions.iter().find(|session| session.is_of(id)) {
            config = config.session(resumption.session.clone());
        }
        let presence = self.shard_presence.as_ref().and_then(|of| of(id));
        if let Some(presence) = presence {
            config = config.presence(presence);
        }
        match &self.per_shard {
            Some(make) => make(id, config),
            None => config.build(),
        }
    }

    fn tell_of_strays(&self, shards: &[Shard]) {
        for stray in &self.sessions {
            if !shards.iter().any(|shard| stray.is_of(shard.id())) {
                let session_id = stray.session.id();
                let shard = stray.number;
                tracing::warn!(shard, session_id, "a session to resume has no shard here");
            }
        }
    }

    /// Which events are handed over. Default: all.
    pub const fn event_types(mut self, events: EventTypeFlags) -> Self {
        self.settings.event_types = events;
        self
    }

    /// How many items of each shard may wait to be taken, at least one. With its buffer full a shard
    /// stops reading its connection, and loses nothing. Default 64.
    pub const fn buffer(mut self, items: usize) -> Self {
        self.settings.buffer = items;
        self
    }

    /// What becomes of a shard whose task panics. Default: it starts again, within limits.
    pub const fn restart_policy(mut self, policy: RestartPolicy) -> Self {
        self.settings.restart_policy = policy;
        self
    }

    /// Which shards to run. Default [`ShardScheme::Auto`], which asks Discord.
    pub const fn shard_scheme(mut self, scheme: ShardScheme) -> Self {
        self.scheme = scheme;
        self
    }

    /// What asks Discord how many shards to run. Default: a client with the bot's token.
    #[cfg(feature = "twilight-http")]
    pub fn http_client(mut self, client: impl Into<Arc<Client>>) -> Self {
        self.http = Some(client.into());
        self
    }

    /// The configuration that all shards have in common, in place of what was set before: token, intents,
    /// TLS, compression and all that has no method here.
    pub fn config(mut self, config: Config) -> Self {
        self.shards = config.into();
        self
    }

    /// Makes each shard's configuration of the common one, with its session and presence set.
    pub fn per_shard_config(
        mut self,
        make: impl Fn(ShardId, ConfigBuilder) -> Config + Send + Sync + 'static,
    ) -> Self {
        self.per_shard = Some(Box::new(make));
        self
    }

    /// The gateway's main URL; see [`ConfigBuilder::gateway_url`].
    pub fn gateway_url(mut self, url: impl Into<String>) -> Self {
        self.shards = self.shards.gateway_url(url);
        self
    }

    /// What the bot says that it runs on; see [`ConfigBuilder::identify_properties`].
    pub fn identify_properties(mut self, properties: IdentifyProperties) -> Self {
        self.shards = self.shards.identify_properties(properties);
        self
    }

    /// When guilds come without their offline members; see [`ConfigBuilder::large_threshold`].
    pub fn large_threshold(mut self, threshold: u64) -> Self {
        self.shards = self.shards.large_threshold(threshold);
        self
    }

    /// The presence that each new session starts with; see [`ConfigBuilder::presence`].
    pub fn presence(mut self, presence: UpdatePresencePayload) -> Self {
        self.shards = self.shards.presence(presence);
        self
    }

    /// Each shard's presence; for `None`, the [common](Self::presence) one.
    pub fn shard_presence(
        mut self,
        presence: impl Fn(ShardId) -> Option<UpdatePresencePayload> + Send + Sync + 'static,
    ) -> Self {
        self.shard_presence = Some(Box::new(presence));
        self
    }

    /// The identify queue; see [`ConfigBuilder::queue`].
    pub fn queue(mut self, queue: impl Queue + 'static) -> Self {
        self.shards = self.shards.queue(queue);
        self
    }

    /// Whether the send limit is enforced; see [`ConfigBuilder::ratelimit_messages`].
    pub fn ratelimit_messages(mut self, enforce: bool) -> Self {
        self.shards = self.shards.ratelimit_messages(enforce);
        self
    }

    /// The older name of [`ratelimit_messages`](Self::ratelimit_messages).
    pub fn ratelimit_payloads(self, enforce: bool) -> Self {
        self.ratelimit_messages(enforce)
    }

    /// Sessions to resume, by shard number or id, as [`Cluster::down_resumable`] returned them. Resuming
    /// takes no identify; a session that Discord no longer has makes way for a new one.
    ///
    /// With another number of shards than before, sessions can't be resumed, as each has the guilds of its
    /// old shard (P35). Those shards identify, and say so with an
    /// [`SessionShardMismatch`](gloaming_shard::Lifecycle::SessionShardMismatch) and a warning. To keep
    /// sessions over a restart, store the [scheme](ClusterConfig::shard_scheme) with them, and
    /// [set it](Self::shard_scheme).
    pub fn resume_sessions<K: ShardKey>(
        mut self,
        sessions: impl IntoIterator<Item = (K, Session)>,
    ) -> Self {
        let resumption = |(key, session): (K, Session)| Resumption {
            number: key.shard_number(),
            total: key.total(),
            session,
        };
        self.sessions = sessions.into_iter().map(resumption).collect();
        self
    }
}

impl Resumption {
    fn is_of(&self, id: ShardId) -> bool {
        names(self.number, self.total, id)
    }
}

impl From<(String, Intents)> for ClusterBuilder {
    fn from((token, intents): (String, Intents)) -> Self {
        Self::new(token, intents)
    }
}

impl Debug for ClusterBuilder {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClusterBuilder")
            .field("shards", &self.shards)
            .field("scheme", &self.scheme)
            .field("settings", &self.settings)
            .field("sessions", &self.sessions)
            .finish_non_exhaustive()
    }
}
