//! The items of all shards of a cluster as one stream.

use crate::{
    DueCheckpoint, arrival_timer::ArrivalTimer, checkpoint_schedule::ResumePoint,
    checkpoint_writer::SharedSchedule, clock,
};
use futures_core::Stream;
use futures_util::{
    StreamExt as _,
    stream::{Map, SelectAll},
};
use gloaming_protocol::{Event, Excerpt, OwnedPayload, ShardId};
use gloaming_shard::{
    Acknowledgement, ClusterEvent, ClusterGuilds, Delivery, Item, Lifecycle, ReceiveMessageError,
    ShardItems, supervision::ShardMonitor,
};
use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
};

/// How many undecodable events, and reports of shed ones, are logged each. After them, a line has their total each time
/// that their number doubles.
const ALWAYS_LOGGED: u64 = 4;

/// The items of all shards of a cluster, as one stream.
///
/// Once, [`Item::Cluster`] says that the guilds of all shards have arrived, after the last GUILD_CREATE, or which are
/// missing; see [`Cluster::guilds_arrived`](crate::Cluster::guilds_arrived). It has the id of the shard that was the last
/// to report, or of the first one that is missing.
///
/// Taking the next item acknowledges the ones before: the [sessions to resume](crate::Cluster::acknowledged_sessions) after
/// a restart of the process move past them. [`next_delivery`](Self::next_delivery) leaves that to the consumer, for
/// handlers that run concurrently.
///
/// It is fair between shards. It ends when every shard has stopped for good, or when every handle to shards
/// that were not started is dropped. Dropping the stream ends the shards at once and without a close
/// frame, so that Discord keeps their sessions for some minutes.
#[derive(Debug)]
#[must_use = "dropping it ends the shards"]
pub struct Items {
    shards: SelectAll<TaggedItems>,
    /// By position.
    sources: Box<[Source]>,
    arrivals: ArrivalTimer,
    /// An event of the cluster that follows the item before.
    next: Option<(ShardId, ClusterGuilds)>,
    /// `None` without a session store.
    checkpoints: Option<SharedSchedule>,
}

/// A shard whose items are merged.
#[derive(Debug)]
struct Source {
    id: ShardId,
    monitor: ShardMonitor,
}

/// An item, with the shard that it is of or about.
struct Merged {
    id: ShardId,
    item: Item,
    /// The position of the shard whose buffer it was in, if it was in one.
    position: Option<usize>,
}

type TaggedItems = Map<ShardItems, Tag>;
/// Adds the position of the shard.
type Tag = Box<dyn FnMut(Item) -> (usize, Item) + Send + Sync>;

impl Items {
    /// The shards of `arrivals` are in the same order.
    pub(crate) fn new(
        shards: impl IntoIterator<Item = (ShardId, ShardItems)>,
        arrivals: ArrivalTimer,
        checkpoints: Option<SharedSchedule>,
    ) -> Self {
        let (sources, items): (Vec<_>, Vec<_>) = shards
            .into_iter()
            .map(|(id, items)| {
                let monitor = items.monitor();
                (Source { id, monitor }, items)
            })
            .unzip();
        let tagged = items.into_iter().enumerate().map(|(position, items)| {
            let tag: Tag = Box::new(move |item| (position, item));
            items.map(tag)
        });
        Self {
            shards: tagged.collect(),
            sources: sources.into(),
            arrivals,
            next: None,
            checkpoints,
        }
    }

    /// Returns the next item of any shard, or `None` once all shards have stopped.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future loses no item.
    pub async fn next(&mut self) -> Option<(ShardId, Item)> {
        poll_fn(|cx| self.poll_next_unpin(cx)).await
    }

    /// Returns the next item of any shard, which the consumer acknowledges itself, or `None` once all shards have
    /// stopped.
    ///
    /// While the consumer has [as many](crate::ClusterBuilder::max_unacknowledged) unacknowledged events of a shard as it
    /// may, it gets the items of the others only.
    ///
    /// ```no_run
    /// # async fn example(mut items: gloaming_cluster::Items) {
    /// # async fn handle(item: &gloaming_shard::Item) {}
    /// while let Some((shard, delivery)) = items.next_delivery().await {
    ///     tokio::spawn(async move {
    ///         handle(delivery.get()).await;
    ///         delivery.ack();
    ///     });
    /// }
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future loses no item.
    pub async fn next_delivery(&mut self) -> Option<(ShardId, Delivery)> {
        let merged = poll_fn(|cx| self.poll_merged(cx)).await?;
        let acknowledgement = self.hold(merged.position);
        Some((merged.id, Delivery::new(merged.item, acknowledgement)))
    }

