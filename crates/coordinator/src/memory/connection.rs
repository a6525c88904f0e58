//! The connection of one node to a coordinator in memory.

use super::{
    Clock, Shared,
    engine::{Engine, WatchItems, WatchQueue},
};
use crate::{
    budget::{Budget, IdentifyPermit, PermitOutcome},
    error::{CoordinatorError, CoordinatorErrorKind},
    event_loss::{EventLoss, StreamItem},
    events::{Events, PublishOutcome, PublishedEvent},
    fence::Fence,
    lease::{NodeLease, NodeStatus, ShardLease},
    leases::{AcquireOutcome, JoinRequest, LeaseChange, LeaseWatch, Leases, RenewOutcome},
    sessions::{CheckpointOutcome, LoadOutcome, Sessions, ShardCheckpoint},
};
use gloaming_protocol::ShardId;
use gloaming_queue::BoxFuture;
use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::Poll,
    time::Duration,
};

/// The largest checkpoint.
const MAX_CHECKPOINT: usize = 8 * 1024 * 1024;

/// The connection of one node to a [`MemoryCoordinator`](crate::MemoryCoordinator). Clones are the same connection.
///
/// Each call takes effect when its future is polled, after the [latency](Self::set_latency) if it has one.
#[derive(Clone, Debug)]
pub struct MemoryConnection {
    shared: Arc<Shared>,
    faults: Arc<Faults>,
}

#[derive(Debug, Default)]
struct Faults {
    is_partitioned: AtomicBool,
    latency_micros: AtomicU64,
    /// Counts the partitions. A watch that has seen fewer has missed changes.
    partitions: AtomicU64,
}

impl MemoryConnection {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            faults: Arc::default(),
        }
    }

    /// Begins or ends a partition: in between, calls fail and watches wait.
    pub fn set_partitioned(&self, is_partitioned: bool) {
        let before = self
            .faults
            .is_partitioned
            .swap(is_partitioned, Ordering::SeqCst);
        if is_partitioned && !before {
            self.faults.partitions.fetch_add(1, Ordering::SeqCst);
        }
        self.shared.engine().wake();
    }

    /// Sets how long each call takes until it has its effect and its answer.
    ///
    /// It is without effect if the coordinator has the clock of the system, since nothing wakes the call then.
    pub fn set_latency(&self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        self.faults.latency_micros.store(micros, Ordering::SeqCst);
    }

    pub(super) fn call<'a, T: 'a>(
        &'a self,
        effect: impl FnOnce(&mut Engine, Duration) -> T + Send + 'a,
    ) -> BoxFuture<'a, Result<T, CoordinatorError>> {
        Box::pin(async move {
            self.wait_for_latency().await;
            let now = self.shared.now();
            let mut engine = self.shared.engine();
            if self.is_cut(&engine) {
                return Err(CoordinatorErrorKind::Unreachable.into());
            }
            Ok(effect(&mut engine, now))
        })
    }

    fn publish_item(
        &self,
        item: StreamItem,
    ) -> BoxFuture<'_, Result<PublishOutcome, CoordinatorError>> {
        let call = self.call(move |engine, now| engine.events.publish(now, item));
        Box::pin(async move { call.await? })
    }

    async fn wait_for_latency(&self) {
        let latency = Duration::from_micros(self.faults.latency_micros.load(Ordering::SeqCst));
        if latency.is_zero() || matches!(self.shared.clock, Clock::Running { .. }) {
            return;
        }
        let until = self.shared.now() + latency;
        poll_fn(|context| {
            let mut engine = self.shared.engine();
            if self.shared.now() >= until {
                return Poll::Ready(());
            }
            engine.wait(context.waker());
            Poll::Pending
        })
        .await;
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(super) fn is_cut(&self, engine: &Engine) -> bool {
        !engine.is_running || self.faults.is_partitioned.load(Ordering::SeqCst)
    }
}

