//! The items of all shards of a cluster as one stream.

use futures_core::Stream;
use futures_util::{
    StreamExt as _,
    stream::{Map, SelectAll},
};
use gloaming_protocol::{Event, OwnedPayload, ShardId};
use gloaming_shard::{Item, Lifecycle, ReceiveMessageError, ShardItems};
use std::{
    pin::Pin,
    task::{Context, Poll},
};

/// The items of all shards of a cluster, as one stream.
///
/// It is fair between shards. It ends when every shard has stopped for good, or when every handle to shards
/// that were not started is dropped. Dropping the stream ends the shards at once and without a close
/// frame, so that Discord keeps their sessions for some minutes.
#[derive(Debug)]
#[must_use = "dropping it ends the shards"]
pub struct Items {
    shards: SelectAll<TaggedItems>,
}

type TaggedItems = Map<ShardItems, Tag>;
type Tag = Box<dyn FnMut(Item) -> (ShardId, Item) + Send + Sync>;

impl Items {
    pub(crate) fn new(shards: impl IntoIterator<Item = (ShardId, ShardItems)>) -> Self {
        let tagged = shards.into_iter().map(|(id, items)| {
            let tag: Tag = Box::new(move |item| (id, item));
            items.map(tag)
        });
        Self {
            shards: tagged.collect(),
        }
    }

    /// Returns the next item of any shard, or `None` once all shards have stopped.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future loses no item.
    pub async fn next(&mut self) -> Option<(ShardId, Item)> {
        self.shards.next().await
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
        self.shards.poll_next_unpin(cx)
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
/// Lifecycle items that report no loss are skipped without being counted.
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
        std::future::poll_fn(|cx| self.poll_next_unpin(cx)).await
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
            let Some((id, item)) = std::task::ready!(self.items.poll_next_unpin(cx)) else {
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
                    name = event.name(),
                    "skipped an event without a type"
                );
            }
            Item::Undecodable(error) => {
                self.undecodable += 1;
                tracing::warn!(
                    shard = shard.number(), %error, name = error.name(),
                    "skipped an event that does not match its type"
                );
            }
            Item::Repaired(_) => self.repaired += 1,
            Item::Failure(_) => self.failures += 1,
            Item::Crash(_) => self.crashes += 1,
            Item::Lifecycle(Lifecycle::Gap { .. } | Lifecycle::Skipped { .. }) => self.losses += 1,
            _ => {}
        }
    }
}
