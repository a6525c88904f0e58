//! A server acknowledges before what it has is durable. After a power failure, it has lost its last seconds.

use crate::harness::{acquire, answered, connect, join, next, request};
use bytes::Bytes;
use gloaming_coordinator::{
    CheckpointOutcome, Fence, LeaseChange, Leases, LoadOutcome, NodeStatus, RenewOutcome, Sessions,
    ShardCheckpoint,
};
use gloaming_protocol::ShardId;
use gloaming_test_support::nats::NatsServer;

#[tokio::test]
async fn owners_before_and_after_have_different_fences() {
    let mut server = NatsServer::start();
    // The buckets exist, and nothing is in them.
    let one = connect(&server, "bot").await;
    let mut watch = one.watch().await.unwrap();
    next(&mut watch).await;
    server.save();
    let a = answered(async || one.join(request("a")).await).await;
    let lost = acquire(&one, &a).await;

    server.roll_back();
    let two = connect(&server, "bot").await;
    let b = join(&two, "b").await;
    assert_ne!(a.fence, b.fence);
    // It knows nothing of the acquisition that was lost.
    let new = acquire(&two, &b).await;
    assert!(new.fence > lost.fence, "{new:?} {lost:?}");
    let renewal = answered(async || one.renew(a.clone(), NodeStatus::Active).await).await;
    assert_eq!(renewal, RenewOutcome::Ended, "the server has forgotten it");

    // The watch has seen the lost leases, and sees the new ones.
    let view = loop {
        if let LeaseChange::Snapshot(view) = next(&mut watch).await
            && view.is_alive(&b)
        {
            break view;
        }
    };
    assert!(!view.is_alive(&a));
}

#[tokio::test]
async fn revision_that_was_lost_and_given_again_does_not_replace_a_checkpoint() {
    let mut server = NatsServer::start();
    let (old, new) = (connect(&server, "bot").await, connect(&server, "bot").await);
    let shard = ShardId::new(0, 16);
    let checkpoint = |fence, body: &'static str| ShardCheckpoint {
        shard,
        fence: Fence::new(fence),
        body: Bytes::from_static(body.as_bytes()),
    };
    let store = async |engine: &gloaming_nats::NatsCoordinator, checkpoint: ShardCheckpoint| {
        let stored = answered(async || engine.checkpoint(vec![checkpoint.clone()]).await).await;
        stored[0]
    };
    assert_eq!(
        store(&old, checkpoint(1, "first")).await,
        CheckpointOutcome::Stored
    );
    server.save();
    // The old owner remembers the revision of this one, which the server loses.
    assert_eq!(
        store(&old, checkpoint(1, "lost")).await,
        CheckpointOutcome::Stored
    );
    server.roll_back();
    // The new owner gets the same revision.
    let by = Fence::new(2);
    let loaded = answered(async || new.load(shard, by).await).await;
    assert_eq!(loaded, LoadOutcome::Stored(checkpoint(1, "first")));
    let late = store(&old, checkpoint(1, "late")).await;
    assert_eq!(late, CheckpointOutcome::Fenced { by });
    let loaded = answered(async || new.load(shard, by).await).await;
    assert_eq!(loaded, LoadOutcome::Stored(checkpoint(1, "first")));
}
