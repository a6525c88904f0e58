//! The cluster: many shards as one.

mod sessions;

use crate::{
    Checkpoint, ClusterConfig, ClusterHealth, ClusterStartError, Items, ShardHandle, ShardInfo,
    ShardTarget, Shards, StartOutcome,
    arrival_timer::ArrivalTimer,
    checkpoint_writer::{Checkpoints, LoadedStore},
    config::ClusterSettings,
    guild_arrivals::{GuildArrivals, GuildReports},
    members::{Members, Recovered, SetTotal, ShardGroup, SlotMaker},
    refusal::Peers,
    reshard_in_place::CurrentSet,
    shard_factory::ShardFactory,
    stream::{self, SetItems, StreamEnd},
};
use gloaming_protocol::{EventTypeFlags, ShardId};
use gloaming_shard::{ClusterGuilds, Shard, ShardRuntime, machine::delivery::UnhandledLoss};
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::watch;

/// Many shards, each in a supervised task of its own.
///
/// This is a handle: cheap to clone, and it does not keep the shards alive. They run until the cluster is
/// brought [`down`](Self::down) or the stream of their [`Events`](crate::Events) (or [`Items`]) is dropped. If every handle
/// is dropped before [`up`](Self::up), the stream ends.
///
/// # Handlers that block
///
/// A cluster that its [builder](Self::builder) made runs the shards in a thread of their own. Handlers may block the
/// threads of the application's runtime, for a computation or a blocking library: heartbeats go on, sessions stay
/// alive, and what arrives meanwhile waits in the buffers. [`ClusterBuilder::shard_runtime`](crate::ClusterBuilder::shard_runtime)
/// sets another runtime.
///
/// # Supervision
///
/// If a connector, a queue or a transport that the application plugged in panics, only the task of that
/// shard ends. The panic is logged at error level, reported as
/// [`Item::Crash`](gloaming_shard::Item::Crash), and counted in [`info`](Self::info). The shard restarts as
/// the [`RestartPolicy`](crate::RestartPolicy) says and resumes its session after the last item received, so that no event is lost
/// and no identify is spent. A shard that was closed, or that Discord refuses to let reconnect, is not
/// restarted.
///
/// # When Discord refuses the bot
///
/// A close code such as 4004 (wrong token) or 4014 (disallowed intents) concerns all shards of the bot, and
/// 4010 and 4011 all shards with the same [total](crate::ShardScheme::total); [`CloseCode::scope`](gloaming_protocol::CloseCode::scope) says which. Once a
/// shard is closed with such a code, the others do not identify any more, so that they spend nothing of the
/// daily limit ([P12](gloaming_protocol::rules#p12)) on the same refusal. Shards without a session stop with
/// [`ExitReason::PeerRefused`](crate::ExitReason::PeerRefused), and those that were not started never start. A
/// shard with a session goes on and may resume, since Discord closes sessions that it does not want itself; if it
/// loses the session, it stops. [`Events::fatal_error`](crate::Events::fatal_error) returns the refusal.
///
/// ```no_run
/// use gloaming_cluster::Cluster;
/// use gloaming_protocol::{Event, Intents};
///
/// # async fn example(token: String) -> Result<(), Box<dyn std::error::Error>> {
/// # use gloaming_cluster::ShardScheme;
/// let intents = Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT;
/// let (cluster, mut events) = Cluster::builder(token, intents)
///     .shard_scheme(ShardScheme::try_from((0..4, 4))?)
///     .build()
///     .await?;
/// cluster.up().await;
/// while let Some((shard, event)) = events.next().await {
///     if let Event::MessageCreate(message) = event {
///         println!("{shard}: {}", message.content);
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Cluster {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    config: ClusterConfig,
    /// `None` for a cluster of ready-made shards.
    factory: Option<Arc<ShardFactory>>,
    current: CurrentSet,
    /// `None` until the guilds of all shards have arrived, or are no longer awaited.
    guilds: watch::Receiver<Option<ClusterGuilds>>,
    /// `None` without a session store.
    checkpoints: Option<Arc<Checkpoints>>,
}

