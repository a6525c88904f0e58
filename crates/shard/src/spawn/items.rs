//! The consumer's end of a shard's buffer.

use super::{
    acknowledgement::Delivery, delivery::MayTake, lag::LagSampler, monitor::ShardMonitor,
    slot::Slot,
};
use crate::{Item, driver::Reading, machine::delivery::DeliveryOutcome};
use futures_core::Stream;
use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::sync::mpsc;

/// The items of a shard that runs in a task: a stream that ends when the shard has stopped.
///
/// Taking the next item acknowledges the one before: the [session to resume](ShardMonitor::acknowledged_session) after a
/// restart of the process moves past it. [`next_delivery`](Self::next_delivery) leaves that to the consumer.
///
/// Dropping it ends the shard's task.
#[derive(Debug)]
#[must_use = "dropping the items ends the shard"]
pub struct ShardItems {
    entries: mpsc::Receiver<Slot>,
    /// Items that overtake `entries`, if any may.
    overtaking: Option<mpsc::Receiver<Slot>>,
    monitor: ShardMonitor,
    last: LastItem,
    lag: LagSampler,
}

/// What comes next of a shard.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum NextItem {
    /// An item, which is where the caller wants it.
    Taken,
    /// Nothing: the shard has stopped, and there are no more items.
    End,
}

/// What the consumer has of the item before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum LastItem {
    /// It has come back since.
    Acknowledged,
    Taken,
}

impl ShardItems {
    pub(super) const fn new(
        entries: mpsc::Receiver<Slot>,
        overtaking: Option<mpsc::Receiver<Slot>>,
        monitor: ShardMonitor,
    ) -> Self {
        Self {
            entries,
            overtaking,
            monitor,
            last: LastItem::Acknowledged,
            lag: LagSampler::new(),
        }
    }

    /// Returns an observer of the shard.
    #[must_use]
    pub fn monitor(&self) -> ShardMonitor {
        self.monitor.clone()
    }

    /// Returns the next item, which the consumer acknowledges itself, or `None` once the shard has stopped.
    ///
    /// While the consumer has as many unacknowledged events as it may, it waits for an acknowledgement. The buffer then
    /// fills up, and the shard [reads ahead](crate::ConfigBuilder::read_ahead) up to a bound.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future loses no item.
    pub async fn next_delivery(&mut self) -> Option<Delivery> {
        let item = poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await?;
        Some(Delivery::new(item, self.monitor.hold_last()))
    }

    fn poll_entry(&mut self, cx: &mut Context<'_>) -> Poll<Option<Slot>> {
        if let Some(overtaking) = &mut self.overtaking
            && let Poll::Ready(Some(entry)) = overtaking.poll_recv(cx)
        {
            return Poll::Ready(Some(entry));
        }
        // Both end together.
        self.entries.poll_recv(cx).map(|entry| {
            // A task that was aborted has not moved what it had read ahead.
            entry.or_else(|| self.monitor.next_read_ahead(|_| {}))
        })
    }

    /// The consumer has come back.
    fn acknowledge_last(&mut self) {
        if std::mem::replace(&mut self.last, LastItem::Acknowledged) == LastItem::Taken {
            self.monitor.acknowledge_last();
        }
    }

    /// Moves the next item to `into`, if there is one.
    ///
    /// For supervisors that merge the streams of shards. Items are large, and each function that returns one moves it; this
    /// moves it from the buffer to where the supervisor wants it.
    pub fn poll_next_into(
        &mut self,
        cx: &mut Context<'_>,
        into: &mut Option<Item>,
    ) -> Poll<NextItem> {
        loop {
            if self.monitor.may_take(cx.waker()) == MayTake::NotYet {
                self.acknowledge_last();
                return Poll::Pending;
            }
            match self.poll_entry(cx) {
                // It acknowledges the last item, too.
                Poll::Ready(Some(entry)) => {
                    let mut delivery = self.monitor.delivery();
                    let outcome = delivery.deliver(entry, into);
                    let reading = delivery.reading();
                    drop(delivery);
                    // The clock is read for few items.
                    let mut now = None;
                    if reading == Reading::Paused {
                        now = Some(self.monitor.live().buffer_is_full());
                    }
                    if outcome == DeliveryOutcome::Delivered {
                        self.last = LastItem::Taken;
                        let lag = into.as_ref().and_then(|item| self.lag.delivered(item));
                        if let Some(lag) = lag {
                            now = Some(self.monitor.live().set_lag(lag));
                        }
                        if let Some(now) = now {
                            self.monitor.delivery().taken_at(now);
                        }
                        return Poll::Ready(NextItem::Taken);
                    }
                }
                Poll::Ready(None) => {
                    self.acknowledge_last();
                    return Poll::Ready(NextItem::End);
                }
                Poll::Pending => {
                    self.lag.paused();
                    self.acknowledge_last();
                    return Poll::Pending;
                }
            }
        }
    }
}

impl Stream for ShardItems {
    type Item = Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        let mut item = None;
        // It stays `None` at the end.
        ready!(self.poll_next_into(cx, &mut item));
        Poll::Ready(item)
    }
}
