//! The engine of a fleet: the coordinator in memory, reached over a network.

use super::plan::FleetPlan;
use gloaming_coordinator::{
    Answer, Budget, CheckpointOutcome, CoordinatorError, Events, Fence, IdentifyPermit,
    LeaseChange, LeaseWatch, Leases, MemoryConnection, MemoryCoordinator, MessageId, PermitOutcome,
    PublishOutcome, PublishedEvent, Request, Sessions, ShardCheckpoint,
};
use gloaming_protocol::ShardId;
use gloaming_queue::QueueSettings;
use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

/// A call that a driver makes beside those of its node.
#[derive(Clone, Debug)]
pub(super) enum DriverCall {
    Permit {
        shard: u32,
    },
    Sent {
        permit: IdentifyPermit,
        at: Duration,
    },
    GiveBack {
        permit: IdentifyPermit,
    },
    Checkpoint {
        checkpoints: Vec<ShardCheckpoint>,
    },
    Publish {
        batch: Batch,
    },
}

/// Events of one session that are published with one message.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) shard: u32,
    pub(super) fence: Fence,
    pub(super) session: usize,
    pub(super) from: u64,
    pub(super) to: u64,
}

#[derive(Clone, Debug)]
pub(super) enum DriverAnswer {
    Permit(PermitOutcome),
    Done,
    Checkpoint(Vec<CheckpointOutcome>),
    Published { accepted: Vec<u64> },
    Fenced { by: Fence },
}

#[derive(Debug)]
pub(super) struct Engine {
    coordinator: MemoryCoordinator,
    rate: u64,
    pub(super) is_up: bool,
    shards: u32,
    /// The number of messages that the engine was sent.
    pub(super) received: u64,
    /// Of these, the renewals.
    pub(super) renewals: u64,
    /// The number of changes that it sent to watches.
    pub(super) watched: u64,
}

/// The engine's side of one process.
#[derive(Debug)]
pub(super) struct Peer {
    connection: MemoryConnection,
    watch: Box<dyn LeaseWatch>,
    pub(super) is_partitioned: bool,
}

impl Engine {
    pub(super) fn new(plan: &FleetPlan, settings: QueueSettings) -> Self {
        Self {
            coordinator: MemoryCoordinator::with_set_clock(settings),
            rate: plan.engine_rate,
            is_up: true,
            shards: plan.shards,
            received: 0,
            renewals: 0,
            watched: 0,
        }
    }

    pub(super) fn connect(&mut self) -> Option<Peer> {
        let connection = self.coordinator.connect();
        let watch = ready(connection.watch()).ok()?;
        Some(Peer {
            connection,
            watch,
            is_partitioned: false,
        })
    }

    pub(super) fn set_time(&mut self, now: Duration) {
        let micros = now.as_micros() * u128::from(self.rate) / 1_000_000;
        let time = Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX));
        self.coordinator.set_time(time);
    }

    pub(super) fn end_leases(&self) {
        self.coordinator.end_leases();
    }

    /// Stops, without what was written in the time before.
    pub(super) fn stop(&mut self, forgets: Duration) {
        self.is_up = false;
        self.coordinator.stop();
        if !forgets.is_zero() {
            self.coordinator.forget_last(forgets);
        }
    }

    pub(super) fn start(&mut self) {
        self.is_up = true;
        self.coordinator.start();
    }

    /// Returns `None` if there is no answer.
    pub(super) fn call(&mut self, peer: &Peer, request: &Request) -> Option<Answer> {
        self.received += 1;
        let leases = &peer.connection;
        let answer = match request.clone() {
            Request::Join(request) => ready(leases.join(request)).map(Answer::Joined),
            Request::Renew { lease, status } => {
                self.renewals += 1;
                ready(leases.renew(lease, status)).map(Answer::Renewed)
            }
            Request::Leave(lease) => ready(leases.leave(lease)).map(|()| Answer::Left),
            Request::Acquire { shard, node, above } => {
                ready(leases.acquire(shard, node, above)).map(Answer::Acquired)
            }
            Request::Release(lease) => ready(leases.release(lease)).map(|()| Answer::Released),
            Request::Load { shard, fence } => ready(leases.load(shard, fence)).map(Answer::Loaded),
            _ => return None,
        };
        answer.ok()
    }

    /// Returns `None` if there is no answer.
    pub(super) fn driver_call(
        &mut self,
        peer: &Peer,
        now: Duration,
        call: DriverCall,
    ) -> Option<DriverAnswer> {
        self.received += 1;
        let connection = &peer.connection;
        let answer = match call {
            DriverCall::Permit { shard } => {
                ready(connection.permit(shard)).map(DriverAnswer::Permit)
            }
            DriverCall::Sent { permit, at } => {
                ready(connection.sent(permit, now - at)).map(|()| DriverAnswer::Done)
            }
            DriverCall::GiveBack { permit } => {
                ready(connection.give_back(permit)).map(|()| DriverAnswer::Done)
            }
            DriverCall::Checkpoint { checkpoints } => {
                ready(connection.checkpoint(checkpoints)).map(DriverAnswer::Checkpoint)
            }
            DriverCall::Publish { batch } => self.publish(connection, &batch),
        };
        answer.ok()
    }

    fn publish(
        &self,
        connection: &MemoryConnection,
        batch: &Batch,
    ) -> Result<DriverAnswer, CoordinatorError> {
        let session: Arc<str> = batch.session.to_string().into();
        let mut accepted = Vec::new();
        for sequence in batch.from..=batch.to {
            let event = PublishedEvent {
                shard: ShardId::new(batch.shard, self.shards),
                fence: batch.fence,
                id: MessageId {
                    session: Arc::clone(&session),
                    sequence,
                },
                name: "MESSAGE_CREATE".into(),
                payload: bytes::Bytes::new(),
            };
            match ready(connection.publish(event))? {
                PublishOutcome::Accepted { .. } => {
                    accepted.push(sequence);
                    while self.coordinator.take_event().is_some() {}
                }
                PublishOutcome::Duplicate => {}
                PublishOutcome::Fenced { by } => return Ok(DriverAnswer::Fenced { by }),
            }
        }
        Ok(DriverAnswer::Published { accepted })
    }

    /// Returns the changes that the watch of a process yields.
    pub(super) fn changes(&mut self, peer: &mut Peer) -> Vec<LeaseChange> {
        let mut changes = Vec::new();
        let mut context = Context::from_waker(Waker::noop());
        while let Poll::Ready(Ok(change)) = pin!(peer.watch.next()).poll(&mut context) {
            changes.push(change);
        }
        self.watched += changes.len() as u64;
        changes
    }
}

impl Peer {
    pub(super) fn set_partitioned(&mut self, is_partitioned: bool) {
        self.is_partitioned = is_partitioned;
        self.connection.set_partitioned(is_partitioned);
    }
}

/// The coordinator in memory answers at once.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a coordinator in memory without latency answers at once"),
    }
}
