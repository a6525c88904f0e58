//! The items of all shards of a cluster as one stream.

mod events;
mod intake;
mod set_items;
mod sources;
mod wake_queue;

pub use self::events::{Events, SkippedCounts};
pub(crate) use self::{
    intake::{Change, Intake, IntakeSender, NewSource, ReshardRequest, StreamEnded, intake},
    set_items::{SetItems, SetOutput, StreamEnd},
};

use crate::{
    ClusterSwitch, DueCheckpoint,
    reshard::{ReshardError, ReshardErrorKind},
    switch::{AcknowledgedCopies, release_copies},
};
use futures_core::Stream;
use gloaming_protocol::ShardId;
use gloaming_shard::{Acknowledgement, Delivery, Item};
use std::{
    future::poll_fn,
    mem,
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
    mode: Mode,
    /// The item that was taken last. It is moved here from the buffer, and from here to the consumer.
    item: Option<Item>,
    /// Copies of a switch that has ended, until the events before them are acknowledged.
    copies: Option<AcknowledgedCopies>,
}

/// The shard that an item is of or about, and what acknowledges it. The item itself is large, and was moved to where the
/// caller wants it.
pub(crate) struct Merged {
    pub(crate) id: ShardId,
    pub(crate) origin: Origin,
}

/// What acknowledges an item.
pub(crate) enum Origin {
    /// Nothing: it was in no buffer.
    Cluster,
    /// The shard at this position, in whose buffer it was.
    Buffer(usize),
    /// It was held while the cluster switches to another number of shards.
    Held(Acknowledgement),
}

/// Which sets of shards the items are from.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "the large one is what a stream mostly has"
)]
enum Mode {
    One(SetItems),
    /// The cluster [switches](crate::Cluster::reshard) to another number of shards.
    Two(Box<ClusterSwitch>),
}

impl Items {
    pub(crate) const fn of(set: SetItems, copies: Option<AcknowledgedCopies>) -> Self {
        Self {
            mode: Mode::One(set),
            item: None,
            copies,
        }
    }

    /// Returns the items of the only set that there is.
    pub(crate) fn into_set(self) -> Result<SetItems, ReshardError> {
        match self.mode {
            Mode::One(set) => Ok(set),
            Mode::Two(_) => Err(ReshardErrorKind::InProgress.into()),
        }
    }

    /// Returns the next item of any shard, or `None` once all shards have stopped.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future loses no item.
    pub async fn next(&mut self) -> Option<(ShardId, Item)> {
        // The item is moved once, and not out of each poll.
        let Merged { id, origin } = poll_fn(|cx| self.poll_merged(cx)).await?;
        self.leave(origin);
        Some((id, self.item.take()?))
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
        let Merged { id, origin } = poll_fn(|cx| self.poll_merged(cx)).await?;
        let acknowledgement = self.hold(origin);
        let item = self.item.take()?;
        Some((id, Delivery::new(item, acknowledgement)))
    }

    /// Returns a shard whose state is to be saved now, at most once per interval and shard; see
    /// [`Events::checkpoint_due`].
    pub fn checkpoint_due(&mut self) -> Option<DueCheckpoint<'_>> {
        match &mut self.mode {
            Mode::One(set) => set.checkpoint_due(),
            // The state has effects of events of both sets, and no session is as of all of them.
            Mode::Two(_) => None,
        }
    }

    /// Makes all shards due that have changed; see [`Events::request_checkpoints`].
    pub fn request_checkpoints(&mut self) {
        if let Mode::One(set) = &self.mode {
            set.request_checkpoints();
        }
    }

    /// Takes the duty to acknowledge the item that was returned last.
    fn hold(&mut self, origin: Origin) -> Acknowledgement {
        match (origin, &mut self.mode) {
            (Origin::Buffer(position), Mode::One(set)) => set.hold(position),
            (Origin::Held(acknowledgement), Mode::Two(switch)) => switch.counted(acknowledgement),
            (Origin::Held(acknowledgement), Mode::One(_)) => acknowledgement,
            _ => Acknowledgement::none(),
        }
    }

    /// Leaves the duty to acknowledge the item that was returned last to the next item.
    fn leave(&mut self, origin: Origin) {
        if let (Origin::Held(acknowledgement), Mode::Two(switch)) = (origin, &mut self.mode) {
            switch.acknowledge_with_next(acknowledgement);
        }
    }

    /// Moves the next item to `self.item`. Returns `None` once all shards have stopped.
    fn poll_merged(&mut self, cx: &mut Context<'_>) -> Poll<Option<Merged>> {
        if let Some(copies) = &mut self.copies {
            release_copies(copies);
            if copies.is_empty() {
                self.copies = None;
            }
        }
        loop {
            match &mut self.mode {
                Mode::One(set) => match set.poll(cx, &mut self.item) {
                    Poll::Ready(SetOutput::Item(merged)) => return Poll::Ready(Some(merged)),
                    Poll::Ready(SetOutput::Reshard(request)) => self.reshard(*request),
                    Poll::Ready(SetOutput::AbortReshard) => {}
                    Poll::Ready(SetOutput::End) => return Poll::Ready(None),
                    Poll::Pending => return Poll::Pending,
                },
                Mode::Two(switch) if switch.is_over() => self.end_reshard(),
                Mode::Two(switch) => match switch.poll_held(cx) {
                    Poll::Ready(Some((id, item, acknowledgement))) => {
                        self.item = Some(item);
                        let origin = Origin::Held(acknowledgement);
                        return Poll::Ready(Some(Merged { id, origin }));
                    }
                    // The set that remains has ended, too.
                    Poll::Ready(None) => self.end_reshard(),
                    Poll::Pending if switch.is_over() => {}
                    Poll::Pending => return Poll::Pending,
                },
            }
        }
    }

    /// Begins the switch to another set.
    fn reshard(&mut self, request: ReshardRequest) {
        let mode = mem::replace(&mut self.mode, Mode::One(SetItems::ended()));
        self.mode = match mode {
            Mode::One(set) => match ClusterSwitch::in_place(set, request) {
                Ok(switch) => Mode::Two(Box::new(switch)),
                Err(set) => Mode::One(*set),
            },
            two @ Mode::Two(_) => two,
        };
    }

    /// Goes on with the set that remains.
    fn end_reshard(&mut self) {
        let mode = mem::replace(&mut self.mode, Mode::One(SetItems::ended()));
        self.mode = match mode {
            Mode::Two(switch) => {
                let (set, copies) = switch.into_remaining();
                self.copies = copies;
                Mode::One(set)
            }
            one @ Mode::One(_) => one,
        };
    }

    /// Converts this into a stream of events only.
    pub fn into_events(self) -> Events {
        Events::new(self)
    }
}

impl Stream for Items {
    type Item = (ShardId, Item);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_merged(cx).map(|merged| {
            let Merged { id, origin } = merged?;
            self.leave(origin);
            Some((id, self.item.take()?))
        })
    }
}