impl Cluster {
    /// Makes a cluster of ready-made shards and starts them in the current runtime, each with a buffer of `capacity`
    /// items (at least one) and the default [`RestartPolicy`](crate::RestartPolicy).
    ///
    /// A handler that blocks a thread of the runtime can delay heartbeats. The clusters of a
    /// [builder](Self::builder) have a thread of their own.
    ///
    /// ```no_run
    /// use gloaming_cluster::Cluster;
    /// use gloaming_protocol::{EventTypeFlags, Intents, ShardId};
    /// use gloaming_shard::{Config, Shard};
    ///
    /// # fn example(token: String) -> Result<(), Box<dyn std::error::Error>> {
    /// let config = Config::new(token, Intents::GUILDS);
    /// let shards = [3, 7].map(|number| Shard::with_config(ShardId::new(number, 16), config.clone()));
    /// let (cluster, items) = Cluster::start(shards, EventTypeFlags::all(), 64)?;
    /// # drop((cluster, items));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Fails with [`DuplicateShard`](crate::ClusterStartErrorKind::DuplicateShard) if two shards have the same number.
    /// No shard is started then.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, as `tokio::spawn` does.
    pub fn start(
        shards: impl IntoIterator<Item = Shard>,
        events: EventTypeFlags,
        capacity: usize,
    ) -> Result<(Self, Items), ClusterStartError> {
        let config = ClusterConfig {
            scheme: None,
            shards: None,
            settings: ClusterSettings::new(events, capacity),
        };
        let runtime = ShardRuntime::current();
        let total = SetTotal::OfShards;
        let (cluster, items) = Self::assemble(config, None, shards, runtime, None, total)?;
        cluster.start_all();
        Ok((cluster, items))
    }

    pub(crate) fn assemble(
        config: ClusterConfig,
        factory: Option<Arc<ShardFactory>>,
        shards: impl IntoIterator<Item = Shard>,
        runtime: ShardRuntime,
        mut store: Option<LoadedStore>,
        total: SetTotal,
    ) -> Result<(Self, Items), ClusterStartError> {
        let settings = config.settings;
        let maker = SlotMaker::new(settings);
        let mut reports = Vec::new();
        let (mut slots, items): (Vec<_>, Vec<_>) = shards
            .into_iter()
            .map(|shard| {
                let id = shard.id();
                reports.push(GuildReports::with(shard.config().intents()));
                let recovered = store.as_mut().map(|store| Recovered {
                    state: store.restored.remove(&id.number()),
                    loss: stored_loss(&store.checkpoints, id),
                });
                let (slot, items) = maker.make(shard, recovered.unwrap_or_default());
                (slot, (id, items))
            })
            .unzip();
        slots.sort_by_key(|slot| slot.id.number());
        let numbers = slots.iter().map(|slot| slot.id.number());
        if let Some((number, _)) = numbers
            .clone()
            .zip(numbers.skip(1))
            .find(|(one, next)| one == next)
        {
            return Err(ClusterStartError::duplicate_shard(number));
        }
        let arrivals = GuildArrivals::new(reports, settings.guilds_timeout);
        let (arrivals, guilds) = ArrivalTimer::new(arrivals);
        let checkpoints = store.map(|store| Arc::new(Checkpoints::new(store, &slots)));
        let schedule = checkpoints.as_ref().map(|it| it.schedule());
        let (sender, intake) = stream::intake();
        let group = ShardGroup {
            settings,
            runtime,
            peers: Peers::new(&slots),
            checkpoints: checkpoints.clone(),
            total,
        };
        let inner = Inner {
            config,
            factory,
            current: CurrentSet::new(Arc::new(Members::new(group, maker, sender, slots))),
            guilds,
            checkpoints,
        };
        let cluster = Self {
            inner: Arc::new(inner),
        };
        let end = match total {
            SetTotal::OfShards => StreamEnd::WithLastShard,
            SetTotal::Fixed(_) => StreamEnd::WithCluster,
        };
        let set = SetItems::new(items, intake, arrivals, schedule).ending(end);
        Ok((cluster, Items::of(set, None)))
    }

    /// Returns the shards that the cluster has now.
    pub(crate) fn members(&self) -> Arc<Members> {
        self.inner.current.members()
    }

    /// Returns the shards that the cluster has now, and those that are to take their place.
    pub(crate) fn current(&self) -> &CurrentSet {
        &self.inner.current
    }

