//! An event that Discord announced, but does not document yet, happens in a guild, and arrives with its name and its JSON
//! if the session has the intent (P34).

use crate::harness::{config_of, finish, is_ready, shard, start, until};
use gloaming_emulator::{DEFAULT_TOKEN, Emulator};
use gloaming_shard::{DispatchKind, Intents, Item};
use serde_json::{Value, json};

const OF_MODERATION: [&str; 3] = [
    "GUILD_JOIN_REQUEST_CREATE",
    "GUILD_JOIN_REQUEST_UPDATE",
    "GUILD_JOIN_REQUEST_DELETE",
];

const OF_SCHEDULED_EVENTS: [&str; 3] = [
    "GUILD_SCHEDULED_EVENT_EXCEPTION_CREATE",
    "GUILD_SCHEDULED_EVENT_EXCEPTION_UPDATE",
    "GUILD_SCHEDULED_EVENT_EXCEPTION_DELETE",
];

async fn assert_arrive(intents: Intents, expected: [&'static str; 3], others: [&'static str; 3]) {
    let emulator = start(Emulator::builder().guilds(1)).await;
    let mut shard = shard(config_of(
        &emulator,
        DEFAULT_TOKEN,
        Intents::GUILDS | intents,
    ));
    until(&mut shard, is_ready).await;
    until(&mut shard, |item| matches!(item, Item::Event(_))).await;
    let guild = emulator.guild_ids()[0];
    for name in others {
        let data = json!({"guild_id": guild, "id": "1"});
        assert_eq!(
            emulator.publish(name, data),
            0,
            "{name} requires another intent"
        );
    }
    for name in expected {
        let data = json!({"guild_id": guild, "id": "1", "status": "SUBMITTED"});
        assert_eq!(emulator.publish(name, data.clone()), 1, "{name}");
        let items = until(&mut shard, |item| matches!(item, Item::Unknown(_))).await;
        let Some(Item::Unknown(event)) = items.last() else {
            panic!("{items:?}");
        };
        assert_eq!(event.name(), Some(name));
        assert_eq!(event.kind(), DispatchKind::from_name(name));
        assert!(event.kind().is_some(), "{name} is known");
        assert_eq!(serde_json::from_str::<Value>(event.data()).unwrap(), data);
    }
    finish(emulator, shard).await;
}

#[tokio::test]
async fn requests_to_join_arrive_with_the_intent_of_moderation() {
    assert_arrive(
        Intents::GUILD_MODERATION,
        OF_MODERATION,
        OF_SCHEDULED_EVENTS,
    )
    .await;
}

#[tokio::test]
async fn exceptions_of_scheduled_events_arrive_with_their_intent() {
    assert_arrive(
        Intents::GUILD_SCHEDULED_EVENTS,
        OF_SCHEDULED_EVENTS,
        OF_MODERATION,
    )
    .await;
}
