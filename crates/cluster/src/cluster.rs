//! The cluster: tasks and one merged stream.

use futures_core::Stream;
use futures_util::{
    StreamExt as _,
    stream::{Map, SelectAll},
};
use gloaming_protocol::{CloseFrame, EventTypeFlags, ShardId};
use gloaming_shard::{Item, MessageSender, Session, Shard, ShardItems, ShardTask};
use std::{
    pin::Pin,
    task::{Context, Poll},
};
use tokio::task::JoinError;

/// Running shards and the stream of all that they hand over.
///
/// The stream is fair between shards and ends when every shard has stopped. One shard's end does not
/// stop the others. Dropping the cluster ends its shards at once; Discord keeps their sessions for a
/// while. To end in good order, [`close`](Self::close) and take items until the stream ends.
///
/// ```no_run
/// use gloaming_cluster::Cluster;
/// use gloaming_protocol::{CloseFrame, EventTypeFlags, Intents, ShardId};
/// use gloaming_shard::{Config, Item, Shard};
///
/// # async fn example(token: String) {
/// let config = Config::new(token, Intents::GUILDS);
/// let shards = (0..4).map(|n| Shard::with_config(ShardId::new(n, 4), config.clone()));
/// let mut cluster = Cluster::start(shards, EventTypeFlags::all(), 64);
/// while let Some((shard, item)) = cluster.next().await {
///     match item {
///         Item::Event(event) => println!("{shard}: {:?}", event.kind()),
///         other => eprintln!("{shard}: {other:?}"),
///     }
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct Cluster {
    items: SelectAll<Tagged>,
    tasks: Vec<ShardTask>,
}

type Tagged = Map<ShardItems, Tag>;
type Tag = Box<dyn FnMut(Item) -> (ShardId, Item) + Send>;

/// A shard that has ended.
#[derive(Debug)]
pub struct EndedShard {
    /// Which.
    pub id: ShardId,
    /// The session to resume from, if there is one; an error if the shard's task panicked.
    pub session: Result<Option<Session>, JoinError>,
}

impl Cluster {
    /// Starts the shards, each with a buffer of `capacity` items (at least one).
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, as `tokio::spawn` does.
    #[must_use = "dropping the cluster ends its shards"]
    pub fn start(
        shards: impl IntoIterator<Item = Shard>,
        events: EventTypeFlags,
        capacity: usize,
    ) -> Self {
        let (items, tasks) = shards
            .into_iter()
            .map(|shard| {
                let id = shard.id();
                let (items, task) = shard.spawn(events, capacity).split();
                let tag: Tag = Box::new(move |item| (id, item));
                (items.map(tag), task)
            })
            .unzip();
        Self { items, tasks }
    }

    /// The next item of any shard; `None` once all have stopped.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<(ShardId, Item)> {
        self.items.next().await
    }

    /// The sender of the shard with this number.
    #[must_use]
    pub fn sender(&self, number: u32) -> Option<&MessageSender> {
        self.tasks
            .iter()
            .find(|task| task.id().number() == number)
            .map(ShardTask::sender)
    }

    /// Asks every shard to close with this frame; [`CloseFrame::RESUME`] keeps the sessions,
    /// [`CloseFrame::NORMAL`] ends them (P19). Go on taking items until the stream ends.
    pub fn close(&self, frame: &CloseFrame<'static>) {
        for task in &self.tasks {
            // One that has stopped already needs no closing.
            _ = task.sender().close(frame.clone());
        }
    }

    /// Waits until every shard has stopped and returns their sessions.
    ///
    /// Does not end the shards: [`close`](Self::close) them before. Items not taken until then are
    /// dropped, and the sessions are past them; take them all first, if they matter.
    pub async fn join(mut self) -> Vec<EndedShard> {
        while self.next().await.is_some() {}
        let mut ended = Vec::with_capacity(self.tasks.len());
        for task in self.tasks {
            let id = task.id();
            let session = task.join().await;
            ended.push(EndedShard { id, session });
        }
        ended
    }
}

impl Stream for Cluster {
    type Item = (ShardId, Item);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.items.poll_next_unpin(cx)
    }
}