    /// Makes a set of `total` shards that is to take the place of the current one, as a cluster of its own.
    pub(crate) fn next_set(&self, factory: &Arc<ShardFactory>, total: u32) -> (Self, SetItems) {
        let current = self.members();
        let maker = current.slots().clone();
        let (slots, items): (Vec<_>, Vec<_>) = (0..total)
            .map(|number| {
                let id = ShardId::new(number, total);
                let shard = Shard::with_config(id, factory.config(id, None));
                let (slot, items) = maker.make(shard, Recovered::default());
                (slot, (id, items))
            })
            .unzip();
        let group = ShardGroup {
            settings: current.group().settings,
            runtime: current.group().runtime.clone(),
            peers: Peers::new(&slots),
            checkpoints: self.checkpoints().cloned(),
            total: SetTotal::OfShards,
        };
        let (sender, intake) = stream::intake();
        let schedule = self.checkpoints().map(|it| it.schedule());
        let set = SetItems::new(items, intake, ArrivalTimer::ended(), schedule);
        let members = Members::new(group, maker, sender, slots);
        (self.view(Arc::new(members)), set)
    }

    /// Returns a handle that stays with a set of shards.
    pub(crate) fn view(&self, members: Arc<Members>) -> Self {
        Self {
            inner: Arc::new(Inner {
                config: self.inner.config.clone(),
                factory: None,
                current: CurrentSet::new(members),
                guilds: self.inner.guilds.clone(),
                checkpoints: None,
            }),
        }
    }

    /// Returns whether the guilds of the shards that the cluster began with are no longer awaited.
    pub(crate) fn has_awaited_guilds(&self) -> bool {
        self.inner.guilds.borrow().is_some()
    }

    /// Closes the shards that were to take the place of the current ones.
    pub(crate) fn close_next_set(&self) {
        for shard in self.current().next().iter().flat_map(|it| it.closed()) {
            shard.shutdown();
        }
    }

    /// Returns what makes the shards, unless they were made by the application.
    pub(crate) fn factory(&self) -> Option<&Arc<ShardFactory>> {
        self.inner.factory.as_ref()
    }

    /// Returns what saves the sessions, if there is a store.
    pub(crate) fn checkpoints(&self) -> Option<&Arc<Checkpoints>> {
        self.inner.checkpoints.as_ref()
    }

    /// Returns the configuration with which the cluster was built.
    #[must_use]
    pub fn config(&self) -> &ClusterConfig {
        &self.inner.config
    }

