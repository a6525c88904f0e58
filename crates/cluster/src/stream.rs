//! The items of all shards of a cluster as one stream.

mod events;
mod intake;
mod sources;

pub use self::events::{Events, SkippedCounts};
pub(crate) use self::intake::{Change, Intake, IntakeSender, NewSource, intake};

use self::sources::Sources;
use crate::{
    DueCheckpoint, arrival_timer::ArrivalTimer, checkpoint_schedule::ResumePoint,
    checkpoint_writer::SharedSchedule, clock,
};
use futures_core::Stream;
use futures_util::StreamExt as _;
use gloaming_protocol::ShardId;
use gloaming_shard::{Acknowledgement, ClusterEvent, ClusterGuilds, Delivery, Item};
use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

/// The items of all shards of a cluster, as one stream.
///
/// Once, [`Item::Cluster`] says that the guilds of all shards have arrived, after the last GUILD_CREATE, or which are
/// missing; see [`Cluster::guilds_arrived`](crate::Cluster::guilds_arrived). It has the id of the shard that was the last
/// to report, or of the first one that is missing.
///
/// Taking the next item acknowledges the ones before: the [sessions to resume](crate::Cluster::acknowledged_sessions) after
/// a restart of the process move past them. [`next_delivery`](Self::next_delivery) leaves that to the consumer, for
/// handlers that run concurrently.
///
/// It is fair between shards, and follows the cluster: shards that are [added](crate::Cluster::add_shard) join it while it
/// is polled, and those that are [removed](crate::Cluster::remove_shard) leave it after their last item. It ends when every
/// shard has stopped for good, or when every handle to shards that were not started is dropped. Dropping the stream ends the
/// shards at once and without a close frame, so that Discord keeps their sessions for some minutes.
#[derive(Debug)]
#[must_use = "dropping it ends the shards"]
pub struct Items {
    sources: Sources,
    intake: Intake,
    arrivals: ArrivalTimer,
    /// An event of the cluster that follows the item before.
    next: Option<(ShardId, ClusterGuilds)>,
    /// `None` without a session store.
    checkpoints: Option<SharedSchedule>,
}

/// An item, with the shard that it is of or about.
struct Merged {
    id: ShardId,
    item: Item,
    origin: Origin,
}

/// What acknowledges an item.
enum Origin {
    /// Nothing: it was in no buffer.
    Cluster,
    /// The shard at this position, in whose buffer it was.
    Buffer(usize),
}

impl Items {
    /// The shards of `arrivals` are in the same order.
    pub(crate) fn new(
        shards: impl IntoIterator<Item = (ShardId, gloaming_shard::ShardItems)>,
        intake: Intake,
        arrivals: ArrivalTimer,
        checkpoints: Option<SharedSchedule>,
    ) -> Self {
        let mut sources = Sources::default();
        for (id, items) in shards {
            sources.add(id, items);
        }
        Self {
            sources,
            intake,
            arrivals,
            next: None,
            checkpoints,
        }
    }

    /// Returns the next item of any shard, or `None` once all shards have stopped.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future loses no item.
    pub async fn next(&mut self) -> Option<(ShardId, Item)> {
        poll_fn(|cx| self.poll_next_unpin(cx)).await
    }

    /// Returns the next item of any shard, which the consumer acknowledges itself, or `None` once all shards have
    /// stopped.
    ///
    /// While the consumer has [as many](crate::ClusterBuilder::max_unacknowledged) unacknowledged events of a shard as it
    /// may, it gets the items of the others only.
    ///
    /// ```no_run
    /// # async fn example(mut items: gloaming_cluster::Items) {
    /// # async fn handle(item: &gloaming_shard::Item) {}
    /// while let Some((shard, delivery)) = items.next_delivery().await {
    ///     tokio::spawn(async move {
    ///         handle(delivery.get()).await;
    ///         delivery.ack();
    ///     });
    /// }
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future loses no item.
    pub async fn next_delivery(&mut self) -> Option<(ShardId, Delivery)> {
        let merged = poll_fn(|cx| self.poll_merged(cx)).await?;
        let acknowledgement = self.hold(&merged.origin);
        Some((merged.id, Delivery::new(merged.item, acknowledgement)))
    }

