//! Shards that run in a task of their own.

mod acknowledgement;
mod batch;
mod byte_budget;
mod delivery;
mod event_size;
mod item_sender;
mod item_size;
mod items;
mod lag;
mod live;
mod monitor;
mod overflow;
mod progress;
mod read_ahead;
mod settings;
mod slot;
mod status;

pub use self::{
    acknowledgement::{Acknowledgement, AcknowledgementCounter, Delivery, DeliveryKey},
    byte_budget::ByteBudget,
    item_sender::{ItemSender, item_channel, item_channel_with, item_channel_within},
    items::{NextItem, ShardItems},
    live::EventLag,
    monitor::ShardMonitor,
    overflow::{OverflowPolicy, ShedReport},
    settings::BufferSettings,
    status::ShardStatus,
};

use crate::{FlightRecord, Item, MessageSender, Session, Shard, ShardRuntime};
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
/// Made by [`Shard::spawn`]. Dropping it ends the shard at once and without a close frame, so that Discord
/// keeps the session for some minutes. To end in good order, [close](MessageSender::close) the shard and
/// [`join`](Self::join) it.
#[derive(Debug)]
#[must_use = "dropping the handle ends the shard"]
pub struct SpawnedShard {
    items: ShardItems,
    task: ShardTask,
}

impl SpawnedShard {
    /// Returns the shard's id.
    #[must_use]
    pub const fn id(&self) -> ShardId {
        self.task.id
    }

    /// Returns the handle that sends commands and closes the shard.
    #[must_use]
    pub const fn sender(&self) -> &MessageSender {
        &self.task.sender
    }

    /// Returns what the shard is doing.
    #[must_use]
    pub fn status(&self) -> ShardStatus {
        self.task.status()
    }

    /// Returns the last frames that the shard received and sent; see
    /// [`ConfigBuilder::flight_recorder`](crate::ConfigBuilder::flight_recorder).
    #[must_use]
    pub fn flight_record(&self) -> FlightRecord {
        self.task.monitor.flight_record()
    }

    /// Returns the next item, or `None` once the shard has stopped. It acknowledges the item before; see [`ShardItems`].
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future loses no item.
    pub async fn next_item(&mut self) -> Option<Item> {
        poll_fn(|cx| Pin::new(&mut self.items).poll_next(cx)).await
    }

    /// Returns the next item, which the consumer acknowledges itself, or `None` once the shard has stopped; see
    /// [`ShardItems::next_delivery`].
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future loses no item.
    pub async fn next_delivery(&mut self) -> Option<Delivery> {
        self.items.next_delivery().await
    }

    /// Separates the stream of items from the task that produces them. Dropping the items ends the task.
    pub fn split(self) -> (ShardItems, ShardTask) {
        (self.items, self.task)
    }

    /// Waits until the shard has stopped and returns the session to resume, if there is one.
    ///
    /// It does not end the shard: [close](MessageSender::close) it first. Items that were not taken are
    /// dropped, and the session is past them. If they matter, take items until
    /// [`next_item`](Self::next_item) returns `None`, and then join.
    ///
    /// # Errors
    ///
    /// Fails if the task panicked.
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

/// The task of a [`SpawnedShard`], apart from its items; made by [`SpawnedShard::split`].
#[derive(Debug)]
pub struct ShardTask {
    id: ShardId,
    sender: MessageSender,
    monitor: ShardMonitor,
    task: JoinHandle<Option<Session>>,
}

impl ShardTask {
    /// Returns the shard's id.
    #[must_use]
    pub const fn id(&self) -> ShardId {
        self.id
    }

    /// Returns the handle that sends commands and closes the shard.
    #[must_use]
    pub const fn sender(&self) -> &MessageSender {
        &self.sender
    }

    /// Returns what the shard is doing.
    #[must_use]
    pub fn status(&self) -> ShardStatus {
        self.monitor.status()
    }

    /// Waits until the shard has stopped or its items were dropped, and returns the session to resume, if
    /// there is one.
    ///
    /// # Errors
    ///
    /// Fails if the task panicked.
    pub async fn join(self) -> Result<Option<Session>, JoinError> {
        self.task.await
    }
}

impl Shard {
    /// Runs the shard in a task of its own, with a buffer of `capacity` items, at least one.
    ///
    /// Heartbeats then do not depend on how fast items are taken. While the buffer is full, the shard
    /// [reads ahead](crate::ConfigBuilder::read_ahead) up to a bound, and learns of a request to reconnect, an invalid session
    /// and the end of the connection at once. Beyond the bound, it reads nothing, and notices the end of the connection when
    /// a heartbeat can't be written. It loses nothing: the gateway holds what it sends, as far as its own buffers go, and
    /// sends it again after a resume. The task ends when the shard has stopped or the handle is dropped.
    ///
    /// The task runs in the current runtime: a handler that blocks a thread of that runtime can delay heartbeats.
    /// [`spawn_in`](Self::spawn_in) gives the shard a thread that no handler can block.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, as `tokio::spawn` does.
    pub fn spawn(self, events: EventTypeFlags, capacity: usize) -> SpawnedShard {
        self.spawn_in(&ShardRuntime::current(), events, capacity)
    }

    /// Runs the shard as [`spawn`](Self::spawn) does, in this runtime.
    ///
    /// # Panics
    ///
    /// With [`ShardRuntime::current`], outside of a tokio runtime.
    pub fn spawn_in(
        self,
        runtime: &ShardRuntime,
        events: EventTypeFlags,
        capacity: usize,
    ) -> SpawnedShard {
        let (item_sender, items) = item_channel(capacity);
        let (id, sender) = (self.id(), self.sender());
        let monitor = item_sender.monitor();
        let run = async move { item_sender.run(self, events).await };
        SpawnedShard {
            items,
            task: ShardTask {
                id,
                sender,
                monitor,
                task: runtime.spawn(id, run),
            },
        }
    }
}
