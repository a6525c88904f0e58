//! The settings that a builder of a cluster takes.

use super::{ClusterBuilder, IdentifyLimits, Source, StoredSession};
use crate::{HealthPolicy, RestartPolicy, ShardKey, ShardScheme};
use gloaming_protocol::{EventTypeFlags, IdentifyProperties, ShardId, UpdatePresencePayload};
use gloaming_queue::{IdentifyQueue, Ledger, LedgerError};
use gloaming_shard::{
    Config, ConfigBuilder, GatewayInfoPolicy, GatewayInfoState, OverflowPolicy, Session,
    ShardRuntime,
};
use std::{num::NonZeroUsize, sync::Arc, time::Duration};
#[cfg(feature = "twilight-http")]
use twilight_http::Client;

impl ClusterBuilder {
    /// Sets which events are delivered. Default: all.
    pub const fn event_types(mut self, events: EventTypeFlags) -> Self {
        self.settings.event_types = events;
        self
    }

    /// Sets the kinds of events that are delivered with their payload, by [`Events::last_payload`](crate::Events::last_payload) and as
    /// [`Item::EventWithPayload`](gloaming_shard::Item::EventWithPayload); see [`ConfigBuilder::keep_payloads`].
    /// Default: none.
    pub fn keep_payloads(mut self, events: EventTypeFlags) -> Self {
        self.shards = self.shards.keep_payloads(events);
        self
    }

    /// Sets how many items of each shard are buffered at most; at least one. While its buffer is full, a shard
    /// [reads ahead](Self::read_ahead) up to a bound, then stops reading, and loses nothing. Default 64.
    pub const fn buffer(mut self, items: usize) -> Self {
        self.settings.buffer = items;
        self
    }

    /// Sets how many bytes the buffered items of each shard hold at most. The busiest events count as they are, the others as
    /// about 20 times the size of their JSON, which is more than they hold; see [`ByteBudget`]. While they hold more than
    /// this, the buffer has no room, so that it exceeds the bound by one item at most. Default 64 MiB.
    ///
    /// [`ByteBudget`]: gloaming_shard::supervision::ByteBudget
    pub const fn buffer_bytes(mut self, bytes: usize) -> Self {
        self.settings.buffer_bytes = bytes;
        self
    }

    /// Sets how many bytes the buffered items of all shards together hold at most, as [`buffer_bytes`](Self::buffer_bytes)
    /// does for each. A shard whose own buffer is empty reads nevertheless, so that each can exceed the bound by one item.
    /// What shards [read ahead](Self::read_ahead) is not included. Default 512 MiB.
    pub const fn total_buffer_bytes(mut self, bytes: usize) -> Self {
        self.settings.total_buffer_bytes = bytes;
        self
    }

    /// Sets how many bytes each shard reads ahead while its buffer is full, to learn in time that its connection ends; see
    /// [`ConfigBuilder::read_ahead`]. Default 1 MiB.
    pub fn read_ahead(mut self, bytes: usize) -> Self {
        self.shards = self.shards.read_ahead(bytes);
        self
    }

    /// Sets what happens while the consumer is slower than the gateway: which kinds of events are shed, and which overtake
    /// others in the buffer. Default: the shard reads ahead when its buffer is full, then stops reading, and events keep their
    /// order.
    ///
    /// ```no_run
    /// use gloaming_cluster::Cluster;
    /// use gloaming_protocol::{EventTypeFlags, Intents};
    /// use gloaming_shard::OverflowPolicy;
    ///
    /// # async fn example(token: String) -> Result<(), Box<dyn std::error::Error>> {
    /// let overflow = OverflowPolicy::stop_reading()
    ///     .shed(EventTypeFlags::PRESENCE_UPDATE | EventTypeFlags::TYPING_START)
    ///     .overtake(EventTypeFlags::INTERACTION_CREATE);
    /// let (cluster, events) = Cluster::builder(token, Intents::GUILDS | Intents::GUILD_PRESENCES)
    ///     .overflow(overflow)
    ///     .build()
    ///     .await?;
    /// # drop((cluster, events));
    /// # Ok(())
    /// # }
    /// ```
    pub const fn overflow(mut self, policy: OverflowPolicy) -> Self {
        self.settings.overflow = policy;
        self
    }

