//! The consumer's end of a shard's buffer.

use super::{delivery::BufferedItem, monitor::ShardMonitor};
use crate::Item;
use futures_core::Stream;
use std::{
    pin::Pin,
    task::{Context, Poll},
};
use tokio::sync::mpsc;

/// The items of a shard that runs in a task: a stream that ends when the shard has stopped.
///
/// Dropping it ends the shard's task.
#[derive(Debug)]
#[must_use = "dropping the items ends the shard"]
pub struct ShardItems {
    entries: mpsc::Receiver<BufferedItem>,
    monitor: ShardMonitor,
}

impl ShardItems {
    pub(super) const fn new(entries: mpsc::Receiver<BufferedItem>, monitor: ShardMonitor) -> Self {
        Self { entries, monitor }
    }
}

impl Stream for ShardItems {
    type Item = Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        loop {
            let Some(entry) = std::task::ready!(self.entries.poll_recv(cx)) else {
                return Poll::Ready(None);
            };
            if let Some(item) = self.monitor.delivery().deliver(entry) {
                return Poll::Ready(Some(item));
            }
        }
    }
}
