//! A text of the server is a short part of one line of the log, whatever it contains.

use crate::harness::{
    consumer::{ReceiveMethod, consume},
    gateway::{RESUME_HOST, SESSION, dispatch, ready, start},
};
use gloaming_shard::{CloseFrame, transport::Inbound};
use gloaming_test_support::Logs;
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;
use tracing::Level;

/// Ends a line, forges another, clears the screen, and is long.
fn hostile() -> String {
    format!(
        "x\n2026 INFO forged\r\u{1b}[2J\u{0}{}",
        "y".repeat(1_000_000)
    )
}

/// Every line is one that the subscriber began, and none is longer than it has to be.
fn assert_harmless(logs: &Logs) {
    let text = logs.text();
    assert!(!text.is_empty());
    for line in text.split_terminator('\n') {
        let head: String = line.chars().take(300).collect();
        assert!(line.len() < 3000, "{} B: {head}", line.len());
        assert!(!line.contains(char::is_control), "{head:?}");
        assert!(!line.starts_with("2026 INFO forged"), "{head:?}");
    }
    assert!(
        text.contains("x\\n2026 INFO forged"),
        "the text is not in the log at all"
    );
}

#[tokio::test(start_paused = true)]
async fn unusable_session_id_is_not_shown() {
    for level in [Level::INFO, Level::TRACE] {
        let (logs, _guard) = Logs::capture(level);
        let (shard, mut gateway) = start();
        let _consumer = consume(shard, ReceiveMethod::Items);
        let mut connection = gateway.greet().await;
        connection.expect(2).await;
        let session = serde_json::to_string(&hostile()).unwrap();
        let ready = ready(SESSION, 1).replace(&format!("\"{SESSION}\""), &session);
        connection.send(&ready).await;
        connection.left().await;
        sleep(Duration::from_secs(60)).await;
        let text = logs.text();
        assert!(
            text.contains("a READY without a usable session id"),
            "{level}"
        );
        assert!(!text.contains("forged") && text.len() < 20_000, "{level}");
    }
}

#[tokio::test(start_paused = true)]
async fn resume_url_is_an_excerpt() {
    let (logs, _guard) = Logs::capture(Level::TRACE);
    let (shard, mut gateway) = start();
    let _consumer = consume(shard, ReceiveMethod::Items);
    let mut connection = gateway.greet().await;
    connection.expect(2).await;
    let url = serde_json::to_string(&format!("wss://{}", hostile())).unwrap();
    let ready = ready(SESSION, 1).replace(&format!("\"{RESUME_HOST}\""), &url);
    connection.send(&ready).await;
    sleep(Duration::from_secs(1)).await;
    assert_harmless(&logs);
}

#[tokio::test(start_paused = true)]
async fn close_reason_is_an_excerpt() {
    for (code, level) in [
        (4000, Level::WARN),
        (4004, Level::INFO),
        (4000, Level::TRACE),
    ] {
        let (logs, _guard) = Logs::capture(level);
        let (shard, mut gateway) = start();
        let _consumer = consume(shard, ReceiveMethod::Items);
        let connection = gateway.begin().await;
        let reason = hostile().into();
        let frame = CloseFrame { code, reason };
        connection.frame(Inbound::Close(Some(frame))).await;
        sleep(Duration::from_secs(60)).await;
        if code == 4000 {
            assert_harmless(&logs);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn name_of_an_event_is_an_excerpt() {
    let (logs, _guard) = Logs::capture(Level::TRACE);
    let (shard, mut gateway) = start();
    let _consumer = consume(shard, ReceiveMethod::Items);
    let mut connection = gateway.begin().await;
    let name = serde_json::to_string(&hostile()).unwrap();
    let event = dispatch("NAME", 2, &json!({})).replace("\"NAME\"", &name);
    connection.send(&event).await;
    sleep(Duration::from_secs(1)).await;
    assert_harmless(&logs);
}

#[tokio::test(start_paused = true)]
async fn invalid_payload_is_an_excerpt() {
    let (logs, _guard) = Logs::capture(Level::WARN);
    let (shard, mut gateway) = start();
    let _consumer = consume(shard, ReceiveMethod::Items);
    let mut connection = gateway.begin().await;
    let name = serde_json::to_string(&hostile()).unwrap();
    connection
        .send(&format!(r#"{{"op":0,"s":2,"t":{name},"d":{{}}"#))
        .await;
    sleep(Duration::from_secs(60)).await;
    for line in logs.lines() {
        assert!(line.len() < 3000 && !line.contains(char::is_control));
    }
}
