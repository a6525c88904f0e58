//! A shard in a task of its own.

mod board;
mod crash;
mod monitor;
mod outlet;
mod status;

pub use self::{
    crash::{AfterCrash, Crash},
    monitor::Monitor,
    outlet::{Outlet, ShardItems},
    status::ShardStatus,
};

use crate::{Item, MessageSender, Session, Shard};
use futures_core::Stream;
use gloaming_protocol::{EventTypeFlags, ShardId};
use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::task::{JoinError, JoinHandle};

/// A shard that runs in a task of its own: a stream of its items.
///
/// Made by [`Shard::spawn`]. Dropping it ends the shard at once, without a close frame; Discord keeps its
/// session for a while. To end in good order, close and [`join`](Self::join).
#[derive(Debug)]
pub struct SpawnedShard {
    items: ShardItems,
    task: ShardTask,
}

impl SpawnedShard {
    /// The shard's id.
    #[must_use]
    pub const fn id(&self) -> ShardId {
        self.task.id
    }

    /// A handle to send commands, and to close the shard.
    #[must_use]
    pub const fn sender(&self) -> &MessageSender {
        &self.task.sender
    }

    /// What the shard is doing.
    #[must_use]
    pub fn status(&self) -> ShardStatus {
        self.task.status()
    }

    /// The next item; `None` once the shard has stopped.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn next_item(&mut self) -> Option<Item> {
        poll_fn(|cx| Pin::new(&mut self.items).poll_next(cx)).await
    }

    /// Takes the stream of items apart from the task that makes them. Dropping the items ends the
    /// task.
    #[must_use]
    pub fn split(self) -> (ShardItems, ShardTask) {
        (self.items, self.task)
    }

    /// Waits until the shard has stopped and returns the session to resume from, if there is one.
    ///
    /// Does not end the shard: [close](MessageSender::close) it before. Items not taken until then are
    /// dropped, and the session is past them; take them all first, if they matter.
    ///
    /// # Errors
    ///
    /// The task panicked.
    pub async fn join(mut self) -> Result<Option<Session>, JoinError> {
        while self.next_item().await.is_some() {}
        self.task.join().await
    }
}

impl Stream for SpawnedShard {
    type Item = Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        Pin::new(&mut self.items).poll_next(cx)
    }
}

/// The task of a spawned shard.
#[derive(Debug)]
pub struct ShardTask {
    id: ShardId,
    sender: MessageSender,
    monitor: Monitor,
    task: JoinHandle<Option<Session>>,
}

impl ShardTask {
    /// The shard's id.
    #[must_use]
    pub const fn id(&self) -> ShardId {
        self.id
    }

    /// A handle to send commands, and to close the shard.
    #[must_use]
    pub const fn sender(&self) -> &MessageSender {
        &self.sender
    }

    /// What the shard is doing.
    #[must_use]
    pub fn status(&self) -> ShardStatus {
        self.monitor.status()
    }

    /// Waits until the shard has stopped, or its items were dropped, and returns the session to resume
    /// from, if there is one.
    ///
    /// # Errors
    ///
    /// The task panicked.
    pub async fn join(self) -> Result<Option<Session>, JoinError> {
        self.task.await
    }
}

pub(crate) fn spawn(shard: Shard, events: EventTypeFlags, capacity: usize) -> SpawnedShard {
    let (outlet, items) = Outlet::new(capacity);
    let (id, sender) = (shard.id(), shard.sender());
    let monitor = outlet.monitor();
    let run = async move { outlet.run(shard, events).await };
    SpawnedShard {
        items,
        task: ShardTask {
            id,
            sender,
            monitor,
            task: tokio::spawn(run),
        },
    }
}
