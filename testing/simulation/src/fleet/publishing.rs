//! How a driver publishes what its shards receive.

use super::{
    engine::{Batch, DriverAnswer, DriverCall},
    process::{PendingCall, Phase},
    world::World,
};
use crate::finding::Check;
use gloaming_coordinator::NodeInput;

/// How many events one message publishes.
const BATCH: u64 = 16;

impl World {
    /// Publishes what was received.
    pub(super) fn publish(&mut self, process: usize, shard: u32) -> Check {
        let Some(run) = self.processes[process].shards.get(&shard) else {
            return Ok(());
        };
        let is_running = matches!(
            run.phase,
            Phase::Connected { .. } | Phase::Connecting { .. }
        );
        let Some(position) = run.position else {
            return Ok(());
        };
        if run.is_publishing || !is_running || position.received == position.acknowledged {
            return Ok(());
        }
        let batch = Batch {
            shard,
            fence: run.fence,
            session: position.session,
            from: position.acknowledged + 1,
            to: position.received.min(position.acknowledged + BATCH),
        };
        if !self.is_cleared(process, shard)? {
            return Ok(());
        }
        if let Some(run) = self.processes[process].shards.get_mut(&shard) {
            run.is_publishing = true;
        }
        let pending = PendingCall::Publish {
            batch: batch.clone(),
        };
        self.driver_call(process, pending, DriverCall::Publish { batch });
        Ok(())
    }

    pub(super) fn handle_published(
        &mut self,
        process: usize,
        batch: &Batch,
        answer: Option<DriverAnswer>,
    ) -> Check {
        let shard = batch.shard;
        let Some(run) = self.processes[process].shards.get_mut(&shard) else {
            return Ok(());
        };
        run.is_publishing = false;
        if let Some(position) = &mut run.position
            && position.session == batch.session
            && let Some(DriverAnswer::Published { .. }) = &answer
        {
            position.acknowledged = position.acknowledged.max(batch.to);
            position.received = position.received.max(position.acknowledged);
        }
        match answer {
            Some(DriverAnswer::Fenced { by }) => {
                self.feed(process, NodeInput::Fenced { shard, by })
            }
            _ => self.publish(process, shard),
        }
    }
}
