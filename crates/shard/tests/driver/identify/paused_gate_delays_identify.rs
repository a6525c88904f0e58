//! While identifying is paused, shards do not identify, and resume all the same.

use crate::harness::{
    consumer::{ReceiveMethod, consume},
    gateway::{SESSION, ready, start},
};
use gloaming_shard::CloseFrame;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn shard_identifies_once_the_gate_is_open() {
    let (shard, mut gateway) = start();
    let gate = shard.config().identify_gate().clone();
    gate.pause();
    let sender = shard.sender();
    let _consumer = consume(shard, ReceiveMethod::Items);
    let mut connection = gateway.greet().await;
    assert_eq!(connection.attend(Duration::from_secs(300)).await, []);
    gate.resume();
    connection.expect(2).await;
    connection.send(&ready(SESSION, 1)).await;

    // It has a session, which it resumes while the gate is closed.
    gate.pause();
    connection.events([2]).await;
    connection.close(4000).await;
    drop(connection);
    gateway.resuming(2).await;
    sender.close(CloseFrame::RESUME).unwrap();
}

#[tokio::test(start_paused = true)]
async fn shard_closes_while_the_gate_is_paused() {
    let (shard, mut gateway) = start();
    let gate = shard.config().identify_gate().clone();
    gate.pause();
    let sender = shard.sender();
    let _consumer = consume(shard, ReceiveMethod::Items);
    let mut connection = gateway.greet().await;
    connection.attend(Duration::from_secs(5)).await;
    sender.close(CloseFrame::NORMAL).unwrap();
    assert_eq!(connection.left().await, Some(1000));
}
