use crate::{
    gateway::{SESSION, in_time, ready},
    harness::{TestStore, harness, harness_with, sequence},
};
use gloaming_cluster::{
    ShardChangeErrorKind, ShutdownEnd, ShutdownMode, StartOutcome, StopOutcome,
};
use gloaming_protocol::ShardId;
use gloaming_shard::Item;
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(10);

#[tokio::test(start_paused = true)]
async fn resumable_removal_returns_the_session_as_of_the_last_event_taken() {
    let mut harness = harness(2).await;
    let mut connections = harness.start_ready().await;
    harness.take_until_ready().await;
    harness.take_until_ready().await;
    connections[1].events([2, 3, 4]).await;
    assert_eq!(harness.next_event().await, (1, 2));
    let shard = harness.cluster.shard(1).unwrap();

    let cluster = harness.cluster.clone();
    let removal = cluster.remove_shard(1, ShutdownMode::Resumable, DEADLINE);
    let (removed, closed) = tokio::join!(removal, connections[1].left());
    let removed = removed.unwrap();
    assert!(!matches!(closed, Some(1000 | 1001)), "{closed:?}");
    let session = removed.session.as_ref().expect("the session is kept");
    assert_eq!((session.id(), session.sequence()), (SESSION, 2));
    assert_eq!(
        (removed.id, removed.end),
        (ShardId::new(1, 2), ShutdownEnd::Finished)
    );
    assert_eq!(
        removed.to_string(),
        format!(
            "shard 1 was removed: 0 events are not acknowledged, {} items are buffered, its session is kept",
            removed.buffered
        )
    );

    assert_eq!(harness.cluster.shards().len(), 1);
    assert!(harness.cluster.shard(1).is_none() && !harness.cluster.info().contains_key(&1));
    assert_eq!(harness.cluster.health().to_string(), "the shard is up");
    // Events 3 and 4 are for the process that resumes the session, and the other shard goes on.
    connections[0].events([2]).await;
    assert_eq!(harness.next_event().await, (0, 2));
    harness.take_present();
    assert_eq!(shard.start(), StartOutcome::AlreadyStarted);
    assert_eq!(shard.stop(), StopOutcome::NotRunning);
    assert!(harness.gateways[1].attempt_now().is_none());
}

#[tokio::test(start_paused = true)]
async fn removed_shard_can_be_added_again_and_misses_nothing() {
    let mut harness = harness(2).await;
    let mut connections = harness.start_ready().await;
    harness.take_until_ready().await;
    harness.take_until_ready().await;
    connections[1].events([2, 3]).await;
    assert_eq!(harness.next_event().await, (1, 2));
    let removal = harness
        .cluster
        .remove_shard(1, ShutdownMode::Resumable, DEADLINE);
    let removed = removal.await.unwrap();
    harness
        .cluster
        .add_shard(removed.id, removed.session)
        .unwrap();
    let mut connection = harness.gateways[1].resuming(2).await;
    connection.events([3, 4]).await;
    assert_eq!(harness.next_event().await, (1, 3));
    assert_eq!(harness.next_event().await, (1, 4));
}

