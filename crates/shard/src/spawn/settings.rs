//! The settings of a buffer.

use super::{byte_budget::ByteBudget, overflow::OverflowPolicy};
use crate::machine::delivery::{DeliveryTracker, UnhandledLoss};
use std::num::NonZeroUsize;

/// The settings of the buffer between a shard and its consumer.
///
/// ```
/// use gloaming_shard::{
///     EventTypeFlags, OverflowPolicy,
///     supervision::{BufferSettings, ByteBudget, item_channel_with},
/// };
///
/// let overflow = OverflowPolicy::stop_reading().shed(EventTypeFlags::PRESENCE_UPDATE);
/// let settings = BufferSettings::new(256)
///     .budgets([ByteBudget::new(16 << 20)])
///     .overflow(overflow);
/// let (sender, items) = item_channel_with(settings);
/// # drop((sender, items));
/// ```
#[derive(Clone, Debug)]
#[must_use = "settings do nothing until a buffer is made of them"]
pub struct BufferSettings {
    pub(super) items: usize,
    pub(super) budgets: Vec<ByteBudget>,
    pub(super) overflow: OverflowPolicy,
    pub(super) max_unacknowledged: NonZeroUsize,
    pub(super) unhandled_loss: Option<UnhandledLoss>,
}

impl BufferSettings {
    /// The settings of a buffer for this number of items, at least one, which hold up to
    /// [64 MiB](ByteBudget::DEFAULT_LIMIT).
    pub fn new(items: usize) -> Self {
        Self {
            items: items.max(1),
            budgets: vec![ByteBudget::new(ByteBudget::DEFAULT_LIMIT)],
            overflow: OverflowPolicy::default(),
            max_unacknowledged: DeliveryTracker::DEFAULT_MAX_HELD,
            unhandled_loss: None,
        }
    }

    /// Sets the budgets that the items count against.
    pub fn budgets(mut self, budgets: impl IntoIterator<Item = ByteBudget>) -> Self {
        self.budgets = budgets.into_iter().collect();
        self
    }

    /// Sets what happens while the consumer is slower than the gateway. Default: the shard reads ahead up to a bound,
    /// and then stops reading.
    pub const fn overflow(mut self, policy: OverflowPolicy) -> Self {
        self.overflow = policy;
        self
    }

    /// Sets how many events the consumer may leave unacknowledged before it gets no more; default
    /// [4,096](DeliveryTracker::DEFAULT_MAX_HELD). Each takes about 90 bytes.
    pub const fn max_unacknowledged(mut self, events: NonZeroUsize) -> Self {
        self.max_unacknowledged = events;
        self
    }

    /// Sets what the process before had [lost and not handled](super::ShardMonitor::unhandled_loss). The shard's first item
    /// reports it, as a [`Lifecycle::Gap`](crate::Lifecycle::Gap). Default: nothing.
    pub fn unhandled_loss(mut self, loss: Option<UnhandledLoss>) -> Self {
        self.unhandled_loss = loss;
        self
    }
}
