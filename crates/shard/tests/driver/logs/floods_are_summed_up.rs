//! What a server can cause at will is logged a bounded number of times, and the rest is summed up.

use crate::harness::{
    consumer::{Observed, ReceiveMethod, consume},
    gateway::{Connection, dispatch, event, ready, start},
};
use gloaming_test_support::Logs;
use serde_json::json;
use std::time::Duration;
use tokio::time::advance;
use tracing::Level;

/// More than all lines of one period, and less than one line for each event of a flood.
const MAX_BYTES: usize = 20 * 1024;

/// Lets the period end, and has the shard report something of another kind.
async fn end_period(connection: &mut Connection) {
    advance(Duration::from_secs(11)).await;
    connection.acknowledge().await;
}

#[tokio::test(start_paused = true)]
async fn repeated_events_are_summed_up() {
    let (logs, _guard) = Logs::capture(Level::INFO);
    let (shard, mut gateway) = start();
    let mut consumer = consume(shard, ReceiveMethod::Items);
    let mut connection = gateway.begin().await;
    connection.events([2]).await;
    connection.events([1; 5_000]).await;
    connection.events([3]).await;
    consumer.until_event(3).await;
    let lines = logs.lines();
    let repeated = |line: &&String| line.contains("event 1 arrived again");
    assert_eq!(lines.iter().filter(repeated).count(), 5, "{lines:#?}");

    end_period(&mut connection).await;
    connection.events([4]).await;
    consumer.until_event(4).await;
    let text = logs.text();
    assert!(text.len() < MAX_BYTES, "{} B", text.len());
    let summary =
        "... and 4995 more lines of this shard within 10 s: events that arrived again (4995)";
    assert!(text.contains(summary), "{text}");
}

#[tokio::test(start_paused = true)]
async fn skipped_and_repaired_events_are_summed_up() {
    let (logs, _guard) = Logs::capture(Level::INFO);
    let (shard, mut gateway) = start();
    let mut consumer = consume(shard, ReceiveMethod::Items);
    let mut connection = gateway.begin().await;
    let typing = json!({"channel_id": "3", "user_id": "4", "timestamp": "5"});
    for number in 1..=2000 {
        connection.events([number * 10]).await;
        connection
            .send(&dispatch("TYPING_START", number * 10 + 1, &typing))
            .await;
    }
    consumer.until_event(20_000).await;
    end_period(&mut connection).await;
    connection.send(&event(20_002)).await;
    consumer.until_event(20_002).await;
    let text = logs.text();
    assert!(text.len() < MAX_BYTES, "{} B", text.len());
    assert!(
        text.contains("skipped events (1995), repaired events ("),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn new_sessions_are_summed_up() {
    let (logs, _guard) = Logs::capture(Level::INFO);
    let (shard, mut gateway) = start();
    let mut consumer = consume(shard, ReceiveMethod::Items);
    let mut connection = gateway.begin().await;
    for number in 0..500 {
        connection
            .send(&ready(&format!("session-{number}"), 1))
            .await;
    }
    connection.events([2]).await;
    consumer.until_event(2).await;
    end_period(&mut connection).await;
    connection.events([3]).await;
    consumer.until_event(3).await;
    let text = logs.text();
    assert!(text.len() < MAX_BYTES, "{} B", text.len());
    assert!(text.contains("new sessions (496)"), "{text}");
    assert!(text.contains("gaps (495)"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn line_about_the_end_is_always_written() {
    let (logs, _guard) = Logs::capture(Level::INFO);
    let (shard, mut gateway) = start();
    let mut consumer = consume(shard, ReceiveMethod::Items);
    let mut connection = gateway.begin().await;
    connection.events([2]).await;
    connection.events([1; 1000]).await;
    for sequence in 0..1000 {
        connection.events([sequence * 2 + 4]).await;
    }
    connection.send(&ready("other", 3000)).await;
    connection.close(4004).await;
    consumer.until(|seen| *seen == Observed::End).await;
    let lines = logs.lines();
    let last = lines.last().unwrap();
    assert!(
        last.contains("ERROR") && last.contains("4004"),
        "{lines:#?}"
    );
}
