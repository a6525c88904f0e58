//! The typed events of all shards of a cluster as one stream.

use super::{Items, Merged, Origin};
use crate::DueCheckpoint;
use futures_core::Stream;
use futures_util::StreamExt as _;
use gloaming_protocol::{Event, Excerpt, OwnedPayload, ShardId};
use gloaming_shard::{Delivery, Item, Lifecycle, ReceiveMessageError};
use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
};

/// How many undecodable events, and reports of shed ones, are logged each. After them, a line has their total each time
/// that their number doubles.
const ALWAYS_LOGGED: u64 = 4;

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
    pub(super) fn new(items: Items) -> Self {
        Self {
            items,
            skipped: SkippedCounts::default(),
            error: None,
            last_payload: None,
        }
    }

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
        let (id, event, origin) = poll_fn(|cx| self.poll_event(cx)).await?;
        Some((id, Delivery::new(event, self.items.hold(origin))))
    }

    /// Returns a shard whose state is to be saved now, at most once per
    /// [interval](crate::CheckpointPolicy::interval) and shard, and only if the shard has changed.
    ///
    /// Call it between two events, in a loop until it returns `None`. Call it also while no event comes, such as once per
    /// interval: [`next`](Self::next) is cancel safe, so that it can be selected with a timer. Always `None` unless the
    /// [policy](crate::CheckpointPolicy::state) is [`ApplicationState::Provided`](crate::ApplicationState::Provided), and
    /// without a [session store](crate::ClusterBuilder::session_store).
    ///
    /// Always `None` also while the cluster [switches](crate::Cluster::reshard) to another number of shards: what was saved
    /// before stays valid, and the shards of the new set are due at the end.
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

    /// Returns an event, its shard, and what acknowledges it.
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<(ShardId, Event, Origin)>> {
        self.last_payload = None;
        loop {
            // An item that is skipped is acknowledged by the next one.
            let Some(Merged { id, origin }) = ready!(self.items.poll_merged(cx)) else {
                return Poll::Ready(None);
            };
            let Some(item) = self.items.item.take() else {
                continue;
            };
            if let Item::EventWithPayload(event) = &item {
                // A clone shares the text.
                self.last_payload = Some(event.payload().clone());
            }
            match item.into_event() {
                Ok(event) => return Poll::Ready(Some((id, event, origin))),
                Err(item) => {
                    self.items.leave(origin);
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
        self.poll_event(cx).map(|event| {
            let (id, event, origin) = event?;
            self.items.leave(origin);
            Some((id, event))
        })
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
