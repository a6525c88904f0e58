//! A Redis Cluster: the keys of a bot are on one of its servers, and the others refer to it.

use crate::harness::{acquire, command, connect, join, next};
use gloaming_coordinator::{
    Fence, LeaseChange, Leases, LoadOutcome, Sessions, ShardHolder, conformance::SETTINGS,
};
use gloaming_redis::RedisCoordinator;
use gloaming_test_support::redis::RedisServer;
use redis::Value;
use std::time::Duration;
use tokio::time::sleep;

async fn slot(server: &RedisServer) -> i64 {
    match command(server, &["CLUSTER", "KEYSLOT", "{gloaming:bot}:nodes"]).await {
        Value::Int(slot) => slot,
        other => panic!("a key has a slot: {other:?}"),
    }
}

async fn id(server: &RedisServer) -> String {
    let id = command(server, &["CLUSTER", "MYID"]).await;
    redis::from_redis_value(id).unwrap()
}

#[tokio::test]
async fn node_that_asks_any_server_finds_the_keys() {
    let arguments = ["--cluster-enabled", "yes"];
    let one = RedisServer::start_with(&arguments);
    let two = RedisServer::start_with(&arguments);
    // One server has all slots but that of the bot.
    let slot = slot(&one).await;
    let slots = |server, from: i64, to: i64| async move {
        let (from, to) = (from.to_string(), to.to_string());
        command(server, &["CLUSTER", "ADDSLOTSRANGE", &from, &to]).await;
    };
    slots(&one, 0, slot - 1).await;
    slots(&one, slot + 1, 16383).await;
    slots(&two, slot, slot).await;
    let port = two.port().to_string();
    command(&one, &["CLUSTER", "MEET", "127.0.0.1", &port]).await;
    for server in [&one, &two] {
        loop {
            let info = command(server, &["CLUSTER", "INFO"]).await;
            let info: String = redis::from_redis_value(info).unwrap();
            if info.contains("cluster_state:ok") {
                break;
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    let (far, near) = (connect(&one, "bot").await, connect(&two, "bot").await);
    let a = join(&far, "a").await;
    let lease = acquire(&far, &a).await;
    let loaded = far.load(lease.shard, lease.fence).await.unwrap();
    assert_eq!(loaded, LoadOutcome::Nothing);
    for engine in [&far, &near] {
        let LeaseChange::Snapshot(view) = next(&mut engine.watch().await.unwrap()).await else {
            panic!("a watch begins with a snapshot");
        };
        assert_eq!(view.holder(0), ShardHolder::Alive(&lease));
    }

    // An operator moves the slot, without its keys. They would follow with MIGRATE.
    let (id, slot) = (id(&one).await, slot.to_string());
    command(&two, &["FLUSHALL"]).await;
    for server in [&one, &two] {
        command(server, &["CLUSTER", "SETSLOT", &slot, "NODE", &id]).await;
    }
    let again = join(&near, "a").await;
    assert!(again.fence > a.fence);
    let acquired = far.acquire(lease.shard, again, Fence::NONE).await;
    assert!(acquired.is_ok(), "{acquired:?}");
    let third = RedisCoordinator::connect(&crate::harness::config(&two, "bot"), SETTINGS).await;
    assert!(third.is_ok(), "{third:?}");
}