    /// Returns a shard whose state is to be saved now, at most once per interval and shard; see
    /// [`Events::checkpoint_due`].
    pub fn checkpoint_due(&mut self) -> Option<DueCheckpoint<'_>> {
        let sources = &self.sources;
        let monitor = |id| Some(&sources.iter().find(|source| source.id == id)?.monitor);
        let schedule = self.checkpoints.as_ref()?;
        let mut locked = schedule.lock();
        let due = locked.next_due(clock::now(), |id| {
            let (session, loss) = monitor(id)?.resume_point();
            Some(ResumePoint { session, loss })
        })?;
        let id = locked.id(due);
        drop(locked);
        Some(DueCheckpoint::new(schedule, monitor(id)?, due, id))
    }

    /// Makes all shards due that have changed; see [`Events::request_checkpoints`].
    pub fn request_checkpoints(&mut self) {
        if let Some(schedule) = &self.checkpoints {
            for source in &self.sources {
                source.monitor.acknowledge_last();
            }
            schedule.lock().ask_now(clock::now());
        }
    }

    /// Takes the duty to acknowledge the item that was returned last.
    fn hold(&self, position: Option<usize>) -> Acknowledgement {
        position.map_or_else(Acknowledgement::none, |position| {
            self.sources[position].monitor.hold_last()
        })
    }

    fn arrived(&self, id: ShardId, guilds: ClusterGuilds) -> Merged {
        self.arrivals.publish(guilds);
        Merged {
            id,
            item: Item::Cluster(ClusterEvent::GuildsArrived(guilds)),
            position: None,
        }
    }

    fn poll_merged(&mut self, cx: &mut Context<'_>) -> Poll<Option<Merged>> {
        if let Some((id, guilds)) = self.next.take() {
            return Poll::Ready(Some(self.arrived(id, guilds)));
        }
        match self.shards.poll_next_unpin(cx) {
            Poll::Ready(Some((position, item))) => {
                let id = self.sources[position].id;
                let guilds = self.arrivals.handle(position, &item);
                self.next = guilds.map(|guilds| (id, guilds));
                Poll::Ready(Some(Merged {
                    id,
                    item,
                    position: Some(position),
                }))
            }
            Poll::Ready(None) => {
                self.arrivals.close();
                Poll::Ready(None)
            }
            Poll::Pending => {
                let (position, guilds) = ready!(self.arrivals.poll(cx));
                Poll::Ready(Some(self.arrived(self.sources[position].id, guilds)))
            }
        }
    }

    /// Converts this into a stream of events only.
    pub fn into_events(self) -> Events {
        Events {
            items: self,
            skipped: SkippedCounts::default(),
            error: None,
            last_payload: None,
        }
    }
}

impl Stream for Items {
    type Item = (ShardId, Item);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_merged(cx)
            .map(|merged| merged.map(|merged| (merged.id, merged.item)))
    }
}

/// The events of all shards of a cluster, as one stream.
///
/// Like [`Items`], but with typed events only; the end of an established connection is
/// [`Event::GatewayClose`]. Other items are skipped, and [counted](Self::skipped). To get them, convert
/// this [into items](Self::into_items).
#[derive(Debug)]
#[must_use = "dropping it ends the shards"]
pub struct Events {
    items: Items,
    skipped: SkippedCounts,
    /// The first fatal error of any shard.
    error: Option<(ShardId, ReceiveMessageError)>,
    /// Of the event that was returned last.
    last_payload: Option<OwnedPayload>,
}

/// The numbers of items that [`Events`] skipped.
///
/// Lifecycle items that report no loss, and events of the cluster, are skipped without being counted.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct SkippedCounts {
    /// Events without a type; logged at debug level.
    pub unknown: u64,
    /// Events that do not match their type; logged at warn level.
    pub undecodable: u64,
    /// Reports of repaired events, which are returned themselves; logged at warn level.
    pub repaired: u64,
    /// Errors, most of which the shard recovers from; logged at warn level.
    pub failures: u64,
    /// Panics of a shard's task; logged at error level.
    pub crashes: u64,
    /// Events that were shed, as reported by [`Item::Shed`]; the reports are logged at warn level.
    pub shed: u64,
    /// Lost events, as reported by [`Lifecycle::Gap`] and [`Lifecycle::Skipped`]; logged at warn level.
    pub losses: u64,
    shed_reports: u64,
}

