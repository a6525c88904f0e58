//! The builder of a cluster.

mod settings;
mod stored_sessions;

use self::stored_sessions::SessionStoreSettings;
use crate::{
    Cluster, ClusterConfig, ClusterStartError, Events, ShardScheme,
    config::ClusterSettings,
    key,
    members::SetTotal,
    shard_factory::{ConfigFn, PresenceFn, ShardFactory, StateFn},
};
use gloaming_protocol::{EventTypeFlags, Intents, ShardId};
use gloaming_queue::IDENTIFY_SPACING;
use gloaming_shard::{ConfigBuilder, Session, Shard, ShardRuntime, apply_session_start_limit};
use std::{
    fmt::{self, Debug, Formatter},
    num::NonZeroU32,
    sync::Arc,
};
#[cfg(feature = "twilight-http")]
use twilight_http::Client;

/// With more shards, one identify per 5 s takes so long that a warning is logged.
const MAX_SHARDS_WITHOUT_LIMITS: u32 = 16;

/// Default of [`ClusterBuilder::buffer`].
const DEFAULT_BUFFER: usize = 64;

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
    session_store: SessionStoreSettings,
    /// `None` for a thread of its own.
    runtime: Option<ShardRuntime>,
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
    source: Source,
}

/// Where a session to resume comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Source {
    /// The application.
    Given,
    /// The session store.
    Loaded,
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
            session_store: SessionStoreSettings::default(),
            runtime: None,
            #[cfg(feature = "twilight-http")]
            http: None,
        }
    }

    /// Builds the cluster, which [`Cluster::up`] starts, and the stream of its events.
    ///
    /// It waits for the [session store](Self::session_store), if there is one, for 10 s at most, and for Discord's
    /// recommendation, which is not requested if a [shard scheme](Self::shard_scheme) is set. The request is sent again
    /// after faults and rate limits, until the deadline of its [limits](Self::gateway_info), after 5 min by default. Each
    /// wait is logged at warn level, and [`on_auto_state`](Self::on_auto_state) observes it. [`GatewayInfoRequest`](gloaming_shard::GatewayInfoRequest) has the
    /// details.
    ///
    /// # Errors
    ///
    /// Fails if a setting is invalid, if the session store could not be loaded, or if the recommendation could not be
    /// requested. In the last case, the source is a [`GatewayInfoError`](gloaming_shard::error::GatewayInfoError), which says whose fault it is, and how long
    /// Discord asks to wait.
    pub async fn build(self) -> Result<(Cluster, Events), ClusterStartError> {
        self.scheme.validate().map_err(ClusterStartError::scheme)?;
        self.build_set(SetTotal::OfShards).await
    }

    /// Builds a cluster without shards, for those that are [added](Cluster::add_shard) later, which are of `total` shards. It
    /// is for a process that runs some of a bot's shards, which change: at times, it may have none.
    ///
    /// The stream of its events does not end with the last shard. It ends when the cluster is [down](Cluster::down), or when
    /// Discord has refused the bot and all shards have stopped. The [shard scheme](Self::shard_scheme) and sessions to
    /// [resume](Self::resume_sessions) have no meaning, and such a cluster does not [switch](Cluster::reshard) to another
    /// number of shards. Call [`up`](Cluster::up) once; shards that are added start at once then.
    ///
    /// ```no_run
    /// use gloaming_cluster::Cluster;
    /// use gloaming_protocol::{Intents, ShardId};
    /// use std::num::NonZeroU32;
    ///
    /// # async fn example(token: String) -> Result<(), Box<dyn std::error::Error>> {
    /// let total = NonZeroU32::new(16).ok_or("at least one")?;
    /// let (cluster, mut events) = Cluster::builder(token, Intents::GUILDS).build_empty(total).await?;
    /// cluster.up().await;
    /// cluster.add_shard(ShardId::new(3, 16), None)?;
    /// while let Some((shard, event)) = events.next().await {
    ///     println!("{shard}: {:?}", event.kind());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Fails as [`build`](Self::build) does. The recommended number of shards is not requested, and the limits of identifies
    /// only on [request](Self::request_identify_limits).
    pub async fn build_empty(
        self,
        total: NonZeroU32,
    ) -> Result<(Cluster, Events), ClusterStartError> {
        self.build_set(SetTotal::Fixed(total)).await
    }

    async fn build_set(mut self, total: SetTotal) -> Result<(Cluster, Events), ClusterStartError> {
        let mut common = self.shards.clone().build();
        if common.take_session().is_some() {
            tracing::warn!(
                "the common configuration contains a session, which belongs to one shard and is not resumed; use `resume_sessions`"
            );
            self.shards = ConfigBuilder::from(common.clone());
        }
        common.validate().map_err(ClusterStartError::config)?;
        let store = self.session_store.load(common.token()).await;
        let store = store.map_err(ClusterStartError::session_store)?;
        if let Some(store) = &store {
            self.resume_stored(&store.checkpoints);
        }
        let factory = Arc::new(ShardFactory {
            common,
            presence: self.shard_presence.take(),
            per_shard: self.per_shard_config.take(),
            on_auto_state: self.on_auto_state.take(),
            #[cfg(feature = "twilight-http")]
            http: self.http.take(),
        });
        let scheme = match total {
            SetTotal::OfShards => Some(self.resolved_scheme(&factory).await?),
            SetTotal::Fixed(total) => {
                self.request_limits(&factory, total.get()).await?;
                None
            }
        };
        let ids = scheme.iter().flat_map(ShardScheme::ids);
        let shards: Vec<Shard> = ids
            .map(|id| {
                let stored = self.sessions.iter().find(|stored| stored.is_for(id));
                let session = stored.map(|stored| stored.session.clone());
                Shard::with_config(id, factory.config(id, session))
            })
            .collect();
        self.warn_about_unmatched_sessions(&shards);
        let store = store.map(|store| {
            stored_sessions::warn_about_outdated(&store.checkpoints, &shards);
            stored_sessions::restore(&self, store, &shards)
        });
        let config = ClusterConfig {
            scheme,
            shards: Some(factory.common.clone()),
            settings: self.settings,
        };
        let runtime = match self.runtime {
            Some(runtime) => runtime,
            None => ShardRuntime::dedicated().map_err(ClusterStartError::runtime)?,
        };
        let (cluster, items) =
            Cluster::assemble(config, Some(factory), shards, runtime, store, total)?;
        Ok((cluster, items.into_events()))
    }

    /// Returns the shards to run, and gives the default queue Discord's limits if they were requested, since a scheme
    /// without a request does not know them.
    async fn resolved_scheme(
        &self,
        factory: &ShardFactory,
    ) -> Result<ShardScheme, ClusterStartError> {
        let common = &factory.common;
        if matches!(self.scheme, ShardScheme::Auto) {
            let info = factory.gateway_info().await;
            let info = info.map_err(ClusterStartError::auto_sharding)?;
            apply_session_start_limit(&info.session_start_limit, info.shards, common);
            return Ok(ShardScheme::Range {
                from: 0,
                to: info.shards.saturating_sub(1),
                total: info.shards,
            });
        }
        let shards = u32::try_from(self.scheme.ids().count()).unwrap_or(u32::MAX);
        self.request_limits(factory, shards).await?;
        match self.identify_limits {
            IdentifyLimits::Requested => {}
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
        Ok(self.scheme)
    }

    /// Gives the default queue Discord's limits, if they are to be requested.
    async fn request_limits(
        &self,
        factory: &ShardFactory,
        shards: u32,
    ) -> Result<(), ClusterStartError> {
        if self.identify_limits == IdentifyLimits::Requested {
            let info = factory.gateway_info().await;
            let info = info.map_err(ClusterStartError::identify_limits)?;
            apply_session_start_limit(&info.session_start_limit, shards, &factory.common);
        }
        Ok(())
    }

    fn warn_about_unmatched_sessions(&self, shards: &[Shard]) {
        let given = self.sessions.iter().filter(|it| it.source == Source::Given);
        for stored in given {
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
            .field("session_store", &self.session_store)
            .finish_non_exhaustive()
    }
}
