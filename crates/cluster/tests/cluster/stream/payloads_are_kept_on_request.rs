//! An event of a kind whose payloads are kept arrives with its payload.

use crate::{
    gateway::{dispatch, in_time},
    harness::{Harness, harness_with},
};
use gloaming_protocol::{Event, EventTypeFlags};
use gloaming_shard::Item;
use serde_json::json;

async fn keeping() -> Harness {
    harness_with(1, |cluster| {
        cluster
            .keep_payloads(EventTypeFlags::TYPING_START)
            .event_types(EventTypeFlags::TYPING_START | EventTypeFlags::WEBHOOKS_UPDATE)
    })
    .await
}

fn typing() -> String {
    let data = json!({"channel_id": "1", "user_id": "2", "timestamp": 3, "new": [1]});
    dispatch("TYPING_START", 2, &data)
}

#[tokio::test(start_paused = true)]
async fn items_contain_the_payload() {
    let mut harness = keeping().await;
    let mut connections = harness.start_ready().await;
    connections[0].send(&typing()).await;
    let text = harness
        .take_until(|_, item| match item {
            Item::EventWithPayload(event) => Some(event.payload().text().to_owned()),
            _ => None,
        })
        .await;
    assert_eq!(text, typing());

    // The event counts as delivered.
    let sessions = harness.cluster.down_resumable().await;
    assert_eq!(sessions[&0].sequence(), 2);
}

#[tokio::test(start_paused = true)]
async fn events_know_the_last_payload() {
    let mut harness = keeping().await;
    let mut connections = harness.start_ready().await;
    connections[0].send(&typing()).await;
    connections[0].events([3]).await;
    let mut events = harness.items.into_events();
    let (_, event) = in_time("an event", events.next()).await.unwrap();
    assert!(matches!(event, Event::TypingStart(_)));
    assert_eq!(events.last_payload().unwrap().text(), typing());
    let (_, event) = in_time("an event", events.next()).await.unwrap();
    assert!(matches!(event, Event::WebhooksUpdate(_)));
    assert!(events.last_payload().is_none());
}
