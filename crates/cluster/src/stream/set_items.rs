//! The items of one set of shards.

use super::{
    Change, Intake, Merged, Origin,
    intake::{ReshardRequest, closed_intake},
    sources::Sources,
};
use crate::{
    DueCheckpoint, arrival_timer::ArrivalTimer, checkpoint_schedule::ResumePoint,
    checkpoint_writer::SharedSchedule, clock,
};
use gloaming_protocol::ShardId;
use gloaming_shard::{
    Acknowledgement, ClusterEvent, ClusterGuilds, Item, ShardItems, machine::StopReason,
    supervision::ShardMonitor,
};
use std::task::{Context, Poll};

/// The merged items of a set of shards, which follows the changes of the set.
#[derive(Debug)]
pub(crate) struct SetItems {
    sources: Sources,
    intake: Intake,
    arrivals: ArrivalTimer,
    /// An event of the cluster that follows the item before.
    next: Option<(ShardId, ClusterGuilds)>,
    /// `None` without a session store.
    checkpoints: Option<SharedSchedule>,
    request: Option<Demand>,
    end: StreamEnd,
}

/// When the stream of a set ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum StreamEnd {
    /// When the last shard has stopped.
    WithLastShard,
    /// When the cluster is down, or Discord has refused its last shard. Until then, shards may be added, also if there are
    /// none.
    WithCluster,
}

/// What the cluster wants of its stream.
#[derive(Debug)]
enum Demand {
    Reshard(Box<ReshardRequest>),
    Abort,
}

/// What comes next of a set.
pub(crate) enum SetOutput {
    /// An item, which was moved to where the caller wants it.
    Item(Merged),
    /// Another set is to take the place of this one.
    Reshard(Box<ReshardRequest>),
    /// A switch to another set is no longer wanted.
    AbortReshard,
    /// All shards have stopped for good.
    End,
}

impl SetItems {
    /// The shards of `arrivals` are in the same order.
    pub(crate) fn new(
        shards: impl IntoIterator<Item = (ShardId, ShardItems)>,
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
            request: None,
            end: StreamEnd::WithLastShard,
        }
    }

    /// Sets when the stream ends.
    pub(crate) const fn ending(mut self, end: StreamEnd) -> Self {
        self.end = end;
        self
    }

    /// Returns the items of no shard, which have ended.
    pub(crate) fn ended() -> Self {
        Self::new([], closed_intake(), ArrivalTimer::ended(), None)
    }

    pub(crate) fn checkpoint_due(&mut self) -> Option<DueCheckpoint<'_>> {
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

    pub(crate) fn request_checkpoints(&self) {
        if let Some(schedule) = &self.checkpoints {
            for monitor in self.sources.monitors() {
                monitor.acknowledge_last();
            }
            schedule.lock().ask_now(clock::now());
        }
    }

    /// Takes the duty to acknowledge the item that was returned last, from the shard at this position.
    pub(crate) fn hold(&self, position: usize) -> Acknowledgement {
        let source = self.sources.at(position);
        source.map_or_else(Acknowledgement::none, |(_, monitor)| monitor.hold_last())
    }

    fn arrived(&self, id: ShardId, guilds: ClusterGuilds, into: &mut Option<Item>) -> SetOutput {
        self.arrivals.publish(guilds);
        *into = Some(Item::Cluster(ClusterEvent::GuildsArrived(guilds)));
        let origin = Origin::Cluster;
        SetOutput::Item(Merged { id, origin })
    }

    /// Returns what comes next. An item is moved to `into`.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        into: &mut Option<Item>,
    ) -> Poll<SetOutput> {
        loop {
            if self.intake.has_changes() {
                let changes = self.intake.take();
                self.apply(changes);
            }
            match self.request.take() {
                Some(Demand::Reshard(request)) => return Poll::Ready(SetOutput::Reshard(request)),
                Some(Demand::Abort) => return Poll::Ready(SetOutput::AbortReshard),
                None => {}
            }
            if let Some((id, guilds)) = self.next.take() {
                return Poll::Ready(self.arrived(id, guilds, into));
            }
            match self.sources.poll_next(cx, into) {
                Poll::Ready(Some(position)) => {
                    let Some((id, _)) = self.sources.at(position) else {
                        continue;
                    };
                    let item = into.as_ref();
                    let guilds = item.and_then(|item| self.arrivals.handle(position, item));
                    self.next = guilds.map(|guilds| (id, guilds));
                    let origin = Origin::Buffer(position);
                    return Poll::Ready(SetOutput::Item(Merged { id, origin }));
                }
                Poll::Ready(None) if self.awaits_shards() => {
                    self.intake.register(cx);
                    let changes = self.intake.take();
                    if changes.is_empty() {
                        return Poll::Pending;
                    }
                    self.apply(changes);
                }
                Poll::Ready(None) => match self.intake.end() {
                    Ok(()) => {
                        self.arrivals.close();
                        return Poll::Ready(SetOutput::End);
                    }
                    Err(changes) => self.apply(changes),
                },
                Poll::Pending => {
                    if let Poll::Ready((position, guilds)) = self.arrivals.poll(cx)
                        && let Some((id, _)) = self.sources.at(position)
                    {
                        return Poll::Ready(self.arrived(id, guilds, into));
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

    /// Returns whether a shard may be added although all have stopped.
    fn awaits_shards(&self) -> bool {
        let is_refused = |monitor: &ShardMonitor| {
            matches!(monitor.status().stop_reason(), Some(StopReason::Refused(_)))
        };
        self.end == StreamEnd::WithCluster && !self.sources.monitors().any(is_refused)
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
                Change::Closed => self.end = StreamEnd::WithLastShard,
                Change::Reshard(request) => self.request = Some(Demand::Reshard(request)),
                Change::AbortReshard => {
                    if let Some(Demand::Reshard(request)) = self.request.replace(Demand::Abort) {
                        request.abort();
                    }
                }
            }
        }
    }
}
