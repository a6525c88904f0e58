use crate::{
    gateway::{SESSION, ready},
    harness::harness,
};
use gloaming_shard::transport::{ConnectError, ConnectErrorKind};
use gloaming_test_support::Logs;
use std::time::Duration;
use tokio::time::sleep;
use tracing::Level;

#[tokio::test(start_paused = true)]
async fn simultaneous_failures_of_many_shards_are_two_lines() {
    const SHARDS: usize = 40;
    let (logs, _guard) = Logs::capture(Level::WARN);
    let mut harness = harness(SHARDS as u32).await;
    harness.cluster.up().await;
    let mut attempts = Vec::new();
    for gateway in &mut harness.gateways {
        attempts.push(gateway.attempt().await);
    }
    for attempt in attempts {
        attempt.refuse(ConnectError::new(ConnectErrorKind::Tcp).with_endpoint("gateway.test:443"));
    }
    let mut connections = Vec::new();
    for gateway in &mut harness.gateways {
        let mut connection = gateway.greet().await;
        connection.expect(2).await;
        connections.push(connection);
    }
    let lines = logs.lines();
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(lines[0].contains("gateway.test:443"), "{lines:#?}");

    sleep(Duration::from_secs(10)).await;
    connections[0].send(&ready(SESSION, 1)).await;
    harness.take_until_ready().await;
    let lines = logs.lines();
    let summary = format!(
        "{} more connections of all shards ended within 10 s: the connection can't be opened ({})",
        SHARDS - 1,
        SHARDS - 1
    );
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(lines[1].contains(&summary), "{lines:#?}");
}
