//! Events that the server can't replay are reported as a gap (P20).

use crate::harness::{config, finish, is_ready, session, shard, start, until};
use gloaming_emulator::{Emulator, Selector};
use gloaming_shard::{Item, Lifecycle};
use serde_json::json;

fn gaps(items: &[Item]) -> Vec<(String, u64)> {
    items
        .iter()
        .filter_map(|item| match item {
            Item::Lifecycle(Lifecycle::Gap {
                session_id, after, ..
            }) => Some((session_id.to_string(), *after)),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn overrun_replay_buffer_is_a_gap_and_a_new_session() {
    let emulator = start(Emulator::builder().guilds(1).replay_buffer(10)).await;
    let mut shard = shard(config(&emulator));
    until(&mut shard, is_ready).await;
    until(&mut shard, |item| {
        matches!(item, Item::Event(gloaming_shard::Event::GuildCreate(_)))
    })
    .await;
    let before = session(&shard);
    emulator.drop_connections(Selector::All);
    for _ in 0..11 {
        emulator.dispatch(Selector::All, "MISSED", json!({}));
    }
    let items = until(&mut shard, is_ready).await;
    assert_eq!(gaps(&items), [(before.id().to_owned(), before.sequence())]);
    assert_ne!(session(&shard).id(), before.id());
    assert!(!items.iter().any(|item| matches!(item, Item::Unknown(_))));
    let stats = emulator.stats();
    assert_eq!((stats.identifies, stats.resumes), (2, 1));
    finish(emulator, shard).await;
}

#[tokio::test]
async fn forgotten_session_is_a_gap() {
    let emulator = start(Emulator::builder().guilds(0)).await;
    let mut shard = shard(config(&emulator));
    until(&mut shard, is_ready).await;
    let before = session(&shard);
    emulator.drop_connections(Selector::All);
    emulator.forget_sessions(Selector::All);
    let items = until(&mut shard, is_ready).await;
    assert_eq!(gaps(&items), [(before.id().to_owned(), before.sequence())]);
    finish(emulator, shard).await;
}
