//! Bounds of the memory that buffered items hold.

use super::overflow::Fill;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::Notify;

/// A bound of the memory that buffered items hold, which the buffers of several shards can share.
///
/// A shard reads into its buffer only while the items of all buffers that share the budget hold less than its limit, or while its own
/// buffer is empty. Each shard can therefore exceed the limit by the last item that it read, and by no more. What a shard
/// [reads ahead](crate::ConfigBuilder::read_ahead) while there is no room has a bound of its own. Clones are the same budget.
///
/// An item counts for at least what it holds. Presences, typing events, reactions, voice states, changed members and most
/// messages count as they are. The others are estimated from their payloads: the memory of the values that twilight-model
/// makes of one, each with room for more elements than it has. The estimate is about 20 times the size of a payload of 1 KiB
/// or more, and usually over ten times what the item really holds. So 64 MiB are at least about 3 MiB of payloads.
///
/// ```
/// use gloaming_shard::supervision::{ByteBudget, item_channel_within};
///
/// let all = ByteBudget::new(256 << 20);
/// let buffers: Vec<_> = (0..16)
///     .map(|_| item_channel_within(64, [ByteBudget::new(32 << 20), all.clone()]))
///     .collect();
/// assert_eq!((all.held(), all.limit()), (0, 256 << 20));
/// # drop(buffers);
/// ```
#[derive(Clone, Debug)]
pub struct ByteBudget(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    limit: usize,
    held: AtomicUsize,
    /// Notifies shards that wait for room.
    freed: Notify,
}

impl ByteBudget {
    /// The default limit of the buffer of one shard, in bytes: 64 MiB.
    pub const DEFAULT_LIMIT: usize = 64 << 20;

    /// Creates a budget of this number of bytes; at least one, with which items are buffered one at a time.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self(Arc::new(Shared {
            limit: limit.max(1),
            held: AtomicUsize::new(0),
            freed: Notify::new(),
        }))
    }

    /// Returns the limit, in bytes.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.0.limit
    }

    /// Returns the number of bytes that buffered items hold.
    #[must_use]
    pub fn held(&self) -> usize {
        self.0.held.load(Ordering::Acquire)
    }

    fn has_room(&self) -> bool {
        self.held() < self.0.limit
    }

    /// Waits until another item may be read.
    async fn wait_for_room(&self) {
        loop {
            // Made before the check, so that no release in between is missed.
            let freed = self.0.freed.notified();
            if self.has_room() {
                return;
            }
            freed.await;
        }
    }

    fn hold(&self, bytes: usize) {
        self.0.held.fetch_add(bytes, Ordering::AcqRel);
    }

    fn release(&self, bytes: usize) {
        let before = self.0.held.fetch_sub(bytes, Ordering::AcqRel);
        if before >= self.0.limit && before - bytes < self.0.limit {
            self.0.freed.notify_waiters();
        }
    }
}

/// The budgets that the items of one buffer count against.
#[derive(Clone, Debug)]
pub(super) struct ByteBudgets(Arc<Budgets>);

#[derive(Debug)]
struct Budgets {
    /// Has room while the buffer is empty. A shard then reads whatever the buffers of others hold, so that a consumer
    /// that waits for this shard is not stuck.
    empty: ByteBudget,
    given: Box<[ByteBudget]>,
}

impl ByteBudgets {
    pub(super) fn has_room(&self) -> bool {
        self.0.empty.has_room() || self.0.given.iter().all(ByteBudget::has_room)
    }

    /// Returns the use of the budget that is used most.
    pub(super) fn fullest(&self) -> Option<Fill> {
        let fills = self.0.given.iter().map(|budget| Fill {
            used: budget.held(),
            limit: budget.limit(),
        });
        fills.max_by_key(|fill| fill.permille())
    }

    pub(super) async fn wait_for_room(&self) {
        // Another shard may use the room of one while this one waits for another.
        while !self.has_room() {
            let all = async {
                for budget in &self.0.given {
                    budget.wait_for_room().await;
                }
            };
            tokio::select! {
                () = self.0.empty.wait_for_room() => return,
                () = all => {}
            }
        }
    }

    /// Counts bytes until the returned value is dropped.
    pub(super) fn hold(&self, bytes: usize) -> HeldBytes {
        self.0.empty.hold(bytes);
        self.0.given.iter().for_each(|budget| budget.hold(bytes));
        HeldBytes {
            budgets: self.clone(),
            bytes,
        }
    }

    /// Returns the bytes that the items of this buffer hold, and the least limit of the given budgets.
    pub(super) fn fill(&self) -> (usize, usize) {
        let limits = self.0.given.iter().map(ByteBudget::limit);
        (self.0.empty.held(), limits.min().unwrap_or(usize::MAX))
    }
}

impl FromIterator<ByteBudget> for ByteBudgets {
    fn from_iter<T: IntoIterator<Item = ByteBudget>>(budgets: T) -> Self {
        Self(Arc::new(Budgets {
            empty: ByteBudget::new(1),
            given: budgets.into_iter().collect(),
        }))
    }
}

/// Bytes that count against budgets until this is dropped.
#[derive(Debug)]
pub(super) struct HeldBytes {
    budgets: ByteBudgets,
    bytes: usize,
}

impl Drop for HeldBytes {
    fn drop(&mut self) {
        let Budgets { empty, given } = &*self.budgets.0;
        empty.release(self.bytes);
        given.iter().for_each(|budget| budget.release(self.bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::{ByteBudget, ByteBudgets};
    use futures_util::FutureExt as _;
    use std::pin::pin;

    #[test]
    fn room_ends_with_the_item_that_reaches_the_limit() {
        let budget = ByteBudget::new(100);
        let budgets: ByteBudgets = [budget.clone()].into_iter().collect();
        let first = budgets.hold(99);
        assert!(budgets.has_room());
        let second = budgets.hold(500);
        assert_eq!((budget.held(), budgets.has_room()), (599, false));
        drop(first);
        assert!(!budgets.has_room());
        drop(second);
        assert_eq!((budget.held(), budgets.has_room()), (0, true));
    }

    #[test]
    fn waiting_shards_are_woken_when_items_are_dropped() {
        let all = ByteBudget::new(100);
        let [one, other] = [(); 2]
            .map(|()| -> ByteBudgets { [ByteBudget::new(50), all.clone()].into_iter().collect() });
        let (held, _own) = (one.hold(100), other.hold(1));
        let mut waiting = [pin!(one.wait_for_room()), pin!(other.wait_for_room())];
        assert!(waiting.iter_mut().all(|wait| wait.now_or_never().is_none()));
        drop(held);
        assert!(waiting.iter_mut().all(|wait| wait.now_or_never().is_some()));
    }

    #[test]
    fn empty_buffer_has_room_whatever_others_hold() {
        let all = ByteBudget::new(100);
        let [one, other] = [(); 2].map(|()| -> ByteBudgets { [all.clone()].into_iter().collect() });
        let _held = one.hold(100);
        assert!(!one.has_room() && other.has_room());
        let held = other.hold(1);
        let mut waiting = pin!(other.wait_for_room());
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(held);
        assert!(waiting.now_or_never().is_some());
    }

    #[test]
    fn limit_of_zero_lets_one_item_pass_at_a_time() {
        let budgets: ByteBudgets = [ByteBudget::new(0)].into_iter().collect();
        assert!(budgets.has_room());
        let held = budgets.hold(1);
        assert!(!budgets.has_room());
        drop(held);
        assert!(budgets.has_room());
    }
}
