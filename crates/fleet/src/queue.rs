//! The identify queue of a shard on a node: the queue of the process, and the budget of the fleet.

use crate::{
    calls::engine_time,
    clock,
    coordinator::Coordinator,
    engine_log::EngineLog,
    gate::{Gate, IdentifyRight, PermitEnd},
    shared_node::SharedNode,
};
use gloaming_coordinator::{Clearance, IdentifyPermit, PermitOutcome};
use gloaming_queue::{
    BoxFuture, IdentifyQueue, Permit, PermitGuard, Position, QueueBudget, QueueError, WaitReason,
};
use gloaming_shard::Config;
use std::{
    fmt::{self, Formatter},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::time::{sleep, sleep_until};

/// The time until another try, if the engine does not answer.
const RETRY: Duration = Duration::from_secs(1);

/// The longest wait for the engine's budget. Limits may change meanwhile.
const MAX_RETRY: Duration = Duration::from_secs(60);

/// Grants a permit only if three agree: the queue of the process with its ledger, which knows the numbers of
/// `GET /gateway/bot`; the node, which has to be sure of its lease; and the budget of the fleet, which is asked last, since
/// its permits are short.
pub(crate) struct FleetQueue {
    /// Has the queue of the process.
    config: Config,
    engine: Arc<dyn Coordinator>,
    node: Arc<SharedNode>,
    gate: Arc<Gate>,
    log: Arc<EngineLog>,
    wait: Mutex<FleetWait>,
}

/// What the shard waits for besides the queue of the process.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum FleetWait {
    #[default]
    No,
    Until(Instant, WaitReason),
}

impl FleetQueue {
    pub(crate) fn new(
        config: Config,
        engine: Arc<dyn Coordinator>,
        node: Arc<SharedNode>,
        gate: Arc<Gate>,
        log: Arc<EngineLog>,
    ) -> Self {
        Self {
            config,
            engine,
            node,
            gate,
            log,
            wait: Mutex::default(),
        }
    }

    async fn permit(&self, shard: u32) -> Result<Permit, QueueError> {
        loop {
            // Before the process's own permit, which other shards of this process may wait for.
            self.cleared().await;
            self.set_wait(FleetWait::No);
            let local = self.config.queue().acquire(shard).await?;
            if !matches!(
                self.node.identify_clearance(&self.gate),
                Clearance::Until(_)
            ) {
                // The lease came into doubt meanwhile.
                continue;
            }
            let asked = clock::now();
            match self.ask(shard).await {
                Ok(fleet) => {
                    self.gate.set_identify(IdentifyRight::Asked(asked));
                    return Ok(Permit::new(FleetPermit {
                        local,
                        fleet,
                        node: Arc::clone(&self.node),
                        gate: Arc::clone(&self.gate),
                    }));
                }
                Err((wait, reason)) => {
                    // Others may use the permit of the process meanwhile.
                    drop(local);
                    let wait = wait.min(MAX_RETRY);
                    self.set_wait(FleetWait::Until(clock::now() + wait, reason));
                    sleep(wait).await;
                }
            }
        }
    }

    /// Waits until the node is sure that it may identify.
    async fn cleared(&self) {
        loop {
            match self.node.identify_clearance(&self.gate) {
                Clearance::Until(_) => return,
                Clearance::NotBefore(at) => {
                    self.set_wait(FleetWait::Until(at, WaitReason::Concurrency));
                    sleep_until(at.into()).await;
                }
                // The shard is about to be removed, or its lease is in doubt.
                Clearance::Unknown | Clearance::No => sleep(RETRY).await,
            }
        }
    }

    /// Asks the budget of the fleet. Otherwise returns how long to wait, and for what.
    async fn ask(&self, shard: u32) -> Result<IdentifyPermit, (Duration, WaitReason)> {
        match engine_time(self.engine.permit(shard)).await {
            Ok(PermitOutcome::Granted(permit)) => Ok(permit),
            Ok(PermitOutcome::Refused {
                reason,
                retry_after,
            }) => Err((retry_after, reason)),
            Err(error) => {
                self.log.failed(&error);
                Err((RETRY, WaitReason::Concurrency))
            }
        }
    }

    fn set_wait(&self, wait: FleetWait) {
        *self.wait.lock().unwrap_or_else(PoisonError::into_inner) = wait;
    }
}

impl IdentifyQueue for FleetQueue {
    fn acquire(&self, shard: u32) -> BoxFuture<'_, Result<Permit, QueueError>> {
        Box::pin(self.permit(shard))
    }

    fn waiting(&self, shard: u32) -> Option<Position> {
        let wait = *self.wait.lock().unwrap_or_else(PoisonError::into_inner);
        match wait {
            FleetWait::No => self.config.queue().waiting(shard),
            FleetWait::Until(until, reason) => Some(Position {
                ahead: 0,
                estimate: until.saturating_duration_since(clock::now()),
                reason,
            }),
        }
    }

    fn budget(&self) -> Option<QueueBudget> {
        self.config.queue().budget()
    }

    fn fmt_debug(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("FleetQueue(")?;
        self.config.queue().fmt_debug(f)?;
        f.write_str(")")
    }
}

/// A permit of the process and of the fleet.
struct FleetPermit {
    local: Permit,
    fleet: IdentifyPermit,
    node: Arc<SharedNode>,
    gate: Arc<Gate>,
}

impl PermitGuard for FleetPermit {
    fn spend(self: Box<Self>) {
        self.local.spend();
        // The connection takes the right when it has the frame, which is right after this.
        self.node
            .note_permit(PermitEnd::Sent(self.fleet, clock::now()));
    }

    fn release(self: Box<Self>) {
        drop(self.local);
        self.gate.set_identify(IdentifyRight::None);
        self.node.note_permit(PermitEnd::Unused(self.fleet));
    }
}