    /// Starts the shards, which connect at once and identify when their queue permits it. Take items from the
    /// stream to let them proceed.
    ///
    /// Calling it again, or after [`down`](Self::down), changes nothing. It is async because code written
    /// for twilight-gateway 0.14 awaits it; it never waits.
    ///
    /// # Panics
    ///
    /// With [`ShardRuntime::current`], outside of a tokio runtime, as `tokio::spawn` does.
    #[expect(
        clippy::unused_async,
        reason = "code written for twilight-gateway 0.14 awaits it"
    )]
    pub async fn up(&self) -> StartOutcome {
        self.start_all()
    }

    fn start_all(&self) -> StartOutcome {
        let mut all = StartOutcome::Closed;
        for shard in self.members().started() {
            all = match (all, shard.start()) {
                (StartOutcome::Started, _) | (_, StartOutcome::Started) => StartOutcome::Started,
                (StartOutcome::AlreadyStarted, _) => StartOutcome::AlreadyStarted,
                (StartOutcome::Closed, outcome) => outcome,
            };
        }
        all
    }

    /// Returns the runtime in which the shards run, for tasks that no handler may block.
    #[must_use]
    pub fn shard_runtime(&self) -> ShardRuntime {
        self.members().group().runtime.clone()
    }

    /// Returns whether no shard can be added any more: the cluster was brought [down](Self::down), or its stream has ended
    /// or was dropped.
    #[must_use]
    pub fn is_down(&self) -> bool {
        let members = self.members();
        members.is_closed() || members.has_stream_ended()
    }

    /// Closes all shards for good and ends their sessions ([P19](gloaming_protocol::rules#p19)), so that the
    /// bot appears offline.
    ///
    /// It returns at once. Take items from the stream until it ends to get the last ones. If it is called
    /// before [`up`](Self::up), the shards never start.
    pub fn down(&self) {
        for shard in self.members().closed() {
            shard.shutdown();
        }
        self.close_next_set();
    }

    /// Lets no further shard identify until [`resume_identifying`](Self::resume_identifying). Shards that resume, and those
    /// that have their permit already, go on.
    ///
    /// Shards whose configurations are clones of one [share](gloaming_shard::IdentifyGate) this, also with those of another
    /// cluster.
    pub fn pause_identifying(&self) {
        for shard in self.shards() {
            shard.config().identify_gate().pause();
        }
    }

    /// Lets shards identify again.
    pub fn resume_identifying(&self) {
        for shard in self.shards() {
            shard.config().identify_gate().resume();
        }
    }

    /// Waits until the guilds of all shards have arrived, and returns their number. If no shard makes progress for the
    /// [timeout](crate::ClusterBuilder::guilds_timeout), it returns what has arrived and how many guilds and shards are
    /// missing, which is also logged at warn level.
    ///
    /// Each shard reports once with [`Lifecycle::GuildsArrived`](gloaming_shard::Lifecycle::GuildsArrived). A shard that
    /// resumes a session, after a restart of the process, reports by that, and one without the intent `GUILDS` by READY.
    /// A shard that stops is missing. All that arrived before was taken from the stream before, and [`Items`] have it as
    /// [`Item::Cluster`](gloaming_shard::Item::Cluster) at this position. It is about the start of the cluster: what
    /// shards report later, about a new session, changes nothing, and a call after it returns the same.
    ///
    /// Take items or events from the stream meanwhile, which drives it. Returns `None` if the stream ended or was dropped
    /// before.
    ///
    /// ```no_run
    /// use gloaming_cluster::{Cluster, Events};
    ///
    /// # async fn example(cluster: Cluster, mut events: Events) {
    /// let observer = cluster.clone();
    /// tokio::spawn(async move {
    ///     match observer.guilds_arrived().await {
    ///         Some(guilds) if guilds.is_complete() => println!("{} guilds are here", guilds.arrived),
    ///         Some(guilds) => eprintln!("{guilds}"),
    ///         None => {}
    ///     }
    /// });
    /// cluster.up().await;
    /// while let Some((shard, event)) = events.next().await {
    ///     println!("{shard}: {:?}", event.kind());
    /// }
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the future only observes.
    pub async fn guilds_arrived(&self) -> Option<ClusterGuilds> {
        let mut guilds = self.inner.guilds.clone();
        match guilds.wait_for(Option::is_some).await {
            Ok(guilds) => *guilds,
            Err(_) => None,
        }
    }

    /// Returns the shard with this number or id, or that of a guild.
    #[must_use]
    pub fn shard(&self, target: impl ShardTarget) -> Option<ShardHandle> {
        self.shards().find(|shard| target.selects(shard.id()))
    }

    /// Returns the shards that the cluster has now, in the order of their numbers. Shards that are
    /// [added](Self::add_shard) or [removed](Self::remove_shard) later do not change the iterator.
    #[must_use]
    pub fn shards(&self) -> Shards {
        self.members().shards()
    }

    /// Returns a snapshot of each shard, by number. It includes shards that have not started and shards that
    /// have stopped.
    #[must_use]
    pub fn info(&self) -> BTreeMap<u32, ShardInfo> {
        self.shards()
            .map(|shard| {
                let info = ShardInfo::of(&shard.slot);
                (shard.id().number(), info)
            })
            .collect()
    }

    /// Returns the health of all shards: a snapshot of each, the worst of them in a sentence, and whether the cluster is
    /// ready and the process live, by the [policy](crate::ClusterBuilder::health_policy).
    ///
    /// It is computed on each call and waits for nothing: call it as often as you like, from any thread.
    ///
    /// ```no_run
    /// # fn example(cluster: &gloaming_cluster::Cluster) -> Result<(), serde_json::Error> {
    /// let health = cluster.health();
    /// println!("{health}");
    /// println!("{}", serde_json::to_string(&health)?);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn health(&self) -> ClusterHealth {
        let shards = self.shards().map(|shard| ShardInfo::of(&shard.slot));
        let shards = shards.collect();
        let first = self.shards().next();
        let budget = first.and_then(|shard| shard.slot.config.queue().budget());
        let policy = &self.inner.config.settings.health_policy;
        ClusterHealth::compute(shards, budget, policy).with_resharding(self.resharding())
    }
}

/// Returns what the process before had not handled, and logs it.
fn stored_loss(checkpoints: &[Checkpoint], shard: ShardId) -> Option<UnhandledLoss> {
    let stored = checkpoints.iter().find(|it| it.shard() == shard)?;
    let loss = stored.unhandled_loss()?.clone();
    tracing::warn!(shard = shard.number(), "{}", loss.clone().into_gap());
    Some(loss)
}