#[tokio::test(start_paused = true)]
async fn resumable_removal_waits_for_the_handlers_until_the_deadline() {
    let mut harness = harness(2).await;
    let mut connections = harness.start_ready().await;
    harness.take_until_ready().await;
    harness.take_until_ready().await;
    connections[1].events([2, 3]).await;
    let mut deliveries = Vec::new();
    while deliveries.len() < 2 {
        let next = in_time("an event", harness.items.next_delivery()).await;
        let (_, delivery) = next.expect("the stream has not ended");
        match sequence(delivery.get()) {
            Some(_) => deliveries.push(delivery),
            None => delivery.ack(),
        }
    }
    let handler = tokio::spawn(async move {
        tokio::time::sleep(DEADLINE / 2).await;
        deliveries.remove(0).ack();
        // The other one takes too long.
        tokio::time::sleep(DEADLINE).await;
        deliveries.remove(0).ack();
    });
    let removal =
        harness
            .cluster
            .remove_shard(ShardId::new(1, 2), ShutdownMode::Resumable, DEADLINE);
    let removed = removal.await.unwrap();
    assert_eq!(
        (removed.end, removed.unacknowledged),
        (ShutdownEnd::Deadline, 1)
    );
    assert_eq!(removed.session.map(|session| session.sequence()), Some(2));
    handler.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn final_removal_ends_the_session_and_delivers_what_was_received() {
    let mut harness = harness(2).await;
    let mut connections = harness.start_ready().await;
    harness.take_until_ready().await;
    harness.take_until_ready().await;
    harness.take_present();
    connections[1].events([2, 3]).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let cluster = harness.cluster.clone();
    let removal =
        tokio::spawn(async move { cluster.remove_shard(1, ShutdownMode::Final, DEADLINE).await });
    assert_eq!(harness.next_event().await, (1, 2));
    assert_eq!(harness.next_event().await, (1, 3));
    assert_eq!(connections[1].left().await, Some(1000));
    while !removal.is_finished() {
        harness.take_present();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let removed = removal.await.unwrap().unwrap();
    assert!(removed.session.is_none());
    assert_eq!((removed.end, removed.buffered), (ShutdownEnd::Finished, 0));
}

#[tokio::test(start_paused = true)]
async fn items_that_are_buffered_at_the_deadline_of_a_final_removal_come_later() {
    let mut harness = harness(2).await;
    let mut connections = harness.start_ready().await;
    harness.take_until_ready().await;
    harness.take_until_ready().await;
    connections[1].events([2]).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let removal = harness
        .cluster
        .remove_shard(1, ShutdownMode::Final, Duration::from_secs(1));
    let removed = removal.await.unwrap();
    assert_eq!(removed.end, ShutdownEnd::Deadline);
    assert!(removed.buffered > 0);
    assert_eq!(harness.next_event().await, (1, 2));
}

#[tokio::test(start_paused = true)]
async fn stream_ends_with_the_last_shard() {
    let mut harness = harness(2).await;
    let _connections = harness.start_ready().await;
    for number in [0, 1] {
        let removal = harness
            .cluster
            .remove_shard(number, ShutdownMode::Resumable, DEADLINE);
        removal.await.unwrap();
    }
    harness.remaining().await;
    assert_eq!(harness.cluster.health().to_string(), "there are no shards");
    let added = harness.cluster.add_shard(ShardId::new(0, 2), None);
    assert_eq!(added.unwrap_err().kind(), ShardChangeErrorKind::ClusterDown);
}

#[tokio::test(start_paused = true)]
async fn shard_that_was_not_started_is_removed_at_once() {
    let harness = harness(2).await;
    let removal = harness
        .cluster
        .remove_shard(1, ShutdownMode::Resumable, DEADLINE);
    let removed = removal.await.unwrap();
    assert!(removed.session.is_none());
    assert_eq!(harness.cluster.shards().len(), 1);
    let again = harness
        .cluster
        .remove_shard(1, ShutdownMode::Final, DEADLINE);
    assert_eq!(
        again.await.unwrap_err().kind(),
        ShardChangeErrorKind::NotInCluster { id: 1 }
    );
}

#[tokio::test(start_paused = true)]
async fn shard_stays_in_the_cluster_until_its_removal_is_done() {
    let mut harness = harness(2).await;
    let _connections = harness.start_ready().await;
    harness.take_until_ready().await;
    harness.take_until_ready().await;
    let removal = harness
        .cluster
        .remove_shard(1, ShutdownMode::Resumable, DEADLINE);
    // The future is dropped while the shard closes.
    tokio::select! {
        biased;
        _ = removal => panic!("the shard closes"),
        () = std::future::ready(()) => {}
    }
    let duplicate = harness.cluster.add_shard(ShardId::new(1, 2), None);
    assert_eq!(
        duplicate.unwrap_err().kind(),
        ShardChangeErrorKind::DuplicateShard { number: 1 }
    );
    let again = harness
        .cluster
        .remove_shard(1, ShutdownMode::Resumable, DEADLINE);
    assert!(again.await.unwrap().session.is_some());
    assert_eq!(harness.cluster.shards().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn kept_session_stays_in_the_store_and_an_ended_one_does_not() {
    let store = TestStore::default();
    let mut harness = harness_with(3, |it| it.session_store(store.clone())).await;
    let mut connections = harness.start_ready().await;
    for _ in 0..3 {
        harness.take_until_ready().await;
    }
    connections[1].events([2]).await;
    assert_eq!(harness.next_event().await, (1, 2));
    let cluster = harness.cluster.clone();
    let removal = cluster.remove_shard(1, ShutdownMode::Resumable, DEADLINE);
    removal.await.unwrap();
    assert_eq!(store.sequences().await, [(0, 1), (1, 2), (2, 1)]);

    let removal = cluster.remove_shard(2, ShutdownMode::Final, DEADLINE);
    tokio::join!(async { removal.await.unwrap() }, async {
        assert_eq!(connections[2].left().await, Some(1000));
        harness.take_present();
    });
    assert_eq!(store.sequences().await, [(0, 1), (1, 2)]);
}

#[tokio::test(start_paused = true)]
async fn guilds_of_a_removed_shard_are_not_awaited() {
    let mut harness = harness(2).await;
    harness.cluster.up().await;
    let mut first = harness.gateways[0].greet().await;
    first.expect(2).await;
    first.send(&ready(SESSION, 1)).await;
    harness.take_until_ready().await;
    harness
        .take_until(|_, item| {
            let text = format!("{item:?}");
            text.contains("GuildsArrived").then_some(())
        })
        .await;
    let removal = harness
        .cluster
        .remove_shard(1, ShutdownMode::Resumable, DEADLINE);
    removal.await.unwrap();
    let guilds = harness
        .take_until(|_, item| match item {
            Item::Cluster(event) => Some(event.to_string()),
            _ => None,
        })
        .await;
    let text = "0 have arrived, 2 and all of 0 shards are missing";
    assert!(guilds.contains(text), "{guilds}");
}
