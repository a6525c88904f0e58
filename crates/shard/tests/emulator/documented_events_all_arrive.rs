//! Each of the 79 documented names arrives typed, or as a value with its raw JSON (P34).

use crate::support::{config, finish, is_ready, shard, start, until, ways};
use gloaming_emulator::{Emulator, Selector};
use gloaming_protocol::Typing;
use gloaming_shard::{DispatchKind, EventTypeFlags, Item, StreamExt as _};
use serde_json::Value;
use std::{fs, path::Path};

/// What the documentation shows of an event.
fn fixture(kind: DispatchKind) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../protocol/tests/fixtures/dispatch")
        .join(format!("{}.json", kind.name()));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    serde_json::from_str(&text).unwrap()
}

/// All but the two that begin a session, which come by themselves.
fn kinds() -> impl Iterator<Item = DispatchKind> {
    DispatchKind::ALL
        .into_iter()
        .filter(|kind| !matches!(kind, DispatchKind::Ready | DispatchKind::Resumed))
}

#[tokio::test]
async fn typed_or_as_values() {
    let emulator = start(Emulator::builder().guilds(0)).await;
    for (way, config) in ways(&emulator) {
        let mut shard = shard(config);
        until(&mut shard, is_ready).await;
        for kind in kinds() {
            emulator.dispatch(Selector::All, kind.name(), fixture(kind));
        }
        for kind in kinds() {
            let items = until(&mut shard, |item| {
                matches!(
                    item,
                    Item::Event(_) | Item::Unknown(_) | Item::Undecodable(_)
                )
            })
            .await;
            match (kind.typing(), items.last().unwrap()) {
                (Typing::Model, Item::Event(event)) => {
                    assert_eq!(event.kind().name(), Some(kind.name()), "{way}");
                }
                (Typing::Raw, Item::Unknown(event)) => {
                    assert_eq!(event.kind(), Some(kind), "{way}");
                    let data: Value = serde_json::from_str(event.data()).unwrap();
                    assert_eq!(data, fixture(kind), "{way}");
                }
                (_, other) => panic!("{way}: {kind} came as {other:?}"),
            }
        }
        drop(shard);
        emulator
            .wait_until(|stats| stats.sessions_connected == 0)
            .await;
        emulator.forget_sessions(Selector::All);
    }
    let last = shard(config(&emulator));
    finish(emulator, last).await;
}

#[tokio::test]
async fn each_by_its_own_flag() {
    let emulator = start(Emulator::builder().guilds(0)).await;
    let mut shard = shard(config(&emulator));
    until(&mut shard, is_ready).await;
    for wanted in kinds() {
        // It comes after all others, and is the only one that is seen.
        for kind in kinds().filter(|kind| *kind != wanted).chain([wanted]) {
            emulator.dispatch(Selector::All, kind.name(), fixture(kind));
        }
        let payload = shard.next_payload(wanted.flag()).await.unwrap().unwrap();
        assert_eq!(payload.kind(), Some(wanted));
    }
    let nothing = EventTypeFlags::empty();
    emulator.drop_connections(Selector::All);
    let event = shard.next_event(nothing).await.unwrap().unwrap();
    assert!(matches!(event, gloaming_shard::Event::GatewayClose(_)));
    finish(emulator, shard).await;
}
