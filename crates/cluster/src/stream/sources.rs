//! The shards whose items are merged.

use futures_core::Stream;
use futures_util::{StreamExt as _, stream::SelectAll};
use gloaming_protocol::ShardId;
use gloaming_shard::{Item, ShardItems, supervision::ShardMonitor};
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

/// The items of several shards as one stream, fair between them. Shards can be added and removed while it is polled.
///
/// Each shard has a position, which is free again once the shard was removed and its items have ended.
#[derive(Debug, Default)]
pub(super) struct Sources {
    streams: SelectAll<PositionedItems>,
    /// By position.
    sources: Vec<Option<Source>>,
}

/// A shard whose items are merged.
#[derive(Debug)]
struct Source {
    id: ShardId,
    monitor: ShardMonitor,
    membership: Membership,
    stream: StreamState,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Membership {
    Listed,
    Removed,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum StreamState {
    Open,
    Ended,
}

/// The items of a shard with its position. Their end is an item of its own.
#[derive(Debug)]
struct PositionedItems {
    position: usize,
    items: ShardItems,
    state: StreamState,
}

impl Sources {
    /// Adds a shard, and returns its position.
    pub(super) fn add(&mut self, id: ShardId, items: ShardItems) -> usize {
        let source = Some(Source {
            id,
            monitor: items.monitor(),
            membership: Membership::Listed,
            stream: StreamState::Open,
        });
        let free = self.sources.iter().position(Option::is_none);
        let position = match free {
            Some(position) => {
                self.sources[position] = source;
                position
            }
            None => {
                self.sources.push(source);
                self.sources.len() - 1
            }
        };
        self.streams.push(PositionedItems {
            position,
            items,
            state: StreamState::Open,
        });
        position
    }

    /// Records that the shard is no longer part of the cluster, and returns its position. The items that it has left are
    /// still returned.
    pub(super) fn remove(&mut self, id: ShardId) -> Option<usize> {
        let position = self.position(id)?;
        self.update(position, |source| source.membership = Membership::Removed);
        Some(position)
    }

    /// Returns the next item with the position of its shard, or `None` if all shards have stopped.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<(usize, Item)>> {
        loop {
            match ready!(self.streams.poll_next_unpin(cx)) {
                Some((position, Some(item))) => return Poll::Ready(Some((position, item))),
                Some((position, None)) => {
                    self.update(position, |source| source.stream = StreamState::Ended);
                }
                None => return Poll::Ready(None),
            }
        }
    }

    /// Returns the shard at a position, with its observer. There is one at each position that was returned.
    pub(super) fn at(&self, position: usize) -> Option<(ShardId, &ShardMonitor)> {
        let source = self.sources.get(position)?.as_ref()?;
        Some((source.id, &source.monitor))
    }

    /// Returns the observer of a shard that is part of the cluster.
    pub(super) fn monitor(&self, id: ShardId) -> Option<&ShardMonitor> {
        Some(self.at(self.position(id)?)?.1)
    }

    /// Returns the observers of all shards that are part of the cluster.
    pub(super) fn monitors(&self) -> impl Iterator<Item = &ShardMonitor> {
        let listed = self.sources.iter().flatten();
        let listed = listed.filter(|source| source.membership == Membership::Listed);
        listed.map(|source| &source.monitor)
    }

    fn position(&self, id: ShardId) -> Option<usize> {
        self.sources.iter().position(|source| {
            let listed = source.as_ref();
            listed.is_some_and(|it| it.id == id && it.membership == Membership::Listed)
        })
    }

    /// Changes a source, and frees its position if nothing refers to it any more.
    fn update(&mut self, position: usize, change: impl FnOnce(&mut Source)) {
        let Some(slot) = self.sources.get_mut(position) else {
            return;
        };
        if let Some(source) = slot {
            change(source);
            if source.membership == Membership::Removed && source.stream == StreamState::Ended {
                *slot = None;
            }
        }
    }
}

impl Stream for PositionedItems {
    type Item = (usize, Option<Item>);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.state == StreamState::Ended {
            return Poll::Ready(None);
        }
        let item = ready!(self.items.poll_next_unpin(cx));
        if item.is_none() {
            self.state = StreamState::Ended;
        }
        Poll::Ready(Some((self.position, item)))
    }
}

#[cfg(test)]
mod tests {
    use super::Sources;
    use futures_util::FutureExt as _;
    use gloaming_protocol::ShardId;
    use gloaming_shard::supervision::item_channel;
    use std::future::poll_fn;

    const fn id(number: u32) -> ShardId {
        ShardId::new(number, 4)
    }

    #[test]
    fn position_is_free_once_its_shard_is_removed_and_has_ended() {
        let mut sources = Sources::default();
        let (first, items) = item_channel(1);
        assert_eq!(sources.add(id(0), items), 0);
        let (_second, items) = item_channel(1);
        assert_eq!(sources.add(id(1), items), 1);

        assert_eq!(sources.remove(id(0)), Some(0));
        assert_eq!(sources.remove(id(0)), None, "it is not listed any more");
        assert!(sources.monitor(id(0)).is_none());
        assert_eq!(sources.monitors().count(), 1);
        let (_third, items) = item_channel(1);
        assert_eq!(sources.add(id(0), items), 2, "its items have not ended");

        drop(first);
        assert!(poll_fn(|cx| sources.poll_next(cx)).now_or_never().is_none());
        let (_fourth, items) = item_channel(1);
        assert_eq!(sources.add(id(3), items), 0);
    }

    #[test]
    fn shard_that_has_ended_keeps_its_position_until_it_is_removed() {
        let mut sources = Sources::default();
        let (only, items) = item_channel(1);
        sources.add(id(0), items);
        drop(only);
        let end = poll_fn(|cx| sources.poll_next(cx)).now_or_never();
        assert!(matches!(end, Some(None)));
        assert!(sources.monitor(id(0)).is_some());
        assert_eq!(sources.remove(id(0)), Some(0));
        assert!(sources.at(0).is_none());
    }
}