impl Events {
    /// Returns the next event of any shard, or `None` once all shards have stopped.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future loses no event.
    pub async fn next(&mut self) -> Option<(ShardId, Event)> {
        poll_fn(|cx| self.poll_next_unpin(cx)).await
    }

    /// Returns the next event of any shard, which the consumer acknowledges itself, or `None` once all shards have
    /// stopped; see [`Items::next_delivery`].
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future loses no event.
    pub async fn next_delivery(&mut self) -> Option<(ShardId, Delivery<Event>)> {
        let (id, event, position) = poll_fn(|cx| self.poll_event(cx)).await?;
        Some((id, Delivery::new(event, self.items.hold(position))))
    }

    /// Returns a shard whose state is to be saved now, at most once per
    /// [interval](crate::CheckpointPolicy::interval) and shard, and only if the shard has changed.
    ///
    /// Call it between two events, in a loop until it returns `None`. Call it also while no event comes, such as once per
    /// interval: [`next`](Self::next) is cancel safe, so that it can be selected with a timer. Always `None` unless the
    /// [policy](crate::CheckpointPolicy::state) is [`ApplicationState::Provided`](crate::ApplicationState::Provided), and
    /// without a [session store](crate::ClusterBuilder::session_store).
    ///
    /// [`DueCheckpoint::save`] saves the state and the session at the last event that was taken as one, so that the next
    /// process continues exactly there: [`Cluster::restored`](crate::Cluster::restored) returns the state, and the stream the
    /// events after it. It is for consumers that handle each event before they take the next one.
    ///
    /// ```no_run
    /// use gloaming_cluster::{ApplicationState, CheckpointPolicy, Cluster, FileStore};
    /// use gloaming_protocol::{Event, Intents};
    /// use std::collections::BTreeMap;
    ///
    /// # async fn example(token: String) -> Result<(), Box<dyn std::error::Error>> {
    /// let store = FileStore::for_bot(&token)?;
    /// let (cluster, mut events) = Cluster::builder(token, Intents::GUILD_MESSAGES)
    ///     .session_store(store)
    ///     .checkpoint_policy(CheckpointPolicy::default().with_state(ApplicationState::Provided))
    ///     .build()
    ///     .await?;
    /// // The number of messages of each shard, exact over crashes.
    /// let mut messages = BTreeMap::<u32, u64>::new();
    /// for shard in cluster.shards() {
    ///     if let Some(state) = cluster.restored(shard.id()) {
    ///         messages.insert(shard.id().number(), u64::from_le_bytes(state[..].try_into()?));
    ///     }
    /// }
    /// cluster.up().await;
    /// while let Some((shard, event)) = events.next().await {
    ///     let messages_of_shard = messages.entry(shard.number()).or_default();
    ///     *messages_of_shard += u64::from(matches!(event, Event::MessageCreate(_)));
    ///     while let Some(due) = events.checkpoint_due() {
    ///         let count = messages.get(&due.shard().number()).copied().unwrap_or_default();
    ///         due.save(count.to_le_bytes().to_vec())?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn checkpoint_due(&mut self) -> Option<DueCheckpoint<'_>> {
        self.items.checkpoint_due()
    }

    /// Makes all shards due that have changed since their last checkpoint, without waiting for the interval: the next
    /// calls of [`checkpoint_due`](Self::checkpoint_due) return them. It acknowledges all events that were taken.
    ///
    /// Call it before [`Cluster::down_resumable`](crate::Cluster::down_resumable), which then saves the states.
    pub fn request_checkpoints(&mut self) {
        self.items.request_checkpoints();
    }

    /// Returns the numbers of items skipped so far.
    #[must_use]
    pub const fn skipped(&self) -> SkippedCounts {
        self.skipped
    }

    /// Returns the first fatal error so far, and the shard that stopped because of it.
    ///
    /// Ask once the stream has ended: if the application closed no shard, this is usually why, such as a token or intents
    /// that Discord refuses. Such a refusal [stops all shards that have no
    /// session](crate::Cluster#when-discord-refuses-the-bot). If there are others, the stream goes on.
    ///
    /// ```no_run
    /// # async fn example(mut events: gloaming_cluster::Events) -> Result<(), Box<dyn std::error::Error>> {
    /// while let Some((shard, event)) = events.next().await {
    ///     println!("{shard}: {:?}", event.kind());
    /// }
    /// match events.fatal_error() {
    ///     Some((shard, error)) => Err(format!("shard {shard}: {error}").into()),
    ///     None => Ok(()),
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn fatal_error(&self) -> Option<(ShardId, &ReceiveMessageError)> {
        self.error.as_ref().map(|(shard, error)| (*shard, error))
    }

    /// Returns the payload of the event that was returned last.
    ///
    /// Returns `None` if the [payloads of its kind](crate::ClusterBuilder::keep_payloads) are not kept, and as soon as
    /// the stream is polled again. [`Items`] return the payload with the event.
    ///
    /// ```no_run
    /// use gloaming_protocol::Event;
    ///
    /// # async fn example(mut events: gloaming_cluster::Events) {
    /// // The cluster keeps the payloads of `INTERACTION_CREATE`.
    /// while let Some((shard, event)) = events.next().await {
    ///     if let (Event::InteractionCreate(_), Some(payload)) = (event, events.last_payload()) {
    ///         println!("{shard}: {}", payload.data());
    ///     }
    /// }
    /// # }
    /// ```
    #[must_use]
    pub const fn last_payload(&self) -> Option<&OwnedPayload> {
        self.last_payload.as_ref()
    }

    /// Converts this into a stream of all items.
    pub fn into_items(self) -> Items {
        self.items
    }

    /// Returns an event, its shard, and the position of the shard whose buffer it was in.
    fn poll_event(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<(ShardId, Event, Option<usize>)>> {
        self.last_payload = None;
        loop {
            // An item that is skipped is acknowledged by the next one.
            let Some(Merged { id, item, position }) = ready!(self.items.poll_merged(cx)) else {
                return Poll::Ready(None);
            };
            if let Item::EventWithPayload(event) = &item {
                // A clone shares the text.
                self.last_payload = Some(event.payload().clone());
            }
            match item.into_event() {
                Ok(event) => return Poll::Ready(Some((id, event, position))),
                Err(item) => {
                    self.skipped.count(id, &item);
                    if let Item::Failure(error) = item
                        && error.is_fatal()
                        && self.error.is_none()
                    {
                        self.error = Some((id, error));
                    }
                }
            }
        }
    }
}