    /// Sets how many events of each shard the consumer may take as a [`Delivery`](gloaming_shard::Delivery) and leave
    /// unacknowledged. Then it gets no more of that shard until it acknowledges one; those that it dropped count, too.
    /// Default 4,096.
    pub const fn max_unacknowledged(mut self, events: NonZeroUsize) -> Self {
        self.settings.max_unacknowledged = events;
        self
    }

    /// Sets how long [`Cluster::guilds_arrived`](crate::Cluster::guilds_arrived) waits after the last progress: a shard that became ready, a guild that
    /// arrived or another event of a shard whose guilds are awaited. Not the whole time from the start, since shards
    /// identify one after another. Default 2 min, at most a year.
    pub const fn guilds_timeout(mut self, timeout: Duration) -> Self {
        self.settings.guilds_timeout = timeout;
        self
    }

    /// Sets from when on [`Cluster::health`](crate::Cluster::health) says that the cluster is not ready or the process not
    /// live. Default: [`HealthPolicy::default`].
    pub const fn health_policy(mut self, policy: HealthPolicy) -> Self {
        self.settings.health_policy = policy;
        self
    }

    /// Sets what happens to a shard whose task panics. Default: it is restarted, within
    /// [limits](crate::RestartLimits).
    pub const fn restart_policy(mut self, policy: RestartPolicy) -> Self {
        self.settings.restart_policy = policy;
        self
    }

    /// Sets the runtime in which the shards run. Default: a [dedicated](ShardRuntime::dedicated) thread, which no handler
    /// can block.
    ///
    /// [`ShardRuntime::dedicated_threads`] serves shards that keep one thread busy. Tests that pause tokio's clock set
    /// [`ShardRuntime::current`], so that the shards follow it.
    ///
    /// ```no_run
    /// use gloaming_cluster::Cluster;
    /// use gloaming_protocol::Intents;
    /// use gloaming_shard::ShardRuntime;
    /// use std::num::NonZeroUsize;
    ///
    /// # async fn example(token: String) -> Result<(), Box<dyn std::error::Error>> {
    /// let threads = NonZeroUsize::new(4).ok_or("at least one thread")?;
    /// let (cluster, events) = Cluster::builder(token, Intents::GUILDS)
    ///     .shard_runtime(ShardRuntime::dedicated_threads(threads)?)
    ///     .build()
    ///     .await?;
    /// # drop((cluster, events));
    /// # Ok(())
    /// # }
    /// ```
    pub fn shard_runtime(mut self, runtime: ShardRuntime) -> Self {
        self.runtime = Some(runtime);
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
    /// of them share the limits of the bot: those of one machine need the same [ledger](Self::identify_ledger), and those
    /// of several machines a [queue](Self::queue) that all of them share.
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
    /// [`GatewayInfoRequest::send_through`](gloaming_shard::GatewayInfoRequest::send_through).
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

    /// Sets the sessions to resume, by shard number or id, as [`Cluster::down_resumable`](crate::Cluster::down_resumable) returned them.
    ///
    /// Resuming spends no identify. If Discord no longer has a session, the shard identifies. A session that
    /// matches no shard of the cluster is logged at warn level.
    ///
    /// Sessions of another total number of shards can't be resumed, since each has the guilds of its former
    /// shard ([P35](gloaming_protocol::rules#p35)). The shards identify instead, and report it with an
    /// [`SessionShardMismatch`](gloaming_shard::Lifecycle::SessionShardMismatch) item and a log message at
    /// warn level. To keep sessions over a restart, store the [scheme](crate::ClusterConfig::shard_scheme) with them
    /// and [set it](Self::shard_scheme).
    pub fn resume_sessions<K: ShardKey>(
        mut self,
        sessions: impl IntoIterator<Item = (K, Session)>,
    ) -> Self {
        let stored = |(key, session): (K, Session)| StoredSession {
            number: key.shard_number(),
            total: key.total(),
            session,
            source: Source::Given,
        };
        self.sessions = sessions.into_iter().map(stored).collect();
        self
    }
}
