//! Another program, or a person, has written to the keys of a bot.

use crate::harness::{acquire, command, connect, join, next, request, source};
use bytes::Bytes;
use gloaming_coordinator::{
    Budget, CoordinatorError, CoordinatorErrorKind, Fence, LeaseChange, Leases, LoadOutcome,
    NodeStatus, Sessions, ShardCheckpoint,
};
use gloaming_protocol::ShardId;
use gloaming_redis::RedisErrorKind;
use gloaming_test_support::redis::RedisServer;

fn names(error: &CoordinatorError, key: &str) {
    assert_eq!(error.kind(), CoordinatorErrorKind::Damaged, "{error:?}");
    assert_eq!(source(error).kind(), RedisErrorKind::Damaged);
    let text = source(error).to_string();
    assert!(text.contains(key), "{text}");
}

#[tokio::test]
async fn keys_of_another_type_are_named() {
    let server = RedisServer::start();
    let engine = connect(&server, "bot").await;
    for key in [
        "nodes",
        "shards",
        "state",
        "changes",
        "identifies",
        "session:16:0",
        "agreement",
    ] {
        let key = format!("{{gloaming:bot}}:{key}");
        command(&server, &["DEL", &key]).await;
        command(&server, &["SADD", &key, "junk"]).await;
    }
    let shard = ShardId::new(0, 16);
    names(&engine.join(request("a")).await.unwrap_err(), "}:nodes");
    names(&engine.permit(0).await.unwrap_err(), "}:identifies");
    names(
        &engine.load(shard, Fence::new(7)).await.unwrap_err(),
        "}:session:16:0",
    );
    let checkpoint = ShardCheckpoint {
        shard,
        fence: Fence::new(7),
        body: Bytes::new(),
    };
    names(
        &engine.checkpoint(vec![checkpoint]).await.unwrap_err(),
        "}:session:16:0",
    );
    names(&engine.watch().await.map(drop).unwrap_err(), "}:nodes");
    let error = engine.agree("16").await.unwrap_err();
    assert_eq!(error.kind(), RedisErrorKind::Damaged);
    let error = engine.agreement().await.unwrap_err();
    assert!(error.to_string().contains("}:agreement"), "{error}");
}

#[tokio::test]
async fn fields_that_no_node_writes_are_named_and_skipped_by_watches() {
    let server = RedisServer::start();
    let engine = connect(&server, "bot").await;
    let node = join(&engine, "a").await;
    let lease = acquire(&engine, &node).await;
    let key = |name: &str| format!("{{gloaming:bot}}:{name}");
    let set = async |name: &str, field: &str, value: &str| {
        command(&server, &["HSET", &key(name), field, value]).await;
    };
    set("nodes", "b", "junk").await;
    set("shards", "1", "1 16 -7 a b").await;
    set("session:16:0", "fence", "seven").await;
    set("identifies", "ledger", "{}").await;

    let LeaseChange::Snapshot(view) = next(&mut engine.watch().await.unwrap()).await else {
        panic!("a watch begins with a snapshot");
    };
    assert!(view.nodes().map(|it| &it.lease).eq([&node]));
    assert!(view.shards().eq([&lease]));

    let acquiring = engine.acquire(ShardId::new(1, 16), node.clone(), Fence::NONE);
    names(
        &acquiring.await.unwrap_err(),
        "the field 1 of the key {gloaming:bot}:shards",
    );
    names(
        &engine.load(lease.shard, lease.fence).await.unwrap_err(),
        "}:session:16:0",
    );
    names(&engine.permit(0).await.unwrap_err(), "}:identifies");
    // What is no lease of a node is replaced by one.
    let b = join(&engine, "b").await;
    set("nodes", "b", "2 9 active 9000 9").await;
    let renewal = engine.renew(b, NodeStatus::Active).await;
    names(
        &renewal.unwrap_err(),
        "the field b of the key {gloaming:bot}:nodes",
    );
    set("state", "fence", "junk").await;
    names(
        &engine.join(request("c")).await.unwrap_err(),
        "the field fence of the key",
    );
}

#[tokio::test]
async fn checkpoints_beside_a_damaged_one_are_stored() {
    let server = RedisServer::start();
    let engine = connect(&server, "bot").await;
    let fence = Fence::new(7);
    command(
        &server,
        &["HSET", "{gloaming:bot}:session:16:0", "fence", "x"],
    )
    .await;
    let checkpoint = |number| ShardCheckpoint {
        shard: ShardId::new(number, 16),
        fence,
        body: Bytes::from_static(b"body"),
    };
    let batch = vec![checkpoint(0), checkpoint(1)];
    names(
        &engine.checkpoint(batch).await.unwrap_err(),
        "}:session:16:0",
    );
    let loaded = engine.load(ShardId::new(1, 16), fence).await.unwrap();
    assert_eq!(loaded, LoadOutcome::Stored(checkpoint(1)));
}
