//! The shard leaves a server that does not respond, and recovers once the server responds.

use crate::harness::{
    config, finish, in_time, is_ready, is_resumed, session, shard, start, until, until_end,
    until_stats,
};
use gloaming_emulator::{Emulator, Selector, model::Mute};
use gloaming_shard::{
    CloseFrame, Item, Lifecycle, ShardState,
    machine::{DisconnectCause, Timeouts},
};
use std::time::Duration;

const SHORT: Duration = Duration::from_millis(300);

fn is_cause(item: &Item, wanted: DisconnectCause) -> bool {
    matches!(item, Item::Lifecycle(Lifecycle::Disconnected { cause, .. }) if *cause == wanted)
}

fn timeouts(change: impl FnOnce(&mut Timeouts)) -> Timeouts {
    let mut timeouts = Timeouts::default();
    change(&mut timeouts);
    timeouts
}

#[tokio::test]
async fn missing_hello_reconnects() {
    let emulator = start(Emulator::builder()).await;
    emulator.mute(Mute::Hello);
    let timeouts = timeouts(|timeouts| timeouts.hello = SHORT);
    let mut shard = shard(config(&emulator).timeouts(timeouts));
    for _ in 0..2 {
        until(&mut shard, |item| {
            is_cause(item, DisconnectCause::HelloTimeout)
        })
        .await;
    }
    emulator.unmute(Mute::Hello);
    until(&mut shard, is_ready).await;
    assert_eq!(emulator.stats().identifies, 1);
    finish(emulator, shard).await;
}

#[tokio::test]
async fn missing_hello_while_resuming_reconnects() {
    let emulator = start(Emulator::builder()).await;
    let timeouts = timeouts(|timeouts| timeouts.hello = SHORT);
    let mut shard = shard(config(&emulator).timeouts(timeouts));
    until(&mut shard, is_ready).await;
    let before = session(&shard);
    emulator.mute(Mute::Hello);
    emulator.drop_connections(Selector::All);
    for _ in 0..2 {
        until(&mut shard, |item| {
            is_cause(item, DisconnectCause::HelloTimeout)
        })
        .await;
    }
    emulator.unmute(Mute::Hello);
    until(&mut shard, is_resumed).await;
    assert_eq!(session(&shard).id(), before.id());
    assert_eq!(emulator.stats().identifies, 1);
    finish(emulator, shard).await;
}

#[tokio::test]
async fn withheld_ready_is_waited_for() {
    let emulator = start(Emulator::builder()).await;
    emulator.mute(Mute::Ready);
    let timeouts = timeouts(|timeouts| timeouts.ready_report = SHORT);
    let mut shard = shard(config(&emulator).timeouts(timeouts));
    until(&mut shard, |item| {
        matches!(item, Item::Lifecycle(Lifecycle::ReadyDelayed { .. }))
    })
    .await;
    assert_eq!(shard.state(), ShardState::Identifying);
    emulator.unmute(Mute::Ready);
    until(&mut shard, is_ready).await;
    let stats = emulator.stats();
    assert_eq!((stats.connections_opened, stats.identifies), (1, 1));
    finish(emulator, shard).await;
}

#[tokio::test]
async fn missing_acks_reconnect() {
    let interval = Duration::from_millis(500);
    let builder = Emulator::builder()
        .heartbeat_interval(interval)
        .heartbeat_grace(Duration::from_secs(60));
    let emulator = start(builder).await;
    let mut shard = shard(config(&emulator));
    until(&mut shard, is_ready).await;
    let before = session(&shard);
    until_stats(&mut shard, &emulator, |stats| stats.heartbeat_acks >= 3).await;
    emulator.mute(Mute::Acks);
    until(&mut shard, |item| is_cause(item, DisconnectCause::Zombie)).await;
    emulator.unmute(Mute::Acks);
    until(&mut shard, is_resumed).await;
    assert_eq!(session(&shard).id(), before.id());
    assert_eq!(emulator.stats().identifies, 1);
    drop(shard);
    // On a busy machine, half a second may elapse without a fault of the shard.
    let violations = emulator.violations();
    assert!(
        violations.iter().all(|violation| violation.rule == "P4"),
        "{violations:?}"
    );
    emulator.shutdown().await;
}

#[tokio::test]
async fn missing_close_reply_reconnects() {
    for frame in [CloseFrame::NORMAL, CloseFrame::RESUME] {
        let emulator = start(Emulator::builder()).await;
        emulator.mute(Mute::CloseReplies);
        let timeouts = timeouts(|timeouts| timeouts.close = SHORT);
        let mut shard = shard(config(&emulator).timeouts(timeouts));
        until(&mut shard, is_ready).await;
        shard.close(frame.clone());
        until_end(&mut shard).await;
        assert_eq!(shard.state(), ShardState::Closed);
        assert_eq!(
            shard.session().is_some(),
            frame.code == CloseFrame::RESUME.code
        );
        drop(shard);
        let sessions = u64::from(frame.code == CloseFrame::RESUME.code);
        in_time(
            "the server's view",
            emulator.wait_until(|stats| stats.sessions_connected == 0),
        )
        .await;
        assert_eq!(emulator.stats().sessions, sessions);
        assert_eq!(emulator.violations(), []);
    }
}
