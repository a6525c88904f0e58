//! A server acknowledges before what it has is on its disk, unless it is told otherwise. After a power failure, it has lost what
//! was written last.

use crate::harness::{acquire, answered, command, connect, join, next, request, view_with};
use bytes::Bytes;
use gloaming_coordinator::{
    Budget, CheckpointOutcome, Fence, Leases, LoadOutcome, NodeStatus, PermitOutcome, RenewOutcome,
    Sessions, ShardCheckpoint,
};
use gloaming_protocol::ShardId;
use gloaming_redis::RedisCoordinator;
use gloaming_test_support::redis::RedisServer;
use std::time::Duration;

/// How the server comes back.
#[derive(Clone, Copy, Debug)]
enum Loss {
    /// With an older append-only file.
    OfTheLastWrites,
    /// With nothing.
    OfAll,
}

impl Loss {
    fn happen(self, server: &mut RedisServer) {
        match self {
            Self::OfTheLastWrites => server.roll_back(),
            Self::OfAll => server.forget_all(),
        }
    }
}

#[tokio::test]
async fn owners_before_and_after_have_different_fences() {
    for loss in [Loss::OfTheLastWrites, Loss::OfAll] {
        let mut server = RedisServer::start();
        let one = connect(&server, "bot").await;
        let mut watch = one.watch().await.unwrap();
        next(&mut watch).await;
        server.save();
        let a = answered(async || one.join(request("a")).await).await;
        let lost = acquire(&one, &a).await;

        loss.happen(&mut server);
        let two = connect(&server, "bot").await;
        let b = join(&two, "b").await;
        assert!(b.fence > a.fence, "{loss:?}");
        // It knows nothing of the acquisition that was lost.
        let new = acquire(&two, &b).await;
        assert!(new.fence > lost.fence, "{new:?} {lost:?} {loss:?}");
        let renewal = answered(async || one.renew(a.clone(), NodeStatus::Active).await).await;
        assert_eq!(
            renewal,
            RenewOutcome::Ended,
            "it has forgotten it: {loss:?}"
        );

        // The watch has seen the lost leases, and sees the new ones.
        let view = view_with(&mut watch, &new).await;
        assert!(!view.is_alive(&a), "{loss:?}");
    }
}

#[tokio::test]
async fn fences_rise_also_if_the_clock_of_the_server_is_behind() {
    let server = RedisServer::start();
    let engine = connect(&server, "bot").await;
    let first = join(&engine, "a").await;
    // As if the last fence had been given an hour from now.
    let ahead = (first.fence.get() + 3_600_000_000).to_string();
    command(&server, &["HSET", "{gloaming:bot}:state", "fence", &ahead]).await;
    let second = join(&engine, "a").await;
    assert_eq!(
        second.fence.to_string(),
        (first.fence.get() + 3_600_000_001).to_string()
    );
    let third = acquire(&engine, &second).await;
    assert!(third.fence > second.fence);
    // Numbers that Lua can't hold are counted as well.
    let above = Fence::new(9_999_999_999_999_999_999);
    let acquiring = engine.acquire(third.shard, second, above).await;
    let gloaming_coordinator::AcquireOutcome::Granted(fourth) = acquiring.unwrap() else {
        panic!("it holds the shard");
    };
    assert_eq!(fourth.fence, Fence::new(10_000_000_000_000_000_000));
}

#[tokio::test]
async fn checkpoint_of_an_older_owner_is_refused_after_a_loss() {
    let mut server = RedisServer::start();
    let (old, new) = (connect(&server, "bot").await, connect(&server, "bot").await);
    let shard = ShardId::new(0, 16);
    let checkpoint = |fence, body: &'static str| ShardCheckpoint {
        shard,
        fence: Fence::new(fence),
        body: Bytes::from_static(body.as_bytes()),
    };
    let store = async |engine: &RedisCoordinator, checkpoint: ShardCheckpoint| {
        let stored = answered(async || engine.checkpoint(vec![checkpoint.clone()]).await).await;
        stored[0]
    };
    let stored = CheckpointOutcome::Stored;
    assert_eq!(store(&old, checkpoint(1, "first")).await, stored);
    server.save();
    assert_eq!(store(&old, checkpoint(1, "lost")).await, stored);
    server.roll_back();
    let by = Fence::new(2);
    let loaded = answered(async || new.load(shard, by).await).await;
    assert_eq!(loaded, LoadOutcome::Stored(checkpoint(1, "first")));
    let late = store(&old, checkpoint(1, "late")).await;
    assert_eq!(late, CheckpointOutcome::Fenced { by });
    let loaded = answered(async || new.load(shard, by).await).await;
    assert_eq!(loaded, LoadOutcome::Stored(checkpoint(1, "first")));
}

#[tokio::test]
async fn identify_that_the_server_has_forgotten_is_recorded_anew() {
    let mut server = RedisServer::start();
    let engine = connect(&server, "bot").await;
    server.save();
    let permit = answered(async || engine.permit(0).await).await;
    let PermitOutcome::Granted(permit) = permit else {
        panic!("it is the first: {permit:?}");
    };
    server.roll_back();
    answered(async || engine.sent(permit, Duration::ZERO).await).await;
    let next = engine.permit(0).await.unwrap();
    assert!(matches!(next, PermitOutcome::Refused { .. }), "{next:?}");
}
