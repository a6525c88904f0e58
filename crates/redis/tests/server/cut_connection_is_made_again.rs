//! A node whose network is cut while the server runs on.

use crate::{
    harness::{TTL, acquire, answered, connect, join, next},
    proxy::Proxy,
};
use gloaming_coordinator::{
    CoordinatorErrorKind, LeaseChange, Leases, NodeStatus, RenewOutcome, conformance::SETTINGS,
};
use gloaming_redis::{RedisConfig, RedisCoordinator};
use gloaming_test_support::redis::RedisServer;

#[tokio::test]
async fn shards_of_a_node_that_is_cut_off_go_to_another() {
    let server = RedisServer::start();
    let proxy = Proxy::start(&server).await;
    let config = RedisConfig::new(&proxy.address(), "bot").unwrap();
    let far = RedisCoordinator::connect(&config, SETTINGS).await.unwrap();
    let near = connect(&server, "bot").await;
    let a = join(&far, "a").await;
    let old = acquire(&far, &a).await;
    let mut watch = far.watch().await.unwrap();
    next(&mut watch).await;

    proxy.set_cut(true);
    let renewal = far.renew(a.clone(), NodeStatus::Active).await;
    let error = renewal.unwrap_err();
    assert_eq!(error.kind(), CoordinatorErrorKind::Unreachable);
    tokio::time::sleep(TTL).await;
    let b = join(&near, "b").await;
    let new = loop {
        let acquiring = near.acquire(old.shard, b.clone(), old.fence).await;
        match acquiring.unwrap() {
            gloaming_coordinator::AcquireOutcome::Granted(lease) => break lease,
            gloaming_coordinator::AcquireOutcome::Held(_) => {}
            other => panic!("b is alive: {other:?}"),
        }
    };
    assert!(new.fence > old.fence);

    proxy.set_cut(false);
    let renewed = answered(async || far.renew(a.clone(), NodeStatus::Active).await).await;
    assert_eq!(renewed, RenewOutcome::Ended);
    let LeaseChange::Snapshot(view) = next(&mut watch).await else {
        panic!("a watch goes on with a snapshot");
    };
    assert!(view.shards().any(|lease| *lease == new));
    assert!(!view.is_alive(&a));
}
