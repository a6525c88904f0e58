//! The traits of an engine, on a log and a ledger.

use super::{
    LocalBudget, LocalCoordinator, ledger_error,
    operation::Operation,
    replica::{Outcome, earlier},
    shared_log::{Durability, SharedLog},
    watch::LocalWatch,
};
use gloaming_coordinator::{
    AcquireOutcome, Budget, CheckpointOutcome, CoordinatorError, CoordinatorErrorKind, Fence,
    IdentifyPermit, JoinRequest, LeaseWatch, Leases, LoadOutcome, NodeLease, NodeStatus,
    PermitOutcome, RenewOutcome, Sessions, ShardCheckpoint, ShardLease,
};
use gloaming_protocol::ShardId;
use gloaming_queue::{
    BoxFuture, Ledger as _, LedgerEntry, LedgerVerdict, RecordedIdentify, WaitReason,
};
use std::{sync::Arc, time::Duration};
use tokio::task::spawn_blocking;

/// The largest checkpoint.
const MAX_CHECKPOINT: usize = 8 << 20;

/// The largest batch of checkpoints.
const MAX_BATCH: usize = 128 << 20;

type CallFuture<T> = BoxFuture<'static, Result<T, CoordinatorError>>;

/// Runs what blocks in a thread for it.
fn blocking<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, CoordinatorError> + Send + 'static,
) -> CallFuture<T> {
    Box::pin(async move {
        let result = spawn_blocking(call).await;
        result.unwrap_or_else(|error| {
            Err(CoordinatorError::with_source(
                CoordinatorErrorKind::Failed,
                error,
            ))
        })
    })
}

/// An operation has another result than its kind has.
fn unexpected() -> CoordinatorError {
    CoordinatorError::with_source(CoordinatorErrorKind::Failed, "another result was expected")
}

impl LocalCoordinator {
    fn call<T: Send + 'static>(
        &self,
        operation: Operation,
        durability: Durability,
        result: impl FnOnce(Outcome) -> Option<T> + Send + 'static,
    ) -> CallFuture<T> {
        let log = Arc::clone(&self.log);
        blocking(move || {
            let outcome = log.execute(operation, durability)?;
            result(outcome).ok_or_else(unexpected)
        })
    }

    fn with_ledger_of<T: Send + 'static>(
        &self,
        call: impl FnOnce(&SharedLog, &LocalBudget) -> Result<T, CoordinatorError> + Send + 'static,
    ) -> CallFuture<T> {
        let (log, budget) = (Arc::clone(&self.log), Arc::clone(&self.budget));
        blocking(move || call(&log, &budget))
    }
}

impl Leases for LocalCoordinator {
    fn join(&self, request: JoinRequest) -> BoxFuture<'_, Result<NodeLease, CoordinatorError>> {
        let operation = Operation::Join(request);
        self.call(operation, Durability::Process, |outcome| match outcome {
            Outcome::Joined(lease) => Some(lease),
            _ => None,
        })
    }

    fn renew(
        &self,
        lease: NodeLease,
        status: NodeStatus,
    ) -> BoxFuture<'_, Result<RenewOutcome, CoordinatorError>> {
        let operation = Operation::Renew { lease, status };
        self.call(operation, Durability::Process, |outcome| match outcome {
            Outcome::Renewed(outcome) => Some(outcome),
            _ => None,
        })
    }

    fn leave(&self, lease: NodeLease) -> BoxFuture<'_, Result<(), CoordinatorError>> {
        self.call(Operation::Leave(lease), Durability::Process, |_| Some(()))
    }

    fn acquire(
        &self,
        shard: ShardId,
        node: NodeLease,
        above: Fence,
    ) -> BoxFuture<'_, Result<AcquireOutcome, CoordinatorError>> {
        let operation = Operation::Acquire { shard, node, above };
        self.call(operation, Durability::Process, |outcome| match outcome {
            Outcome::Acquired(outcome) => Some(outcome),
            _ => None,
        })
    }

    fn release(&self, lease: ShardLease) -> BoxFuture<'_, Result<(), CoordinatorError>> {
        self.call(Operation::Release(lease), Durability::Process, |_| Some(()))
    }

    fn watch(&self) -> BoxFuture<'_, Result<Box<dyn LeaseWatch>, CoordinatorError>> {
        let log = Arc::clone(&self.log);
        blocking(move || {
            // The first change is a snapshot of now.
            log.refresh()?;
            let watch: Box<dyn LeaseWatch> = Box::new(LocalWatch::new(log));
            Ok(watch)
        })
    }
}

impl Sessions for LocalCoordinator {
    fn load(
        &self,
        shard: ShardId,
        fence: Fence,
    ) -> BoxFuture<'_, Result<LoadOutcome, CoordinatorError>> {
        let operation = Operation::Load { shard, fence };
        self.call(operation, Durability::Process, |outcome| match outcome {
            Outcome::Loaded(outcome) => Some(outcome),
            _ => None,
        })
    }

    fn checkpoint(
        &self,
        checkpoints: Vec<ShardCheckpoint>,
    ) -> BoxFuture<'_, Result<Vec<CheckpointOutcome>, CoordinatorError>> {
        let lengths = || checkpoints.iter().map(|it| it.body.len());
        if lengths().any(|length| length > MAX_CHECKPOINT) || lengths().sum::<usize>() > MAX_BATCH {
            return Box::pin(async { Err(CoordinatorErrorKind::TooLarge.into()) });
        }
        let operation = Operation::Store(checkpoints);
        self.call(
            operation,
            Durability::PowerFailure,
            |outcome| match outcome {
                Outcome::Stored(outcomes) => Some(outcomes),
                _ => None,
            },
        )
    }
}

impl Budget for LocalCoordinator {
    fn permit(&self, shard: u32) -> BoxFuture<'_, Result<PermitOutcome, CoordinatorError>> {
        self.with_ledger_of(move |log, budget| {
            let at = log.now().wall;
            let identify = RecordedIdentify { shard, at };
            let answer = budget.ledger.spend(&[identify], &budget.settings);
            let answer = answer.map_err(ledger_error)?;
            let refused = |reason| {
                let (state, now) = (&answer.state, &answer.at);
                PermitOutcome::refused(state, reason, shard, &budget.settings, now)
            };
            Ok(match answer.verdicts.first() {
                Some(LedgerVerdict::Recorded) => {
                    PermitOutcome::Granted(IdentifyPermit { identify })
                }
                Some(LedgerVerdict::Refused(reason)) => refused(*reason),
                _ => refused(WaitReason::Budget),
            })
        })
    }

    fn sent(
        &self,
        permit: IdentifyPermit,
        ago: Duration,
    ) -> BoxFuture<'_, Result<(), CoordinatorError>> {
        self.with_ledger_of(move |log, budget| {
            let sent = LedgerEntry::Sent {
                identify: permit.identify,
                at: earlier(log.now(), ago),
            };
            budget.ledger.record(&[sent]).map_err(ledger_error)
        })
    }

    fn give_back(&self, permit: IdentifyPermit) -> BoxFuture<'_, Result<(), CoordinatorError>> {
        self.with_ledger_of(move |_, budget| {
            let returned = LedgerEntry::Returned(permit.identify);
            budget.ledger.record(&[returned]).map_err(ledger_error)
        })
    }
}
