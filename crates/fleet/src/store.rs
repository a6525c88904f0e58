//! The sessions of a node's shards, in the engine of the fleet.

use crate::{
    calls::engine_time, coordinator::Coordinator, engine_log::EngineLog, shared_node::SharedNode,
    stored_position::StoredPosition,
};
use gloaming_cluster::{Checkpoint, SessionStore, StoreError, StoreOwner};
use gloaming_coordinator::{CheckpointOutcome, NodeInput, ShardCheckpoint};
use gloaming_protocol::ShardId;
use gloaming_queue::BoxFuture;
use std::{future, sync::Arc};

/// The number of checkpoints in one call.
const MAX_BATCH: usize = 256;

/// Stores checkpoints with the fence of the node's lease. It is never loaded as a whole: a shard's checkpoint is loaded with
/// its lease.
#[derive(Debug)]
pub(crate) struct FencedStore {
    engine: Arc<dyn Coordinator>,
    node: Arc<SharedNode>,
    log: Arc<EngineLog>,
}

impl FencedStore {
    pub(crate) fn new(
        engine: Arc<dyn Coordinator>,
        node: Arc<SharedNode>,
        log: Arc<EngineLog>,
    ) -> Self {
        Self { engine, node, log }
    }

    async fn write(&self, positions: Vec<(ShardId, StoredPosition)>) -> Result<(), StoreError> {
        let mut batch = Vec::with_capacity(positions.len());
        let mut in_doubt = 0_usize;
        for (shard, position) in positions {
            match self.node.fence(shard.number()) {
                Some(fence) => batch.push(ShardCheckpoint {
                    shard,
                    fence,
                    body: position.encode()?,
                }),
                // Its lease is asked for again. It is saved then.
                None if self.node.is_serving(shard.number()) => in_doubt += 1,
                // Another node has it.
                None => {}
            }
        }
        while !batch.is_empty() {
            let rest = batch.split_off(batch.len().min(MAX_BATCH));
            self.write_batch(batch).await?;
            batch = rest;
        }
        match in_doubt {
            0 => Ok(()),
            shards => Err(StoreError::other(format!(
                "the leases of {shards} shards are being asked for again"
            ))),
        }
    }

    async fn write_batch(&self, batch: Vec<ShardCheckpoint>) -> Result<(), StoreError> {
        let shards: Vec<_> = batch.iter().map(|it| it.shard.number()).collect();
        let outcomes = engine_time(self.engine.checkpoint(batch)).await;
        let outcomes = outcomes.map_err(StoreError::other)?;
        self.log.answered();
        if outcomes.len() != shards.len() {
            return Err(StoreError::other("the engine has left out an outcome"));
        }
        for (shard, outcome) in shards.into_iter().zip(outcomes) {
            if let CheckpointOutcome::Fenced { by } = outcome {
                self.node.feed(NodeInput::Fenced { shard, by });
            }
        }
        Ok(())
    }
}

impl SessionStore for FencedStore {
    fn load(&self, _: StoreOwner) -> BoxFuture<'_, Result<Vec<Checkpoint>, StoreError>> {
        Box::pin(future::ready(Ok(Vec::new())))
    }

    fn save(
        &self,
        _: StoreOwner,
        checkpoints: Vec<Checkpoint>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        let positions = checkpoints
            .into_iter()
            .map(|checkpoint| (checkpoint.shard(), StoredPosition::At(checkpoint)));
        Box::pin(self.write(positions.collect()))
    }

    fn remove(&self, _: StoreOwner, shards: Vec<ShardId>) -> BoxFuture<'_, Result<(), StoreError>> {
        let positions = shards
            .into_iter()
            .map(|shard| (shard, StoredPosition::Ended));
        Box::pin(self.write(positions.collect()))
    }
}
