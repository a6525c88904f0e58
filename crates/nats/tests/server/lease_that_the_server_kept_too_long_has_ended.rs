//! A server that was killed may have keys again that it had removed when their time was over.

use crate::harness::{acquire, connect, join, next};
use gloaming_coordinator::{Fence, LeaseChange, Leases, NodeId};
use gloaming_test_support::nats::NatsServer;

#[tokio::test]
async fn node_of_the_past_neither_gets_shards_nor_keeps_them() {
    let server = NatsServer::start();
    let engine = connect(&server, "bot").await;
    let client = async_nats::connect(server.address()).await.unwrap();
    let stream = async_nats::jetstream::new(client);
    for (key, value) in [
        (
            "node.ghost",
            r#"{"format":1,"status":"active","fence":7,"ttl_seconds":0}"#,
        ),
        (
            "shard.0",
            r#"{"format":1,"total":16,"fence":8,"holder":{"node":"ghost","fence":7}}"#,
        ),
    ] {
        let subject = format!("$KV.gloaming-bot-leases.{key}");
        let published = stream.publish(subject, value.into()).await.unwrap();
        published.await.unwrap();
    }
    let node = join(&engine, "a").await;
    let mut watch = engine.watch().await.unwrap();
    let LeaseChange::Snapshot(view) = next(&mut watch).await else {
        panic!("the first change is a snapshot");
    };
    assert_eq!(view.node(&NodeId::new("ghost").unwrap()), None);
    assert!(view.node(&node.node).is_some());
    let lease = acquire(&engine, &node).await;
    assert!(lease.fence > Fence::new(8));
}
