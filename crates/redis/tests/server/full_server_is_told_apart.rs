use crate::harness::{command, connect, request, source};
use bytes::Bytes;
use gloaming_coordinator::{CoordinatorErrorKind, Fence, Leases, Sessions, ShardCheckpoint};
use gloaming_protocol::ShardId;
use gloaming_redis::RedisErrorKind;
use gloaming_test_support::redis::RedisServer;

#[tokio::test]
async fn server_without_memory_keeps_what_it_has() {
    let server = RedisServer::start();
    let engine = connect(&server, "bot").await;
    let node = engine.join(request("a")).await.unwrap();
    command(&server, &["CONFIG", "SET", "maxmemory", "1"]).await;
    let checkpoint = ShardCheckpoint {
        shard: ShardId::new(0, 16),
        fence: Fence::new(7),
        body: Bytes::from_static(b"body"),
    };
    let error = engine.checkpoint(vec![checkpoint]).await.unwrap_err();
    assert_eq!(error.kind(), CoordinatorErrorKind::Full);
    assert_eq!(source(&error).kind(), RedisErrorKind::Full);
    command(&server, &["CONFIG", "SET", "maxmemory", "0"]).await;
    engine.leave(node).await.unwrap();
}
