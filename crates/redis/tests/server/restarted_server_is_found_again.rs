use crate::harness::{acquire, answered, connect, join, next};
use gloaming_coordinator::{
    Budget, CoordinatorErrorKind, LeaseChange, Leases, NodeStatus, RenewOutcome, ShardHolder,
};
use gloaming_test_support::redis::RedisServer;

#[tokio::test]
async fn calls_fail_without_a_server_and_a_watch_goes_on_with_a_snapshot() {
    let mut server = RedisServer::start();
    let (one, two) = (connect(&server, "bot").await, connect(&server, "bot").await);
    let node = join(&one, "a").await;
    let lease = acquire(&one, &node).await;
    let mut watch = two.watch().await.unwrap();
    next(&mut watch).await;

    server.kill();
    let error = one.renew(node.clone(), NodeStatus::Active).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), CoordinatorErrorKind::Unreachable);
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains(&server.host()), "{source}");
    assert!(two.permit(0).await.is_err(), "nothing is permitted");

    server.resume();
    let renewed = answered(async || one.renew(node.clone(), NodeStatus::Active).await).await;
    let LeaseChange::Snapshot(view) = next(&mut watch).await else {
        panic!("a watch goes on with a snapshot");
    };
    // On a slow machine, the lease has ended meanwhile. Its shard is known still.
    match renewed {
        RenewOutcome::Renewed => assert_eq!(view.holder(0), ShardHolder::Alive(&lease)),
        RenewOutcome::Ended => assert!(view.shards().any(|it| *it == lease)),
    }
}
