//! Checks of [`Sessions`].

use super::{TestedEngine, shard};
use crate::{
    error::CoordinatorErrorKind,
    fence::Fence,
    sessions::{CheckpointOutcome, LoadOutcome, Sessions, ShardCheckpoint},
};
use bytes::Bytes;
use gloaming_protocol::ShardId;

pub(super) async fn check<E: TestedEngine>(make: &impl AsyncFn() -> E) {
    load_refuses_what_the_owner_before_has_under_way(&make().await).await;
    batch_has_an_outcome_for_each_checkpoint(&make().await).await;
    checkpoints_are_stored_as_a_whole(&make().await).await;
}

fn checkpoint(shard: ShardId, fence: u64, body: impl Into<Bytes>) -> ShardCheckpoint {
    ShardCheckpoint {
        shard,
        fence: Fence::new(fence),
        body: body.into(),
    }
}

async fn load(sessions: &impl Sessions, shard: ShardId, fence: u64) -> LoadOutcome {
    let loading = sessions.load(shard, Fence::new(fence));
    loading.await.expect("a shard can be loaded")
}

async fn store(sessions: &impl Sessions, checkpoint: ShardCheckpoint) -> CheckpointOutcome {
    let outcomes = sessions.checkpoint(vec![checkpoint]).await;
    let outcomes = outcomes.expect("a checkpoint can be stored");
    assert_eq!(outcomes.len(), 1);
    outcomes[0]
}

async fn load_refuses_what_the_owner_before_has_under_way(engine: &impl TestedEngine) {
    let (one, two) = (engine.connect(), engine.connect());
    assert_eq!(load(&one, shard(0), 1).await, LoadOutcome::Nothing);
    let first = checkpoint(shard(0), 1, "first");
    let outcome = store(&one, first.clone()).await;
    assert_eq!(outcome, CheckpointOutcome::Stored);
    let loaded = load(&two, shard(0), 5).await;
    assert_eq!(loaded, LoadOutcome::Stored(first), "with its fence");

    let by = Fence::new(5);
    let late = store(&one, checkpoint(shard(0), 1, "late")).await;
    assert_eq!(late, CheckpointOutcome::Fenced { by });
    assert_eq!(load(&one, shard(0), 4).await, LoadOutcome::Fenced { by });
    let second = checkpoint(shard(0), 5, "second");
    let outcome = store(&two, second.clone()).await;
    assert_eq!(outcome, CheckpointOutcome::Stored);
    let loaded = load(&two, shard(0), 5).await;
    assert_eq!(loaded, LoadOutcome::Stored(second), "it can be repeated");
    let other = load(&one, ShardId::new(0, 8), 1).await;
    assert_eq!(other, LoadOutcome::Nothing, "a shard of another total");
}

async fn batch_has_an_outcome_for_each_checkpoint(engine: &impl TestedEngine) {
    let connection = engine.connect();
    load(&connection, shard(1), 9).await;
    let batch = (0..3).map(|number| checkpoint(shard(number), 4, "body"));
    let outcomes = connection.checkpoint(batch.collect()).await;
    let by = Fence::new(9);
    let expected = [
        CheckpointOutcome::Stored,
        CheckpointOutcome::Fenced { by },
        CheckpointOutcome::Stored,
    ];
    assert_eq!(outcomes.expect("a batch can be stored"), expected);
    assert_eq!(load(&connection, shard(1), 9).await, LoadOutcome::Nothing);
    let nothing = connection.checkpoint(Vec::new()).await;
    assert!(nothing.expect("an empty batch is one").is_empty());
}

async fn checkpoints_are_stored_as_a_whole(engine: &impl TestedEngine) {
    let connection = engine.connect();
    for length in [0, 1, 64 * 1024] {
        let body: Vec<u8> = (0..length).map(|byte| byte as u8).collect();
        let stored = checkpoint(shard(0), 2, body);
        let outcome = store(&connection, stored.clone()).await;
        assert_eq!(outcome, CheckpointOutcome::Stored, "{length} bytes");
        let loaded = load(&connection, shard(0), 2).await;
        assert_eq!(loaded, LoadOutcome::Stored(stored), "{length} bytes");
    }
    let before = load(&connection, shard(0), 2).await;
    let huge = checkpoint(shard(0), 2, vec![0; 256 << 20]);
    let batch = vec![checkpoint(shard(1), 2, "small"), huge];
    let error = connection.checkpoint(batch).await;
    let error = error.expect_err("no engine stores 256 MiB");
    assert_eq!(error.kind(), CoordinatorErrorKind::TooLarge);
    assert_eq!(load(&connection, shard(0), 2).await, before);
    assert_eq!(load(&connection, shard(1), 2).await, LoadOutcome::Nothing);
}
