//! Checkpoints: a hash per shard, with the body and two fences.

use crate::{
    coordinator::{RedisCoordinator, Shared},
    error::{Cause, RedisError},
    record::fence as read_fence,
    reply,
    script::{CHECKPOINT, LOAD},
};
use bytes::Bytes;
use gloaming_coordinator::{
    CheckpointOutcome, CoordinatorError, Fence, LoadOutcome, Sessions, ShardCheckpoint,
};
use gloaming_protocol::ShardId;
use gloaming_queue::BoxFuture;
use redis::Value;

/// The largest body of a checkpoint. While a server copies a value, it answers nobody.
const MAX_BODY: usize = 4 << 20;

/// How many checkpoints are stored in one step.
const MAX_BATCH: usize = 64;

/// How many bytes are stored in one step, if it is more than one checkpoint.
const MAX_BATCH_BYTES: usize = 4 << 20;

/// Reads the answer of the script `load`. `None` if it can't be read.
fn load_outcome(shard: ShardId, answer: &Value) -> Option<LoadOutcome> {
    let (outcome, rest) = reply::list(answer)?.split_first()?;
    match (reply::text(outcome)?, rest) {
        ("nothing", []) => Some(LoadOutcome::Nothing),
        ("fenced", [by]) => {
            let by = read_fence(reply::text(by)?)?;
            Some(LoadOutcome::Fenced { by })
        }
        ("stored", [written, Value::BulkString(body)]) => {
            Some(LoadOutcome::Stored(ShardCheckpoint {
                shard,
                fence: read_fence(reply::text(written)?)?,
                body: Bytes::copy_from_slice(body),
            }))
        }
        _ => None,
    }
}

/// Reads one outcome of the script `checkpoint`.
fn checkpoint_outcome(value: &Value) -> Option<CheckpointOutcome> {
    match reply::text(value)? {
        "" => Some(CheckpointOutcome::Stored),
        by => read_fence(by).map(|by| CheckpointOutcome::Fenced { by }),
    }
}

/// Returns how many of the first checkpoints are stored in one step.
fn batch_length(checkpoints: &[ShardCheckpoint]) -> usize {
    let mut bytes = 0;
    let fits = |checkpoint: &&ShardCheckpoint| {
        bytes += checkpoint.body.len();
        bytes <= MAX_BATCH_BYTES
    };
    let fitting = checkpoints.iter().take(MAX_BATCH).take_while(fits);
    fitting.count().max(1).min(checkpoints.len())
}

impl Shared {
    async fn load(&self, shard: ShardId, fence: Fence) -> Result<LoadOutcome, RedisError> {
        let key = self.keys.session(shard);
        let answer = self.link.run(&LOAD, &[&key], &[fence.to_string()]).await?;
        load_outcome(shard, &answer).ok_or_else(|| self.damaged(&key))
    }

    async fn store_all(
        &self,
        checkpoints: Vec<ShardCheckpoint>,
    ) -> Result<Vec<CheckpointOutcome>, RedisError> {
        if checkpoints.iter().any(|it| it.body.len() > MAX_BODY) {
            return Err(self.link.error(Cause::TooLarge { limit: MAX_BODY }));
        }
        let mut outcomes = Vec::with_capacity(checkpoints.len());
        let mut rest = &checkpoints[..];
        while !rest.is_empty() {
            let (batch, others) = rest.split_at(batch_length(rest));
            outcomes.extend(self.store(batch).await?);
            rest = others;
        }
        Ok(outcomes)
    }

    async fn store(&self, batch: &[ShardCheckpoint]) -> Result<Vec<CheckpointOutcome>, RedisError> {
        let keys: Vec<_> = batch.iter().map(|it| self.keys.session(it.shard)).collect();
        let fences: Vec<_> = batch.iter().map(|it| it.fence.to_string()).collect();
        let pairs = fences.iter().zip(batch);
        let arguments = pairs.flat_map(|(fence, it)| [fence.as_bytes(), &it.body[..]]);
        let arguments: Vec<_> = arguments.collect();
        let answer = self.link.run(&CHECKPOINT, &keys, &arguments).await?;
        let outcomes = reply::list(&answer).filter(|it| it.len() == batch.len());
        let outcomes = outcomes.and_then(|it| it.iter().map(checkpoint_outcome).collect());
        outcomes.ok_or_else(|| self.damaged(&keys.join(", ")))
    }
}

impl Sessions for RedisCoordinator {
    fn load(
        &self,
        shard: ShardId,
        fence: Fence,
    ) -> BoxFuture<'_, Result<LoadOutcome, CoordinatorError>> {
        self.call(self.shared.load(shard, fence))
    }

    fn checkpoint(
        &self,
        checkpoints: Vec<ShardCheckpoint>,
    ) -> BoxFuture<'_, Result<Vec<CheckpointOutcome>, CoordinatorError>> {
        self.call(self.shared.store_all(checkpoints))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint(length: usize) -> ShardCheckpoint {
        ShardCheckpoint {
            shard: ShardId::ONE,
            fence: Fence::new(4),
            body: vec![0; length].into(),
        }
    }

    #[test]
    fn batches_are_bounded_in_number_and_bytes() {
        assert_eq!(batch_length(&[]), 0);
        assert_eq!(batch_length(&vec![checkpoint(1); 200]), MAX_BATCH);
        assert_eq!(batch_length(&vec![checkpoint(1 << 20); 9]), 4);
        assert_eq!(batch_length(&vec![checkpoint(MAX_BODY); 2]), 1);
    }

    #[test]
    fn answers_that_no_script_gives_are_refused() {
        let text = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        for wrong in [
            Value::Nil,
            Value::Array(Vec::new()),
            Value::Array(vec![text("stored"), text("4")]),
            Value::Array(vec![text("stored"), text("x"), text("body")]),
            Value::Array(vec![text("fenced"), Value::Nil]),
            Value::Array(vec![text("else")]),
        ] {
            assert_eq!(load_outcome(ShardId::ONE, &wrong), None, "{wrong:?}");
        }
        assert_eq!(checkpoint_outcome(&Value::Nil), None);
        assert_eq!(checkpoint_outcome(&text("x")), None);
    }
}
