//! An operator deletes what a bot has while nodes run, or what the server knows of scripts.

use crate::harness::{acquire, command, connect, join, next, view_with};
use gloaming_coordinator::{LeaseChange, Leases, NodeStatus, RenewOutcome};
use gloaming_test_support::redis::RedisServer;

#[tokio::test]
async fn nodes_join_again_and_watches_go_on_with_a_snapshot() {
    let server = RedisServer::start();
    let engine = connect(&server, "bot").await;
    let node = join(&engine, "a").await;
    let lease = acquire(&engine, &node).await;
    let mut watch = connect(&server, "bot").await.watch().await.unwrap();
    next(&mut watch).await;

    command(&server, &["FLUSHALL"]).await;
    let renewal = engine.renew(node.clone(), NodeStatus::Active).await;
    assert_eq!(renewal.unwrap(), RenewOutcome::Ended);
    let again = join(&engine, "a").await;
    assert!(again.fence > node.fence);
    let new = acquire(&engine, &again).await;
    assert!(new.fence > lease.fence);
    let view = view_with(&mut watch, &new).await;
    assert!(!view.is_alive(&node));
}

#[tokio::test]
async fn watch_notices_that_changes_are_missing() {
    let server = RedisServer::start();
    let engine = connect(&server, "bot").await;
    let mut watch = engine.watch().await.unwrap();
    next(&mut watch).await;
    // All of it is one step, so that the watch can't read the change before it is deleted.
    let script = "redis.call('HINCRBY', '{gloaming:bot}:state', 'changes', 1); \
                  return redis.call('DEL', '{gloaming:bot}:changes')";
    command(&server, &["EVAL", script, "0"]).await;
    let change = next(&mut watch).await;
    assert!(matches!(change, LeaseChange::Snapshot(_)), "{change:?}");
    let node = join(&engine, "a").await;
    let change = next(&mut watch).await;
    assert!(matches!(change, LeaseChange::Node(record) if record.lease == node));
}

#[tokio::test]
async fn scripts_are_sent_again() {
    let server = RedisServer::start();
    let engine = connect(&server, "bot").await;
    let node = join(&engine, "a").await;
    command(&server, &["SCRIPT", "FLUSH"]).await;
    let renewal = engine.renew(node, NodeStatus::Active).await;
    assert_eq!(renewal.unwrap(), RenewOutcome::Renewed);
}