impl Leases for MemoryConnection {
    fn join(&self, request: JoinRequest) -> BoxFuture<'_, Result<NodeLease, CoordinatorError>> {
        self.call(move |engine, now| {
            engine.change(now, |durable, changes| {
                durable.leases.join(now, request, changes)
            })
        })
    }

    fn renew(
        &self,
        lease: NodeLease,
        status: NodeStatus,
    ) -> BoxFuture<'_, Result<RenewOutcome, CoordinatorError>> {
        self.call(move |engine, now| {
            engine.change(now, |durable, changes| {
                durable.leases.renew(now, lease, status, changes)
            })
        })
    }

    fn leave(&self, lease: NodeLease) -> BoxFuture<'_, Result<(), CoordinatorError>> {
        self.call(move |engine, now| {
            engine.change(now, |durable, changes| durable.leases.leave(lease, changes));
        })
    }

    fn acquire(
        &self,
        shard: ShardId,
        node: NodeLease,
        above: Fence,
    ) -> BoxFuture<'_, Result<AcquireOutcome, CoordinatorError>> {
        self.call(move |engine, now| {
            engine.change(now, |durable, changes| {
                durable.leases.acquire(shard, node, above, changes)
            })
        })
    }

    fn release(&self, lease: ShardLease) -> BoxFuture<'_, Result<(), CoordinatorError>> {
        self.call(move |engine, now| {
            engine.change(now, |durable, changes| {
                durable.leases.release(lease, changes)
            });
        })
    }

    fn watch(&self) -> BoxFuture<'_, Result<Box<dyn LeaseWatch>, CoordinatorError>> {
        self.call(move |engine, _| {
            let id = engine.watches.iter().map(|watch| watch.id + 1).max();
            let id = id.unwrap_or_default();
            let next = WatchItems::Snapshot;
            engine.watches.push(WatchQueue { id, next });
            let watch: Box<dyn LeaseWatch> = Box::new(MemoryWatch {
                connection: self.clone(),
                id,
                partitions: self.faults.partitions.load(Ordering::SeqCst),
            });
            watch
        })
    }
}

impl Budget for MemoryConnection {
    fn permit(&self, shard: u32) -> BoxFuture<'_, Result<PermitOutcome, CoordinatorError>> {
        self.call(move |engine, now| engine.permit(now, shard))
    }

    fn sent(
        &self,
        permit: IdentifyPermit,
        ago: Duration,
    ) -> BoxFuture<'_, Result<(), CoordinatorError>> {
        self.call(move |engine, now| engine.sent(now, permit, ago))
    }

    fn give_back(&self, permit: IdentifyPermit) -> BoxFuture<'_, Result<(), CoordinatorError>> {
        self.call(move |engine, now| engine.give_back(now, permit))
    }
}

impl Sessions for MemoryConnection {
    fn load(
        &self,
        shard: ShardId,
        fence: Fence,
    ) -> BoxFuture<'_, Result<LoadOutcome, CoordinatorError>> {
        self.call(move |engine, now| {
            engine.change(now, |durable, _| durable.sessions.load(shard, fence))
        })
    }

    fn checkpoint(
        &self,
        checkpoints: Vec<ShardCheckpoint>,
    ) -> BoxFuture<'_, Result<Vec<CheckpointOutcome>, CoordinatorError>> {
        if checkpoints.iter().any(|it| it.body.len() > MAX_CHECKPOINT) {
            return Box::pin(async { Err(CoordinatorErrorKind::TooLarge.into()) });
        }
        self.call(move |engine, now| {
            engine.change(now, |durable, _| {
                let outcomes = checkpoints.into_iter();
                outcomes.map(|it| durable.sessions.store(it)).collect()
            })
        })
    }
}

impl Events for MemoryConnection {
    fn publish(
        &self,
        event: PublishedEvent,
    ) -> BoxFuture<'_, Result<PublishOutcome, CoordinatorError>> {
        self.publish_item(StreamItem::Event(event))
    }

    fn publish_loss(
        &self,
        loss: EventLoss,
    ) -> BoxFuture<'_, Result<PublishOutcome, CoordinatorError>> {
        self.publish_item(StreamItem::Lost(loss))
    }
}

/// A watch of a coordinator in memory.
#[derive(Debug)]
struct MemoryWatch {
    connection: MemoryConnection,
    id: u64,
    /// The number of partitions that it has seen.
    partitions: u64,
}

impl MemoryWatch {
    fn take(&mut self, engine: &mut Engine) -> Option<LeaseChange> {
        if self.connection.is_cut(engine) {
            return None;
        }
        let partitions = self.connection.faults.partitions.load(Ordering::SeqCst);
        let has_missed = partitions != self.partitions;
        self.partitions = partitions;
        let watches = &mut engine.watches;
        let watch = watches.iter_mut().find(|watch| watch.id == self.id)?;
        match &mut watch.next {
            WatchItems::Changes(changes) if !has_missed => changes.pop_front(),
            next => {
                *next = WatchItems::Changes([].into());
                let view = engine.durable.leases.view().clone();
                Some(LeaseChange::Snapshot(view))
            }
        }
    }
}

impl LeaseWatch for MemoryWatch {
    fn next(&mut self) -> BoxFuture<'_, Result<LeaseChange, CoordinatorError>> {
        Box::pin(poll_fn(|context| {
            let shared = Arc::clone(&self.connection.shared);
            let mut engine = shared.engine();
            match self.take(&mut engine) {
                Some(change) => Poll::Ready(Ok(change)),
                None => {
                    engine.wait(context.waker());
                    Poll::Pending
                }
            }
        }))
    }
}

impl Drop for MemoryWatch {
    fn drop(&mut self) {
        let mut engine = self.connection.shared.engine();
        engine.watches.retain(|watch| watch.id != self.id);
    }
}
