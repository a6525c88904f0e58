//! The items of all shards of a cluster as one stream.

use crate::arrival_timer::ArrivalTimer;
use futures_core::Stream;
use futures_util::{
    StreamExt as _,
    stream::{Map, SelectAll},
};
use gloaming_protocol::{Event, Excerpt, OwnedPayload, ShardId};
use gloaming_shard::{
    ClusterEvent, ClusterGuilds, Item, Lifecycle, ReceiveMessageError, ShardItems,
};
use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
};

/// How many undecodable events are logged each. After them, the line has their total each time that it doubles.
const ALWAYS_LOGGED: u64 = 4;

/// The items of all shards of a cluster, as one stream.
///
/// Once, [`Item::Cluster`] says that the guilds of all shards have arrived, after the last GUILD_CREATE, or which are
/// missing; see [`Cluster::guilds_arrived`](crate::Cluster::guilds_arrived). It has the id of the shard that was the last
/// to report, or of the first one that is missing.
///
/// It is fair between shards. It ends when every shard has stopped for good, or when every handle to shards
/// that were not started is dropped. Dropping the stream ends the shards at once and without a close
/// frame, so that Discord keeps their sessions for some minutes.
#[derive(Debug)]
#[must_use = "dropping it ends the shards"]
pub struct Items {
    shards: SelectAll<TaggedItems>,
    /// The ids of the shards, by position.
    ids: Box<[ShardId]>,
    arrivals: ArrivalTimer,
    /// An event of the cluster that follows the item before.
    next: Option<(ShardId, ClusterGuilds)>,
}

type TaggedItems = Map<ShardItems, Tag>;
/// Adds the position of the shard.
type Tag = Box<dyn FnMut(Item) -> (usize, Item) + Send + Sync>;

impl Items {
    /// The shards of `arrivals` are in the same order.
    pub(crate) fn new(
        shards: impl IntoIterator<Item = (ShardId, ShardItems)>,
        arrivals: ArrivalTimer,
    ) -> Self {
        let (ids, items): (Vec<_>, Vec<_>) = shards.into_iter().unzip();
        let tagged = items.into_iter().enumerate().map(|(position, items)| {
            let tag: Tag = Box::new(move |item| (position, item));
            items.map(tag)
        });
        Self {
            shards: tagged.collect(),
            ids: ids.into(),
            arrivals,
            next: None,
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

    fn arrived(&self, guilds: ClusterGuilds) -> Item {
        self.arrivals.publish(guilds);
        Item::Cluster(ClusterEvent::GuildsArrived(guilds))
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
        let this = &mut *self;
        if let Some((id, guilds)) = this.next.take() {
            return Poll::Ready(Some((id, this.arrived(guilds))));
        }
        match this.shards.poll_next_unpin(cx) {
            Poll::Ready(Some((position, item))) => {
                let id = this.ids[position];
                let guilds = this.arrivals.handle(position, &item);
                this.next = guilds.map(|guilds| (id, guilds));
                Poll::Ready(Some((id, item)))
            }
            Poll::Ready(None) => {
                this.arrivals.close();
                Poll::Ready(None)
            }
            Poll::Pending => {
                let (position, guilds) = ready!(this.arrivals.poll(cx));
                Poll::Ready(Some((this.ids[position], this.arrived(guilds))))
            }
        }
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
    /// Lost events, as reported by [`Lifecycle::Gap`] and [`Lifecycle::Skipped`]; logged at warn level.
    pub losses: u64,
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
}

impl Stream for Events {
    type Item = (ShardId, Event);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.last_payload = None;
        loop {
            let Some((id, item)) = ready!(self.items.poll_next_unpin(cx)) else {
                return Poll::Ready(None);
            };
            if let Item::EventWithPayload(event) = &item {
                // A clone shares the text.
                self.last_payload = Some(event.payload().clone());
            }
            match item.into_event() {
                Ok(event) => return Poll::Ready(Some((id, event))),
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
                // The server can send any number of them.
                if total <= ALWAYS_LOGGED || total.is_power_of_two() {
                    tracing::warn!(
                        shard = shard.number(), %error, total,
                        "skipped an event that does not match its type"
                    );
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
