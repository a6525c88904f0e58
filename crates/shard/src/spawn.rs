//! A shard in a task of its own.

use crate::{Item, MessageSender, Session, Shard, driver::Reading};
use futures_core::Stream;
use gloaming_protocol::{EventTypeFlags, ShardId};
use std::{
    convert::Infallible,
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll},
};
use tokio::{
    sync::mpsc::{self, OwnedPermit},
    task::{JoinError, JoinHandle},
};

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

    /// The next item; `None` once the shard has stopped.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn next_item(&mut self) -> Option<Item> {
        self.items.items.recv().await
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
        self.items.items.poll_recv(cx)
    }
}

/// What a spawned shard hands over: a stream that ends when the shard stops.
#[derive(Debug)]
pub struct ShardItems {
    items: mpsc::Receiver<Item>,
}

impl Stream for ShardItems {
    type Item = Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        self.items.poll_recv(cx)
    }
}

/// The task of a spawned shard.
#[derive(Debug)]
pub struct ShardTask {
    id: ShardId,
    sender: MessageSender,
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
    let (tx, items) = mpsc::channel(capacity.max(1));
    SpawnedShard {
        items: ShardItems { items },
        task: ShardTask {
            id: shard.id(),
            sender: shard.sender(),
            task: tokio::spawn(run(shard, events, tx)),
        },
    }
}

async fn run(mut shard: Shard, events: EventTypeFlags, tx: mpsc::Sender<Item>) -> Option<Session> {
    while let Some(room) = wait_for_room(&mut shard, &tx).await {
        tokio::select! {
            biased;
            item = shard.next_item(events) => match item {
                Some(item) => drop(room.send(item)),
                None => break,
            },
            () = tx.closed() => break,
        }
    }
    shard.session().cloned()
}

/// Keeps the shard alive, without reading, until there is room for an item; `None` if nobody takes
/// items any more.
async fn wait_for_room(shard: &mut Shard, tx: &mpsc::Sender<Item>) -> Option<OwnedPermit<Item>> {
    let mut room = pin!(tx.clone().reserve_owned());
    poll_fn(|cx| {
        if let Poll::Ready(room) = room.as_mut().poll(cx) {
            return Poll::Ready(room.ok());
        }
        // Never ready: nothing is handed over without reading.
        let _: Poll<Option<Infallible>> = shard.poll_with(cx, Reading::Paused, |_| None);
        Poll::Pending
    })
    .await
}
