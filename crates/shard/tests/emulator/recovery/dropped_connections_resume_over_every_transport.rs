//! A lost connection is resumed over every transport, and each event arrives once.

use crate::harness::{
    finish, is_ready, is_resumed, session, shard, start, until, until_end, variants,
};
use gloaming_emulator::{Emulator, Selector};
use gloaming_shard::{CloseFrame, Item, Lifecycle, ShardState};
use serde_json::json;

const NAME: &str = "A_NEW_EVENT";

#[tokio::test]
async fn dropped_connections_resume_without_loss() {
    let emulator = start(Emulator::builder().guilds(3).seed(7)).await;
    for (variant, config) in variants(&emulator) {
        let identifies = emulator.stats().identifies;
        let mut shard = shard(config);
        until(&mut shard, is_ready).await;
        assert_eq!(shard.state(), ShardState::Active, "{variant}");

        emulator.burst(50);
        let mut events = 0;
        until(&mut shard, |item| {
            assert!(
                !matches!(item, Item::Failure(_) | Item::Undecodable(_)),
                "{variant}: {item:?}"
            );
            events += u32::from(matches!(item, Item::Event(_)));
            events == 53
        })
        .await;

        let before = session(&shard);
        emulator.drop_connections(Selector::All);
        for number in 0..50 {
            emulator.dispatch(Selector::All, NAME, json!({"id": number}));
        }
        let items = until(&mut shard, is_resumed).await;
        let missed: Vec<_> = items
            .iter()
            .filter_map(|item| match item {
                Item::Unknown(event) => event.sequence(),
                _ => None,
            })
            .collect();
        let expected: Vec<_> = (1..=50).map(|number| before.sequence() + number).collect();
        assert_eq!(missed, expected, "{variant}");
        assert!(
            matches!(
                items.last(),
                Some(Item::Lifecycle(Lifecycle::Resumed { replayed: 50 }))
            ),
            "{variant}"
        );
        assert_eq!(session(&shard).id(), before.id(), "{variant}");
        assert_eq!(emulator.stats().identifies, identifies + 1, "{variant}");

        shard.close(CloseFrame::NORMAL);
        until_end(&mut shard).await;
        assert_eq!(shard.state(), ShardState::Closed, "{variant}");
        assert!(shard.session().is_none(), "{variant}");
        emulator.wait_until(|stats| stats.sessions == 0).await;
    }
    let last = shard(variants(&emulator).remove(0).1);
    finish(emulator, last).await;
}

#[tokio::test]
async fn repeated_drops_during_events_resume() {
    const EVENTS: u64 = 2_000;
    let emulator = start(Emulator::builder().guilds(1).replay_buffer(5_000)).await;
    for (variant, config) in variants(&emulator) {
        let mut shard = shard(config);
        until(&mut shard, is_ready).await;
        let mut next = session(&shard).sequence() + 2;
        let mut numbers = 0..EVENTS;
        let mut seen = 0;
        while seen < EVENTS {
            // Some events occur while the connection is open, some while it is lost.
            for number in numbers.by_ref().take(150) {
                emulator.dispatch(Selector::All, NAME, json!({"id": number}));
                if number % 100 == 50 {
                    emulator.drop_connections(Selector::All);
                }
            }
            let items = until(&mut shard, |item| matches!(item, Item::Unknown(_))).await;
            for item in items {
                match item {
                    Item::Unknown(event) => {
                        assert_eq!(event.data(), json!({"id": seen}).to_string(), "{variant}");
                        assert!(event.sequence() >= Some(next), "{variant}");
                        next = event.sequence().unwrap() + 1;
                        seen += 1;
                    }
                    Item::Lifecycle(Lifecycle::Gap { .. } | Lifecycle::Skipped { .. }) => {
                        panic!("{variant}: {item:?}");
                    }
                    _ => {}
                }
            }
        }
        shard.close(CloseFrame::NORMAL);
        until_end(&mut shard).await;
        emulator.wait_until(|stats| stats.sessions == 0).await;
    }
    let last = shard(variants(&emulator).remove(0).1);
    finish(emulator, last).await;
}

#[tokio::test]
async fn stored_session_resumes_in_another_process() {
    let emulator = start(Emulator::builder().guilds(2)).await;
    for (variant, config) in variants(&emulator) {
        let mut first = shard(config.clone());
        until(&mut first, is_ready).await;
        first.close(CloseFrame::RESUME);
        until_end(&mut first).await;
        let stored = session(&first);
        drop(first);
        emulator
            .wait_until(|stats| stats.sessions_connected == 0)
            .await;
        emulator.dispatch(Selector::Session(stored.id().to_owned()), NAME, json!({}));

        let mut second = shard(config.session(stored.clone()));
        until(&mut second, is_resumed).await;
        assert_eq!(session(&second).id(), stored.id(), "{variant}");
        second.close(CloseFrame::NORMAL);
        until_end(&mut second).await;
    }
    let stats = emulator.stats();
    assert_eq!(stats.identifies, stats.resumes);
    let last = shard(variants(&emulator).remove(0).1);
    finish(emulator, last).await;
}
