//! The shards whose items are merged.

use super::wake_queue::{Queued, SourceWaker, WakeQueue};
use gloaming_protocol::ShardId;
use gloaming_shard::{
    Item, ShardItems,
    supervision::{NextItem, ShardMonitor},
};
use std::{
    collections::VecDeque,
    task::{Context, Poll},
};

/// The items of several shards as one stream, fair between them. Shards can be added and removed while it is polled.
///
/// Each shard has a position, which is free again once the shard was removed and its items have ended.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// By position.
    sources: Vec<Option<Source>>,
    wakes: WakeQueue,
    /// The positions that are polled next. One whose shard has more items is at the end.
    ready: VecDeque<usize>,
    /// The number of shards whose items have not ended.
    open: usize,
}

/// A shard whose items are merged.
#[derive(Debug)]
struct Source {
    id: ShardId,
    monitor: ShardMonitor,
    membership: Membership,
    waker: SourceWaker,
    /// `None` if they have ended.
    items: Option<ShardItems>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Membership {
    Listed,
    Removed,
}

impl Sources {
    /// Adds a shard, and returns its position.
    pub(super) fn add(&mut self, id: ShardId, items: ShardItems) -> usize {
        let free = self.sources.iter().position(Option::is_none);
        let position = free.unwrap_or(self.sources.len());
        let source = Some(Source {
            id,
            monitor: items.monitor(),
            membership: Membership::Listed,
            waker: self.wakes.add(position),
            items: Some(items),
        });
        match self.sources.get_mut(position) {
            Some(free) => *free = source,
            None => self.sources.push(source),
        }
        self.open += 1;
        position
    }

    /// Records that the shard is no longer part of the cluster, and returns its position. The items that it has left are
    /// still returned.
    pub(super) fn remove(&mut self, id: ShardId) -> Option<usize> {
        let position = self.position(id)?;
        if let Some(source) = self.sources.get_mut(position)?.as_mut() {
            source.membership = Membership::Removed;
        }
        self.free(position);
        Some(position)
    }

    /// Moves the next item to `into`, and returns the position of its shard. Returns `None` if all shards have stopped.
    pub(super) fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        into: &mut Option<Item>,
    ) -> Poll<Option<usize>> {
        self.wakes.move_to(&mut self.ready);
        while let Some(position) = self.ready.pop_front() {
            let Some(Some(source)) = self.sources.get_mut(position) else {
                continue;
            };
            // One that has left the position may have been woken.
            let Some(items) = &mut source.items else {
                continue;
            };
            match items.poll_next_into(&mut source.waker.start_poll(), into) {
                Poll::Ready(NextItem::Taken) => {
                    if source.waker.queue() == Queued::Now {
                        self.ready.push_back(position);
                    }
                    return Poll::Ready(Some(position));
                }
                Poll::Ready(NextItem::End) => {
                    source.items = None;
                    self.open -= 1;
                    self.free(position);
                }
                Poll::Pending => {}
            }
        }
        if self.open == 0 {
            return Poll::Ready(None);
        }
        self.wakes.register(cx);
        Poll::Pending
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

    /// Frees a position if nothing refers to it any more.
    fn free(&mut self, position: usize) {
        if let Some(slot) = self.sources.get_mut(position)
            && slot.as_ref().is_some_and(|source| {
                source.membership == Membership::Removed && source.items.is_none()
            })
        {
            *slot = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Sources;
    use futures_util::FutureExt as _;
    use gloaming_protocol::ShardId;
    use gloaming_shard::{
        Crash, Item,
        supervision::{ItemSender, item_channel},
    };
    use std::future::poll_fn;

    const fn id(number: u32) -> ShardId {
        ShardId::new(number, 4)
    }

    /// Sends an item.
    fn send(sender: &ItemSender) {
        sender.report_crash(Crash::new("", 1, None));
        assert!(sender.flush_crashes().now_or_never().is_some());
    }

    /// The position of the next item, and the item. `None` if there is none yet.
    fn poll(sources: &mut Sources) -> Option<(Option<usize>, Option<Item>)> {
        let mut item = None;
        let position = poll_fn(|cx| sources.poll_next(cx, &mut item)).now_or_never()?;
        Some((position, item))
    }

    /// The position of the next item, if there is one.
    fn next(sources: &mut Sources) -> Option<usize> {
        match poll(sources)? {
            (Some(position), Some(Item::Crash(_))) => Some(position),
            other => panic!("{other:?} is no item that was sent"),
        }
    }

    #[test]
    fn shards_with_items_take_turns() {
        let mut sources = Sources::default();
        let senders = [0, 1, 2].map(|number| {
            let (sender, items) = item_channel(8);
            sources.add(id(number), items);
            sender
        });
        (0..4).for_each(|_| send(&senders[0]));
        (0..2).for_each(|_| send(&senders[2]));
        let all: Vec<_> = std::iter::from_fn(|| next(&mut sources)).collect();
        assert_eq!(all, [0, 2, 0, 2, 0, 0]);
        for number in [1, 2, 1] {
            send(&senders[number]);
            assert_eq!(next(&mut sources), Some(number));
        }
        assert_eq!(next(&mut sources), None);
    }

    #[test]
    fn items_of_a_shard_that_has_left_a_position_are_not_mixed_up_with_those_of_the_next() {
        let mut sources = Sources::default();
        let (first, items) = item_channel(8);
        sources.add(id(0), items);
        sources.remove(id(0));
        send(&first);
        assert_eq!(next(&mut sources), Some(0));
        drop(first);
        assert!(matches!(poll(&mut sources), Some((None, None))));
        let (second, items) = item_channel(8);
        assert_eq!(sources.add(id(1), items), 0);
        send(&second);
        assert_eq!(next(&mut sources), Some(0));
        assert!(sources.at(0).is_some_and(|(at, _)| at == id(1)));
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
        assert!(poll(&mut sources).is_none());
        let (_fourth, items) = item_channel(1);
        assert_eq!(sources.add(id(3), items), 0);
    }

    #[test]
    fn shard_that_has_ended_keeps_its_position_until_it_is_removed() {
        let mut sources = Sources::default();
        let (only, items) = item_channel(1);
        sources.add(id(0), items);
        drop(only);
        assert!(matches!(poll(&mut sources), Some((None, None))));
        assert!(sources.monitor(id(0)).is_some());
        assert_eq!(sources.remove(id(0)), Some(0));
        assert!(sources.at(0).is_none());
    }
}