    /// Returns a shard whose state is to be saved now, at most once per interval and shard; see
    /// [`Events::checkpoint_due`].
    pub fn checkpoint_due(&mut self) -> Option<DueCheckpoint<'_>> {
        let schedule = self.checkpoints.as_ref()?;
        let monitor = |id| self.sources.monitor(id);
        let mut locked = schedule.lock();
        let due = locked.next_due(clock::now(), |id| {
            let (session, loss) = monitor(id)?.resume_point();
            Some(ResumePoint { session, loss })
        })?;
        let id = locked.id(due);
        drop(locked);
        Some(DueCheckpoint::new(schedule, monitor(id)?, due, id))
    }

    /// Makes all shards due that have changed; see [`Events::request_checkpoints`].
    pub fn request_checkpoints(&mut self) {
        if let Some(schedule) = &self.checkpoints {
            for monitor in self.sources.monitors() {
                monitor.acknowledge_last();
            }
            schedule.lock().ask_now(clock::now());
        }
    }

    /// Takes the duty to acknowledge the item that was returned last.
    fn hold(&self, origin: &Origin) -> Acknowledgement {
        let source = match origin {
            Origin::Cluster => None,
            Origin::Buffer(position) => self.sources.at(*position),
        };
        source.map_or_else(Acknowledgement::none, |(_, monitor)| monitor.hold_last())
    }

    fn arrived(&self, id: ShardId, guilds: ClusterGuilds) -> Merged {
        self.arrivals.publish(guilds);
        Merged {
            id,
            item: Item::Cluster(ClusterEvent::GuildsArrived(guilds)),
            origin: Origin::Cluster,
        }
    }

    fn poll_merged(&mut self, cx: &mut Context<'_>) -> Poll<Option<Merged>> {
        loop {
            let changes = self.intake.take();
            self.apply(changes);
            if let Some((id, guilds)) = self.next.take() {
                return Poll::Ready(Some(self.arrived(id, guilds)));
            }
            match self.sources.poll_next(cx) {
                Poll::Ready(Some((position, item))) => {
                    let Some((id, _)) = self.sources.at(position) else {
                        continue;
                    };
                    let guilds = self.arrivals.handle(position, &item);
                    self.next = guilds.map(|guilds| (id, guilds));
                    return Poll::Ready(Some(Merged {
                        id,
                        item,
                        origin: Origin::Buffer(position),
                    }));
                }
                Poll::Ready(None) => match self.intake.end() {
                    Ok(()) => {
                        self.arrivals.close();
                        return Poll::Ready(None);
                    }
                    Err(changes) => self.apply(changes),
                },
                Poll::Pending => {
                    if let Poll::Ready((position, guilds)) = self.arrivals.poll(cx)
                        && let Some((id, _)) = self.sources.at(position)
                    {
                        return Poll::Ready(Some(self.arrived(id, guilds)));
                    }
                    self.intake.register(cx);
                    let changes = self.intake.take();
                    if changes.is_empty() {
                        return Poll::Pending;
                    }
                    self.apply(changes);
                }
            }
        }
    }

    /// Follows what has changed in the cluster.
    fn apply(&mut self, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Added(source) => {
                    let position = self.sources.add(source.id, source.items);
                    self.arrivals.add(position, source.reports);
                }
                Change::Removed(id) => {
                    let guilds = self
                        .sources
                        .remove(id)
                        .and_then(|position| self.arrivals.remove(position));
                    if let Some(guilds) = guilds {
                        self.next = Some((id, guilds));
                    }
                }
            }
        }
    }

    /// Converts this into a stream of events only.
    pub fn into_events(self) -> Events {
        Events::new(self)
    }
}

impl Stream for Items {
    type Item = (ShardId, Item);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_merged(cx)
            .map(|merged| merged.map(|merged| (merged.id, merged.item)))
    }
}
