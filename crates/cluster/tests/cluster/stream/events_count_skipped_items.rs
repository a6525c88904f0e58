use crate::{
    gateway::{dispatch, in_time},
    harness::harness,
};
use gloaming_protocol::Event;
use gloaming_test_support::Logs;
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;
use tracing::Level;

#[tokio::test(start_paused = true)]
async fn events_count_skipped_items() {
    let mut harness = harness(1).await;
    let mut connections = harness.start_ready().await;
    let connection = &mut connections[0];
    connection
        .send(&dispatch("NOT_DOCUMENTED", 2, &json!({})))
        .await;
    connection
        .send(&dispatch("WEBHOOKS_UPDATE", 3, &json!({"guild_id": []})))
        .await;
    connection
        .send(&dispatch(
            "TYPING_START",
            4,
            &json!({"channel_id": "1", "user_id": "2", "timestamp": "3"}),
        ))
        .await;
    // Event 5 is missing.
    connection.events([6, 7]).await;
    let mut events = harness.items.into_events();
    let last = loop {
        let (_, event) = in_time("an event", events.next())
            .await
            .expect("the stream has not ended");
        if let Event::WebhooksUpdate(event) = event
            && event.channel_id.get() > 6
        {
            break event;
        }
    };
    assert_eq!(last.channel_id.get(), 7);
    let skipped = events.skipped();
    assert_eq!((skipped.unknown, skipped.undecodable), (1, 1));
    assert_eq!((skipped.repaired, skipped.losses), (1, 1));
    assert_eq!((skipped.failures, skipped.crashes), (0, 0));

    connection.close(4000).await;
    let closed = in_time("the end of a connection", async {
        loop {
            if let Some((_, Event::GatewayClose(frame))) = events.next().await {
                break frame;
            }
        }
    })
    .await;
    assert_eq!(closed.map(|frame| frame.code), Some(4000));

    harness.panic_switches[0].panic_when_connecting(true);
    drop(harness.gateways);
    while events.skipped().crashes == 0 {
        let patience = Duration::from_secs(1);
        // No event arrives.
        assert!(timeout(patience, events.next()).await.is_err());
    }
    assert!(
        events.skipped().failures > 0,
        "the last attempt to connect failed"
    );
}

#[tokio::test(start_paused = true)]
async fn skipped_events_are_logged_more_and_more_rarely() {
    let mut harness = harness(1).await;
    let mut connections = harness.start_ready().await;
    let mut events = harness.items.into_events();
    let (logs, _guard) = Logs::capture(Level::WARN);
    for sequence in 2..=41 {
        let event = dispatch("WEBHOOKS_UPDATE", sequence, &json!({"guild_id": []}));
        connections[0].send(&event).await;
        while events.skipped().undecodable < sequence - 1 {
            let patience = Duration::from_secs(1);
            _ = timeout(patience, events.next()).await;
        }
    }
    let lines = logs.lines();
    let lines = lines.iter().filter(|line| line.contains("does not match"));
    let totals: Vec<_> = lines
        .filter_map(|line| line.split_once("total=")?.1.split(' ').next())
        .collect();
    assert_eq!(totals, ["1", "2", "3", "4", "8", "16", "32"]);
}
