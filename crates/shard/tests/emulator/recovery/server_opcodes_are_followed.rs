//! The shard follows op 1, op 7, op 9, and op 7 in place of HELLO.

use crate::harness::{
    config, finish, is_gap, is_ready, is_resumed, session, shard, start, until, until_stats,
    variants,
};
use gloaming_emulator::{Emulator, Selector};
use gloaming_shard::{
    Item, Lifecycle,
    machine::{DisconnectCause, Resumable},
};

fn disconnects(items: &[Item]) -> Vec<DisconnectCause> {
    items
        .iter()
        .filter_map(|item| match item {
            Item::Lifecycle(Lifecycle::Disconnected { cause, .. }) => Some(*cause),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn requested_heartbeat_is_sent() {
    let emulator = start(Emulator::builder()).await;
    let mut shard = shard(config(&emulator));
    until(&mut shard, is_ready).await;
    for heartbeats in 1..=3 {
        let before = emulator.stats().heartbeats;
        emulator.request_heartbeat(Selector::All);
        until_stats(&mut shard, &emulator, |stats| stats.heartbeats > before).await;
        until(&mut shard, |item| {
            matches!(
                item,
                Item::Lifecycle(Lifecycle::HeartbeatAcknowledged { .. })
            )
        })
        .await;
        assert!(shard.latency().periods() >= heartbeats);
    }
    assert!(shard.latency().average().is_some());
    finish(emulator, shard).await;
}

#[tokio::test]
async fn reconnect_resumes() {
    let emulator = start(Emulator::builder()).await;
    for (variant, config) in variants(&emulator) {
        let mut shard = shard(config);
        until(&mut shard, is_ready).await;
        let before = session(&shard);
        for _ in 0..3 {
            emulator.reconnect(Selector::Session(before.id().to_owned()));
            let items = until(&mut shard, is_resumed).await;
            assert_eq!(
                disconnects(&items),
                [DisconnectCause::ReconnectRequested],
                "{variant}"
            );
            assert_eq!(session(&shard).id(), before.id(), "{variant}");
        }
    }
    let stats = emulator.stats();
    assert_eq!(stats.sessions_started, stats.identifies);
    assert_eq!(stats.sessions_resumed, stats.identifies * 3);
    let last = shard(config(&emulator));
    finish(emulator, last).await;
}

#[tokio::test]
async fn resumable_invalid_session_resumes() {
    let emulator = start(Emulator::builder()).await;
    let mut shard = shard(config(&emulator));
    until(&mut shard, is_ready).await;
    let before = session(&shard);
    emulator.invalidate(Selector::All, true);
    let items = until(&mut shard, is_resumed).await;
    let resumable = Resumable::Yes;
    assert_eq!(
        disconnects(&items),
        [DisconnectCause::SessionInvalid { resumable }]
    );
    assert_eq!(session(&shard).id(), before.id());
    finish(emulator, shard).await;
}

#[tokio::test]
async fn invalid_session_identifies() {
    let emulator = start(Emulator::builder()).await;
    let mut shard = shard(config(&emulator));
    until(&mut shard, is_ready).await;
    let before = session(&shard);
    emulator.invalidate(Selector::All, false);
    let items = until(&mut shard, is_ready).await;
    let resumable = Resumable::No;
    assert_eq!(
        disconnects(&items),
        [DisconnectCause::SessionInvalid { resumable }]
    );
    assert_eq!(items.iter().filter(|item| is_gap(item)).count(), 1);
    assert_ne!(session(&shard).id(), before.id());
    let stats = emulator.stats();
    assert_eq!((stats.identifies, stats.resumes), (2, 0));
    finish(emulator, shard).await;
}

#[tokio::test]
async fn reconnect_in_place_of_hello_costs_no_identify() {
    let emulator = start(Emulator::builder()).await;
    emulator.reconnect_before_hello(3);
    let mut shard = shard(config(&emulator));
    let items = until(&mut shard, is_ready).await;
    assert_eq!(
        disconnects(&items),
        [DisconnectCause::ReconnectRequested; 3]
    );
    assert_eq!(emulator.stats().identifies, 1);

    // Also while the shard resumes.
    let before = session(&shard);
    emulator.reconnect_before_hello(2);
    emulator.drop_connections(Selector::All);
    until(&mut shard, is_resumed).await;
    assert_eq!(session(&shard).id(), before.id());
    assert_eq!(emulator.stats().identifies, 1);
    finish(emulator, shard).await;
}
