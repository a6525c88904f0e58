//! Each failure is one line of the log, in plain words and with the number of the shard.

use crate::harness::{
    consumer::{Observed, ReceiveMethod, consume},
    gateway::{resumed, start},
};
use gloaming_shard::{
    EventTypeFlags, Lifecycle,
    transport::{ConnectError, ConnectErrorKind},
};
use gloaming_test_support::Logs;
use std::time::Duration;
use tokio::time::sleep;
use tracing::Level;

fn assert_plain(line: &str) {
    for word in ["None", "Some(", "ConnectFailed", "{", "ShardId"] {
        assert!(!line.contains(word), "{word} in {line}");
    }
    assert!(line.contains("shard=0"), "{line}");
}

#[tokio::test(start_paused = true)]
async fn refused_connection_is_one_line() {
    let (logs, _guard) = Logs::capture(Level::INFO);
    let (shard, mut gateway) = start();
    let _consumer = consume(shard, ReceiveMethod::Items);
    let attempt = gateway.attempt().await;
    attempt.refuse(ConnectError::new(ConnectErrorKind::Tcp).with_endpoint("gateway.test:443"));
    gateway.greet().await;
    let lines = logs.lines();
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(lines[0].contains(" WARN "), "{lines:#?}");
    assert!(
        lines[0].contains("disconnected: the connection can't be opened"),
        "{lines:#?}"
    );
    assert!(lines[0].contains("gateway.test:443"), "{lines:#?}");
    assert_plain(&lines[0]);
}

#[tokio::test(start_paused = true)]
async fn refusal_of_the_bot_is_one_line() {
    let (logs, _guard) = Logs::capture(Level::INFO);
    let (mut shard, mut gateway) = start();
    let gateway = async {
        let mut connection = gateway.greet().await;
        connection.expect(2).await;
        connection.close(4004).await;
    };
    let end = async { while shard.next_item(EventTypeFlags::all()).await.is_some() {} };
    tokio::join!(gateway, end);
    let lines = logs.lines();
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(lines[0].contains("ERROR"), "{lines:#?}");
    assert!(lines[0].contains("close code 4004: discord rejected the token"));
    assert_plain(&lines[0]);
}

#[tokio::test(start_paused = true)]
async fn repeated_failures_are_summarized() {
    let (logs, _guard) = Logs::capture(Level::WARN);
    let (shard, mut gateway) = start();
    let _consumer = consume(shard, ReceiveMethod::Items);
    for _ in 0..5 {
        let attempt = gateway.attempt().await;
        attempt.refuse(ConnectError::new(ConnectErrorKind::Tcp));
    }
    sleep(Duration::from_secs(60)).await;
    gateway.greet().await;
    let lines = logs.lines();
    let summaries = lines
        .iter()
        .filter(|line| line.contains("more connections"));
    assert!(summaries.count() >= 1, "{lines:#?}");
    assert!(lines.len() < 5, "{lines:#?}");
}

#[tokio::test(start_paused = true)]
async fn echo_of_our_close_is_not_logged_as_a_frame_of_the_server() {
    let (logs, _guard) = Logs::capture(Level::DEBUG);
    let (shard, mut gateway) = start();
    let mut consumer = consume(shard, ReceiveMethod::Items);
    let mut connection = gateway.begin().await;
    connection.send(r#"{"op":7,"d":null}"#).await;
    assert_eq!(connection.left().await, Some(4000));
    connection.close(4000).await;
    let mut connection = gateway.resuming(1).await;
    connection.send(&resumed(2)).await;
    consumer
        .until(|seen| matches!(seen, Observed::Lifecycle(Lifecycle::Resumed { .. })))
        .await;
    let text = logs.text();
    assert!(
        text.contains("disconnected: the server requested a reconnect"),
        "{text}"
    );
    assert!(!text.contains("4000"), "{text}");
}
