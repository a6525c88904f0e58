//! An event of a kind whose payloads are kept arrives with its payload, by each method that returns typed events.

use crate::harness::gateway::{Gateway, dispatch, start_with};
use futures_util::StreamExt as _;
use gloaming_shard::{
    Event, EventTypeFlags, Item, Shard, StreamExt as _, compat::ShardEventStream,
};
use serde_json::json;

const KEPT: EventTypeFlags = EventTypeFlags::TYPING_START;

fn keeping() -> (Shard, Gateway) {
    start_with(|config| config.keep_payloads(KEPT))
}

/// Returns an event with a member that its type does not have, as it is and in need of a repair.
fn kept() -> [String; 2] {
    [json!(5), json!("5")].map(|timestamp| {
        let data = json!({"channel_id": "1", "user_id": "2", "timestamp": timestamp, "new": [1]});
        dispatch("TYPING_START", 2, &data)
    })
}

fn is_typing(event: &Event) -> bool {
    matches!(event, Event::TypingStart(typing) if typing.timestamp == 5)
}

#[tokio::test(start_paused = true)]
async fn next_item_returns_the_payload_with_the_event() {
    for payload in kept() {
        let (mut shard, mut gateway) = keeping();
        let events = KEPT | EventTypeFlags::WEBHOOKS_UPDATE;
        let take = async {
            let mut items = Vec::new();
            loop {
                let item = shard.next_item(events).await.unwrap();
                let is_last = matches!(item, Item::Event(_));
                items.extend(item.event().is_some().then_some(item));
                if is_last {
                    return items;
                }
            }
        };
        let send = async {
            let mut connection = gateway.begin().await;
            connection.send(&payload).await;
            connection.events([3]).await;
            connection
        };
        let (items, _connection) = tokio::join!(take, send);
        let [Item::EventWithPayload(event), Item::Event(_)] = &*items else {
            panic!("{items:?}");
        };
        assert!(is_typing(event.event()));
        assert_eq!(event.payload().text(), payload);
        assert!(shard.last_payload().is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn last_payload_is_that_of_the_event_that_next_event_returned() {
    for payload in kept() {
        let (mut shard, mut gateway) = keeping();
        let events = KEPT | EventTypeFlags::WEBHOOKS_UPDATE;
        let take = async {
            let event = shard.next_event(events).await.unwrap().unwrap();
            assert!(is_typing(&event));
            assert_eq!(shard.last_payload().unwrap().text(), payload);
            let event = shard.next_event(events).await.unwrap().unwrap();
            assert!(matches!(event, Event::WebhooksUpdate(_)));
            assert!(shard.last_payload().is_none());
        };
        let send = async {
            let mut connection = gateway.begin().await;
            connection.send(&payload).await;
            connection.events([3]).await;
            connection
        };
        let ((), _connection) = tokio::join!(take, send);
    }
}

#[tokio::test(start_paused = true)]
async fn streams_of_shards_return_the_payload_with_the_shard() {
    let [payload, _] = kept();
    let (mut shard, mut gateway) = keeping();
    let take = async {
        let mut stream = ShardEventStream::new(std::iter::once(&mut shard)).with_events(KEPT);
        let (shard, event) = stream.next().await.unwrap();
        assert!(is_typing(&event.unwrap()));
        assert_eq!(shard.last_payload().unwrap().text(), payload);
    };
    let send = async {
        let mut connection = gateway.begin().await;
        connection.send(&payload).await;
        connection
    };
    let ((), _connection) = tokio::join!(take, send);
}

#[tokio::test(start_paused = true)]
async fn spawned_shard_delivers_the_payload_and_keeps_its_position() {
    for payload in kept() {
        let (shard, mut gateway) = keeping();
        let mut shard = shard.spawn(KEPT, 64);
        let mut connection = gateway.begin().await;
        connection.send(&payload).await;
        let event = loop {
            if let Item::EventWithPayload(event) = shard.next_item().await.unwrap() {
                break event;
            }
        };
        let (event, kept) = event.into_parts();
        assert!(is_typing(&event));
        assert_eq!((kept.text(), kept.sequence()), (&*payload, Some(2)));
        drop(connection);
        let _connection = gateway.resuming(2).await;
    }
}