impl Stream for Events {
    type Item = (ShardId, Event);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(cx)
            .map(|event| event.map(|(id, event, _)| (id, event)))
    }
}

/// Whether the line of this number is written, as there can be any number of them.
const fn is_logged(number: u64) -> bool {
    number <= ALWAYS_LOGGED || number.is_power_of_two()
}

impl SkippedCounts {
    /// Counts an item. Repairs, failures, crashes and losses were logged where they occurred.
    fn count(&mut self, shard: ShardId, item: &Item) {
        match item {
            Item::Unknown(event) => {
                self.unknown += 1;
                tracing::debug!(
                    shard = shard.number(),
                    name = event
                        .name()
                        .map(|name| tracing::field::display(Excerpt::new(name))),
                    "skipped an event without a type"
                );
            }
            Item::Undecodable(error) => {
                self.undecodable += 1;
                let total = self.undecodable;
                if is_logged(total) {
                    tracing::warn!(
                        shard = shard.number(), %error, total,
                        "skipped an event that does not match its type"
                    );
                }
            }
            Item::Shed(report) => {
                self.shed += report.total();
                self.shed_reports += 1;
                if is_logged(self.shed_reports) {
                    tracing::warn!(shard = shard.number(), total = self.shed, "{report}");
                }
            }
            Item::Repaired(_) => self.repaired += 1,
            Item::Failure(_) => self.failures += 1,
            Item::Crash(_) => self.crashes += 1,
            Item::Lifecycle(Lifecycle::Gap { .. } | Lifecycle::Skipped { .. }) => self.losses += 1,
            _ => {}
        }
    }
}
