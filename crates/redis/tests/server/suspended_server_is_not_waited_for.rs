//! A server whose machine hangs: its connections stay open, and nothing comes.

use crate::harness::{answered, command, connect, join, next};
use gloaming_coordinator::{CoordinatorErrorKind, LeaseChange, Leases, NodeStatus};
use gloaming_test_support::redis::RedisServer;
use std::time::Duration;
use tokio::time::timeout;

#[tokio::test]
async fn calls_end_and_the_watch_begins_anew() {
    let server = RedisServer::start();
    let engine = connect(&server, "bot").await;
    let node = join(&engine, "a").await;
    let mut watch = engine.watch().await.unwrap();
    next(&mut watch).await;

    server.suspend();
    let renewal = engine.renew(node.clone(), NodeStatus::Active);
    // No time-out of its own would end this test in a minute.
    let renewal = timeout(Duration::from_secs(60), renewal).await;
    let error = renewal.expect("a call ends").unwrap_err();
    assert_eq!(error.kind(), CoordinatorErrorKind::Unreachable);
    // The watch waits until the server is back, and does not take the silence for news.
    let waiting = timeout(Duration::from_secs(5), watch.next()).await;
    assert!(waiting.is_err(), "{waiting:?}");

    server.wake();
    answered(async || engine.renew(node.clone(), NodeStatus::Active).await).await;
    let change = next(&mut watch).await;
    assert!(matches!(change, LeaseChange::Snapshot(_)), "{change:?}");
}

#[tokio::test]
async fn calls_end_while_an_operator_pauses_the_server() {
    let server = RedisServer::start();
    let engine = connect(&server, "bot").await;
    let node = join(&engine, "a").await;
    command(&server, &["CLIENT", "PAUSE", "5000", "WRITE"]).await;
    let renewal = engine.renew(node.clone(), NodeStatus::Active).await;
    let error = renewal.unwrap_err();
    assert_eq!(error.kind(), CoordinatorErrorKind::Unreachable);
    command(&server, &["CLIENT", "UNPAUSE"]).await;
    answered(async || engine.renew(node.clone(), NodeStatus::Active).await).await;
}
