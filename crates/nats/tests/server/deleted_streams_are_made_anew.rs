//! An operator deletes the streams while nodes run.

use crate::harness::{connect, join, next};
use bytes::Bytes;
use gloaming_coordinator::{
    CheckpointOutcome, Fence, LeaseChange, Leases, LoadOutcome, NodeStatus, RenewOutcome, Sessions,
    ShardCheckpoint,
};
use gloaming_protocol::ShardId;
use gloaming_test_support::nats::NatsServer;

#[tokio::test]
async fn calls_fail_until_a_node_starts_and_then_go_on() {
    let server = NatsServer::start();
    let engine = connect(&server, "bot").await;
    let node = join(&engine, "a").await;
    let checkpoint = ShardCheckpoint {
        shard: ShardId::new(0, 16),
        fence: Fence::new(7),
        body: Bytes::from_static(b"body"),
    };
    let stored = engine.checkpoint(vec![checkpoint.clone()]).await;
    assert_eq!(stored.unwrap(), [CheckpointOutcome::Stored]);

    let client = async_nats::connect(server.address()).await.unwrap();
    let jetstream = async_nats::jetstream::new(client);
    for kind in ["leases", "sessions", "identifies"] {
        let stream = format!("KV_gloaming-bot-{kind}");
        jetstream.delete_stream(stream).await.unwrap();
    }
    let renewal = engine.renew(node.clone(), NodeStatus::Active).await;
    assert!(renewal.is_err(), "{renewal:?}");
    // A missing stream is not taken for a shard that has no session, which would identify.
    let loaded = engine.load(checkpoint.shard, checkpoint.fence).await;
    assert!(loaded.is_err(), "{loaded:?}");

    let other = connect(&server, "bot").await;
    let renewal = engine.renew(node.clone(), NodeStatus::Active).await;
    assert_eq!(renewal.unwrap(), RenewOutcome::Ended);
    let again = join(&engine, "a").await;
    assert!(again.fence > node.fence);
    let stored = engine.checkpoint(vec![checkpoint.clone()]).await;
    assert_eq!(stored.unwrap(), [CheckpointOutcome::Stored]);
    let loaded = other.load(checkpoint.shard, checkpoint.fence).await;
    assert_eq!(loaded.unwrap(), LoadOutcome::Stored(checkpoint));
    let LeaseChange::Snapshot(view) = next(&mut other.watch().await.unwrap()).await else {
        panic!("a watch begins with a snapshot");
    };
    assert!(view.is_alive(&again));
}
