//! The cluster: many shards as one.

use crate::{
    Checkpoint, CheckpointStatus, ClusterConfig, ClusterHealth, ClusterStartError, Items,
    ShardHandle, ShardInfo, ShardTarget, StartOutcome,
    arrival_timer::ArrivalTimer,
    checkpoint_writer::{Checkpoints, LoadedStore},
    config::ClusterSettings,
    guild_arrivals::{GuildArrivals, GuildReports},
    refusal::Peers,
    slot::Slot,
};
use bytes::Bytes;
use futures_util::future::join_all;
use gloaming_protocol::{CloseFrame, EventTypeFlags, ShardId};
use gloaming_shard::{
    ClusterGuilds, Session, Shard, ShardRuntime,
    machine::delivery::UnhandledLoss,
    supervision::{BufferSettings, ByteBudget},
};
use std::{collections::BTreeMap, iter::FusedIterator, slice, sync::Arc, time::Duration};
use tokio::{sync::watch, time::timeout};

/// How much longer than its own close timeout a shard may take to close.
const CLOSE_GRACE: Duration = Duration::from_secs(2);

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
    /// Sorted by number.
    shards: Vec<ShardHandle>,
    /// `None` until the guilds of all shards have arrived, or are no longer awaited.
    guilds: watch::Receiver<Option<ClusterGuilds>>,
    /// `None` without a session store.
    checkpoints: Option<Arc<Checkpoints>>,
    /// The states of the application that belong to the sessions that are resumed, by number.
    restored: BTreeMap<u32, Bytes>,
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
        let (cluster, items) = Self::assemble(config, shards, &ShardRuntime::current(), None)?;
        cluster.start_all();
        Ok((cluster, items))
    }

    pub(crate) fn assemble(
        config: ClusterConfig,
        shards: impl IntoIterator<Item = Shard>,
        runtime: &ShardRuntime,
        store: Option<LoadedStore>,
    ) -> Result<(Self, Items), ClusterStartError> {
        let settings = config.settings;
        let total = ByteBudget::new(settings.total_buffer_bytes);
        let mut reports = Vec::new();
        let (mut slots, items): (Vec<_>, Vec<_>) = shards
            .into_iter()
            .map(|shard| {
                let id = shard.id();
                reports.push(GuildReports::with(shard.config().intents()));
                let checkpoints = store.as_ref().map(|store| &store.checkpoints);
                let loss = checkpoints.and_then(|them| stored_loss(them, id));
                let buffer = BufferSettings::new(settings.buffer)
                    .unhandled_loss(loss)
                    .budgets([ByteBudget::new(settings.buffer_bytes), total.clone()])
                    .overflow(settings.overflow)
                    .max_unacknowledged(settings.max_unacknowledged);
                let (slot, items) = Slot::new(shard, settings.buffer, buffer);
                (Arc::new(slot), (id, items))
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
        let peers = Peers::new(&slots);
        let arrivals = GuildArrivals::new(reports, settings.guilds_timeout);
        let (arrivals, guilds) = ArrivalTimer::new(arrivals);
        let restored = store.as_ref().map(|store| store.restored.clone());
        let checkpoints = store.map(|store| Arc::new(Checkpoints::new(store, &slots)));
        let schedule = checkpoints.as_ref().map(|it| it.schedule());
        let handles = slots.into_iter().map(|slot| ShardHandle {
            slot,
            peers: peers.clone(),
            settings,
            runtime: runtime.clone(),
            checkpoints: checkpoints.clone(),
        });
        let inner = Inner {
            config,
            shards: handles.collect(),
            guilds,
            checkpoints,
            restored: restored.unwrap_or_default(),
        };
        let cluster = Self {
            inner: Arc::new(inner),
        };
        Ok((cluster, Items::new(items, arrivals, schedule)))
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
        for shard in self.shards() {
            all = match (all, shard.start()) {
                (StartOutcome::Started, _) | (_, StartOutcome::Started) => StartOutcome::Started,
                (StartOutcome::AlreadyStarted, _) => StartOutcome::AlreadyStarted,
                (StartOutcome::Closed, outcome) => outcome,
            };
        }
        all
    }

    /// Closes all shards for good and ends their sessions ([P19](gloaming_protocol::rules#p19)), so that the
    /// bot appears offline.
    ///
    /// It returns at once. Take items from the stream until it ends to get the last ones. If it is called
    /// before [`up`](Self::up), the shards never start.
    pub fn down(&self) {
        for shard in self.shards() {
            shard.shutdown();
        }
    }

    /// Closes all shards for good, keeps their sessions, and returns the sessions by shard number, for
    /// [`ClusterBuilder::resume_sessions`](crate::ClusterBuilder::resume_sessions).
    ///
    /// Discord keeps a session for some minutes. Only a cluster with the same total number of shards can
    /// resume it. Shards without a session are not in the map.
    ///
    /// A session is as of the last event taken from the stream, which counts as handled. From this call on,
    /// buffered events are withheld, since the cluster that resumes gets them again: over both clusters each
    /// event is delivered once. The stream still delivers what a resume does not bring again: READY, and the
    /// events of a session that was lost or replaced while they were buffered. To get those, take items from
    /// the stream until it ends.
    ///
    /// It waits for the close handshakes of the shards, at most
    /// [`Timeouts::close`](gloaming_shard::machine::Timeouts::close) and two seconds. Then it aborts the
    /// remaining shards, which keeps their sessions, too. The stream need not be polled meanwhile.
    ///
    /// ```no_run
    /// # async fn example(cluster: gloaming_cluster::Cluster) -> Result<(), Box<dyn std::error::Error>> {
    /// let sessions = cluster.down_resumable().await;
    /// std::fs::write("sessions.json", serde_json::to_vec(&sessions)?)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Once polled, the shards close even if the future is dropped. Call it again to get the sessions.
    pub async fn down_resumable(&self) -> BTreeMap<u32, Session> {
        let slots = || self.inner.shards.iter().map(|shard| &shard.slot);
        let mut close_timeout = Duration::ZERO;
        for slot in slots() {
            slot.close(CloseFrame::RESUME);
            close_timeout = close_timeout.max(slot.config.timeouts().close);
        }
        let all_exited = join_all(slots().map(|slot| slot.exited()));
        if timeout(close_timeout.saturating_add(CLOSE_GRACE), all_exited)
            .await
            .is_err()
        {
            slots().for_each(|slot| slot.abort());
        }
        let sessions = slots()
            .filter_map(|slot| Some((slot.id.number(), slot.freeze()?)))
            .collect();
        self.save_checkpoints().await;
        sessions
    }

    /// Saves the [`Checkpoint`](crate::Checkpoint)s that have changed at once, without waiting for the interval, and
    /// returns how that went. Returns `None` without a [session store](crate::ClusterBuilder::session_store).
    ///
    /// Call it before the process ends, after the last events were handled, so that none of them arrives again.
    /// [`down_resumable`](Self::down_resumable) does it itself. After [`down`](Self::down), it removes the checkpoints of the
    /// sessions that have ended: first take items until the stream ends.
    ///
    /// It waits for the store for 5 s at most.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: once polled, the save goes on.
    pub async fn save_checkpoints(&self) -> Option<CheckpointStatus> {
        match &self.inner.checkpoints {
            Some(checkpoints) => Some(checkpoints.flush().await),
            None => None,
        }
    }

    /// Returns the state of the application that was [saved](crate::DueCheckpoint::save) with the session which the shard with
    /// this number or id resumes: what the application had made of all events before the ones that arrive now.
    ///
    /// If Discord no longer has the session, the shard identifies: READY then says that what the state was made of begins
    /// anew.
    #[must_use]
    pub fn restored(&self, target: impl ShardTarget) -> Option<Bytes> {
        let shard = self.shard(target)?;
        self.inner.restored.get(&shard.id().number()).cloned()
    }

    /// Returns how the saves of [`Checkpoint`](crate::Checkpoint)s go: when the last one succeeded, and the error if it
    /// failed. Returns `None` without a [session store](crate::ClusterBuilder::session_store).
    #[must_use]
    pub fn checkpoint_status(&self) -> Option<CheckpointStatus> {
        let checkpoints = self.inner.checkpoints.as_ref()?;
        Some(checkpoints.status())
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

    /// Returns the sessions to resume after a restart of the process, by shard number: each as of the last event that the
    /// consumer acknowledged, for [`ClusterBuilder::resume_sessions`](crate::ClusterBuilder::resume_sessions).
    ///
    /// The shards go on. A process that ends after this call, in whatever way, loses no event if the next one resumes these
    /// sessions while Discord keeps them: it gets all events again that were not acknowledged by now. Those among them that
    /// the first one handled nevertheless have the same [key](gloaming_shard::DeliveryKey).
    ///
    /// Taking the next item from the stream acknowledges the ones before, and
    /// [`Items::next_delivery`](crate::Items::next_delivery) leaves that to the consumer. Shards without a session are not
    /// in the map.
    #[must_use]
    pub fn acknowledged_sessions(&self) -> BTreeMap<u32, Session> {
        self.inner
            .shards
            .iter()
            .map(|shard| &shard.slot)
            .filter_map(|slot| Some((slot.id.number(), slot.acknowledged()?)))
            .collect()
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
    pub fn shard(&self, target: impl ShardTarget) -> Option<&ShardHandle> {
        self.shards().find(|shard| target.selects(shard.id()))
    }

    /// Returns all shards, in the order of their numbers.
    #[must_use]
    pub fn shards(&self) -> Shards<'_> {
        Shards {
            shards: self.inner.shards.iter(),
        }
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
        let slots = || self.inner.shards.iter().map(|shard| &shard.slot);
        let shards = slots().map(|slot| ShardInfo::of(slot)).collect();
        let budget = slots().next().and_then(|slot| slot.config.queue().budget());
        let policy = &self.inner.config.settings.health_policy;
        ClusterHealth::compute(shards, budget, policy)
    }
}

/// Returns what the process before had not handled, and logs it.
fn stored_loss(checkpoints: &[Checkpoint], shard: ShardId) -> Option<UnhandledLoss> {
    let stored = checkpoints.iter().find(|it| it.shard() == shard)?;
    let loss = stored.unhandled_loss()?.clone();
    tracing::warn!(shard = shard.number(), "{}", loss.clone().into_gap());
    Some(loss)
}

/// An iterator over the shards of a cluster, in the order of their numbers; made by [`Cluster::shards`].
#[derive(Clone, Debug)]
pub struct Shards<'a> {
    shards: slice::Iter<'a, ShardHandle>,
}

impl<'a> Iterator for Shards<'a> {
    type Item = &'a ShardHandle;

    fn next(&mut self) -> Option<&'a ShardHandle> {
        self.shards.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.shards.size_hint()
    }
}

impl ExactSizeIterator for Shards<'_> {}

impl FusedIterator for Shards<'_> {}
