//! Many shards as one.

use crate::{
    ClusterBuilder, ClusterCommandError, ClusterConfig, ClusterSendError, ClusterStartError,
    Events, Information, Items, RestartPolicy, ShardHandle, ShardKey, Startup, config::Settings,
    number::is_of, slot::Slot,
};
use futures_util::future::join_all;
use gloaming_protocol::{CloseFrame, Command, EventTypeFlags, Intents};
use gloaming_shard::{Message, Session, Shard};
use std::{collections::BTreeMap, iter::FusedIterator, slice, sync::Arc, time::Duration};
use tokio::time::timeout;

/// How much longer than its own deadline a shard is waited for when it closes.
const GRACE: Duration = Duration::from_secs(2);

/// Many shards, each supervised in a task of its own.
///
/// A handle: cheap to clone, and not what keeps the shards alive. They run while their [`Events`] (or
/// [`Items`]) are there to be taken, and until the cluster is brought [`down`](Self::down). With every
/// handle dropped before [`up`](Self::up), the stream ends.
///
/// # Supervision
///
/// A task that panics, in a connector, a queue or a transport of the user's own, is nobody else's trouble.
/// It is logged as an error, told as [`Item::Crash`](gloaming_shard::Item::Crash), counted in
/// [`info`](Self::info), and started again as the [`RestartPolicy`] says. The new one resumes the session
/// where the old one left off, so that no event is lost and no identify spent. A shard that was closed,
/// or that Discord takes back no more, is not started again.
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
    /// By number.
    shards: Vec<ShardHandle>,
}

impl Cluster {
    /// All shards that Discord recommends, with the defaults.
    ///
    /// # Errors
    ///
    /// As [`ClusterBuilder::build`].
    pub async fn new(token: String, intents: Intents) -> Result<(Self, Events), ClusterStartError> {
        Self::builder(token, intents).build().await
    }

    /// Builds a cluster setting by setting.
    pub fn builder(token: String, intents: Intents) -> ClusterBuilder {
        ClusterBuilder::new(token, intents)
    }

    /// Starts shards made beforehand, each with a buffer of `capacity` items (at least one), under the
    /// default [`RestartPolicy`].
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, as `tokio::spawn` does.
    pub fn start(
        shards: impl IntoIterator<Item = Shard>,
        events: EventTypeFlags,
        capacity: usize,
    ) -> (Self, Items) {
        let config = ClusterConfig {
            scheme: None,
            shards: None,
            settings: Settings {
                event_types: events,
                buffer: capacity,
                restart_policy: RestartPolicy::default(),
            },
        };
        let (cluster, items) = Self::of(config, shards);
        cluster.start_all();
        (cluster, items)
    }

    pub(crate) fn of(
        config: ClusterConfig,
        shards: impl IntoIterator<Item = Shard>,
    ) -> (Self, Items) {
        let settings = config.settings;
        let (mut handles, items): (Vec<_>, Vec<_>) = shards
            .into_iter()
            .map(|shard| {
                let id = shard.id();
                let (slot, items) = Slot::new(shard, settings.buffer);
                let slot = Arc::new(slot);
                (ShardHandle { slot, settings }, (id, items))
            })
            .unzip();
        handles.sort_by_key(|handle| handle.id().number());
        let inner = Inner {
            config,
            shards: handles,
        };
        let cluster = Self {
            inner: Arc::new(inner),
        };
        (cluster, Items::new(items))
    }

    /// What the cluster was built with.
    #[must_use]
    pub fn config(&self) -> &ClusterConfig {
        &self.inner.config
    }

