//! What the shards of a cluster hand over, as one stream.

use futures_core::Stream;
use futures_util::{
    StreamExt as _,
    stream::{Map, SelectAll},
};
use gloaming_protocol::{Event, ShardId};
use gloaming_shard::{Item, Lifecycle, ShardItems};
use std::{
    pin::Pin,
    task::{Context, Poll},
};

/// Everything that the shards of a cluster tell.
///
/// Fair between shards. Ends when every shard has ended for good, or was never started and can't be any
/// more. Dropping it ends the shards at once, without a close frame; Discord keeps their sessions for
/// a while.
#[derive(Debug)]
#[must_use = "dropping it ends the shards"]
pub struct Items {
    shards: SelectAll<Tagged>,
}

type Tagged = Map<ShardItems, Tag>;
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

    /// The next item of any shard; `None` once all have ended.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<(ShardId, Item)> {
        self.shards.next().await
    }

    /// Events only.
    pub fn into_events(self) -> Events {
        Events {
            items: self,
            untold: Untold::default(),
        }
    }
}

impl Stream for Items {
    type Item = (ShardId, Item);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.shards.poll_next_unpin(cx)
    }
}

/// The events of a cluster's shards.
///
/// As [`Items`], from which it is made, but typed events only; the end of an open connection is
/// [`Event::GatewayClose`]. What has no such type is logged and [counted](Self::untold); to have it,
/// take the [items](Self::into_items).
#[derive(Debug)]
#[must_use = "dropping it ends the shards"]
pub struct Events {
    items: Items,
    untold: Untold,
}

/// What had no place among a cluster's [`Events`] so far.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Untold {
    /// Events that there is no type for; logged at debug level.
    pub unknown: u64,
    /// Events that do not fit their type; logged as warnings.
    pub undecodable: u64,
    /// Failures, most of which heal; logged as warnings.
    pub failures: u64,
    /// Panics of a shard's task; logged as errors.
    pub crashes: u64,
    /// Certain losses: [`Lifecycle::Gap`] and [`Lifecycle::Skipped`]; logged as warnings.
    pub losses: u64,
}

impl Events {
    /// The next event of any shard; `None` once all have ended.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<(ShardId, Event)> {
        std::future::poll_fn(|cx| self.poll_next_unpin(cx)).await
    }

    /// What was no event so far.
    #[must_use]
    pub const fn untold(&self) -> Untold {
        self.untold
    }

    /// Everything that the shards tell from here on.
    pub fn into_items(self) -> Items {
        self.items
    }
}

impl Stream for Events {
    type Item = (ShardId, Event);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let Some((id, item)) = std::task::ready!(self.items.poll_next_unpin(cx)) else {
                return Poll::Ready(None);
            };
            match item.into_event() {
                Ok(event) => return Poll::Ready(Some((id, event))),
                Err(item) => self.untold.count(id, &item),
            }
        }
    }
}

impl Untold {
    /// Failures, losses and crashes were logged where they came up.
    fn count(&mut self, shard: ShardId, item: &Item) {
        match item {
            Item::Unknown(event) => {
                self.unknown += 1;
                tracing::debug!(%shard, name = event.name(), "no type for an event");
            }
            Item::Undecodable(error) => {
                self.undecodable += 1;
                tracing::warn!(%shard, %error, name = error.name(), "an event does not fit its type");
            }
            Item::Failure(_) => self.failures += 1,
            Item::Crash(_) => self.crashes += 1,
            Item::Lifecycle(Lifecycle::Gap { .. } | Lifecycle::Skipped { .. }) => self.losses += 1,
            _ => {}
        }
    }
}