    /// Starts the shards. Does not wait for them: they connect at once, identify when their queue lets
    /// them, and tell of it in the stream, which has to be taken from.
    ///
    /// A second time, nothing changes; nor after [`down`](Self::down).
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, as `tokio::spawn` does.
    #[expect(
        clippy::unused_async,
        reason = "as code written for twilight-gateway 0.14 awaits it"
    )]
    pub async fn up(&self) -> Startup {
        self.start_all()
    }

    fn start_all(&self) -> Startup {
        let mut all = Startup::Closed;
        for shard in self.shards() {
            all = match (all, shard.start()) {
                (Startup::Started, _) | (_, Startup::Started) => Startup::Started,
                (Startup::AlreadyStarted, _) => Startup::AlreadyStarted,
                (Startup::Closed, this) => this,
            };
        }
        all
    }

    /// Closes all shards for good and ends their sessions, so that the bot is shown as offline (P19).
    ///
    /// Returns at once: go on taking from the stream until it ends. Before [`up`](Self::up), the
    /// shards will never start.
    pub fn down(&self) {
        for shard in self.shards() {
            shard.shutdown();
        }
    }

    /// Closes all shards for good, keeps their sessions, and returns them by shard number: what
    /// [`ClusterBuilder::resume_sessions`] takes. Discord keeps them for a few minutes, and they are of use
    /// to a cluster with as many shards only.
    ///
    /// A session stands at the last event that was taken from the stream. Events that wait there are
    /// withheld from then on, as the next cluster gets them again: between the two, each comes once. An
    /// event that was taken counts as handled. A shard without a session is not in the map.
    ///
    /// What the next cluster can't get still comes from the stream: READY, and the events of a session that
    /// was lost or replaced while they waited. Take from the stream until it ends to have them.
    ///
    /// Takes as long as the shards' close handshakes, at most
    /// [`Timeouts::close`](gloaming_shard::machine::Timeouts::close) and two seconds; a shard that has not
    /// closed until then is ended by force, which keeps its session, too. The stream need not be taken
    /// from meanwhile.
    ///
    /// # Cancel safety
    ///
    /// Once polled, the shards close, also if the future is dropped; calling it again returns the sessions.
    pub async fn down_resumable(&self) -> BTreeMap<u32, Session> {
        let slots = || self.inner.shards.iter().map(|shard| &shard.slot);
        let mut patience = Duration::ZERO;
        for slot in slots() {
            slot.close(CloseFrame::RESUME);
            patience = patience.max(slot.config.timeouts().close);
        }
        let ended = join_all(slots().map(|slot| slot.ended()));
        if timeout(patience.saturating_add(GRACE), ended)
            .await
            .is_err()
        {
            slots().for_each(|slot| slot.abort());
        }
        slots()
            .filter_map(|slot| Some((slot.id.number(), slot.freeze()?)))
            .collect()
    }

    /// The shard with this number or id.
    #[must_use]
    pub fn shard(&self, key: impl ShardKey) -> Option<&ShardHandle> {
        self.shards().find(|shard| is_of(key, shard.id()))
    }

    /// All shards, by number.
    #[must_use]
    pub fn shards(&self) -> Shards<'_> {
        Shards {
            shards: self.inner.shards.iter(),
        }
    }

    /// How each shard is doing, by number.
    #[must_use]
    pub fn info(&self) -> BTreeMap<u32, Information> {
        self.shards()
            .map(|shard| {
                let info = Information::of(&shard.slot, shard.settings.buffer);
                (shard.id().number(), info)
            })
            .collect()
    }

    /// Queues a command for the shard with this number or id.
    ///
    /// It is sent once the session is up and the send limit allows. To learn what becomes of it, use the
    /// shard's [`MessageSender`](gloaming_shard::MessageSender).
    ///
    /// # Errors
    ///
    /// There is no such shard, or it does not take the command.
    pub async fn command(
        &self,
        key: impl ShardKey,
        command: &impl Command,
    ) -> Result<(), ClusterCommandError> {
        match self.shard(key) {
            Some(shard) => shard.command(command).await,
            None => Err(ClusterCommandError::nonexistent(key.shard_number())),
        }
    }

    /// Queues a message for the shard with this number or id.
    ///
    /// [`Message::Text`] is a payload in JSON. [`Message::Close`] makes the shard drop its connection and
    /// resume on another, as it does in twilight-gateway 0.14; its frame does not matter. To close a
    /// shard for good, [`ShardHandle::shutdown`].
    ///
    /// # Errors
    ///
    /// There is no such shard, or it does not take the message.
    pub async fn send(&self, key: impl ShardKey, message: Message) -> Result<(), ClusterSendError> {
        match self.shard(key) {
            Some(shard) => shard.send(message).await,
            None => Err(ClusterSendError::nonexistent(key.shard_number())),
        }
    }
}

/// The shards of a cluster, by number; made by [`Cluster::shards`].
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
