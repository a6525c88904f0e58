use crate::{
    gateway::{SESSION, TOKEN, in_time, listen, ready},
    harness::TestStore,
};
use futures_util::FutureExt as _;
use gloaming_cluster::{
    Checkpoint, Cluster, ClusterBuilder, Items, ShardChangeErrorKind, ShutdownMode, UnhandledLoss,
    reshard::{ReshardErrorKind, ReshardSettings},
};
use gloaming_protocol::{Compression, Event, Intents, ShardId};
use gloaming_queue::UnlimitedQueue;
use gloaming_shard::{Item, Lifecycle, Session, Shard, ShardRuntime, machine::GapCause};
use std::{num::NonZeroU32, time::Duration};

const FOUR: NonZeroU32 = NonZeroU32::new(4).unwrap();
const DEADLINE: Duration = Duration::from_secs(5);

const fn id(number: u32) -> ShardId {
    ShardId::new(number, 4)
}

fn session(sequence: u64) -> Session {
    Session::new(sequence, SESSION.to_owned())
}

/// An empty cluster, whose shards all connect to one gateway.
async fn empty(
    change: impl FnOnce(ClusterBuilder) -> ClusterBuilder,
) -> (Cluster, Items, gloaming_test_support::gateway::Gateway) {
    let (connector, gateway) = listen();
    let builder = Cluster::builder(TOKEN.to_owned(), Intents::GUILDS)
        .queue(UnlimitedQueue)
        .shard_runtime(ShardRuntime::current())
        .per_shard_config(move |_, config| {
            config
                .compression(Compression::None)
                .connector(connector.clone())
                .build()
        });
    let (cluster, events) = change(builder).build_empty(FOUR).await.unwrap();
    cluster.up().await;
    (cluster, events.into_items(), gateway)
}

async fn take_until_ready(items: &mut Items) {
    loop {
        let (_, item) = in_time("an item", items.next()).await.expect("no end");
        if matches!(item, Item::Event(Event::Ready(_))) {
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn stream_waits_for_shards_and_ends_with_the_cluster() {
    let (cluster, mut items, mut gateway) = empty(|builder| builder).await;
    assert!(items.next().now_or_never().is_none());
    for _ in 0..2 {
        cluster.add_shard(id(2), None).unwrap();
        let mut connection = gateway.greet().await;
        connection.expect(2).await;
        connection.send(&ready(SESSION, 1)).await;
        take_until_ready(&mut items).await;
        let removal = cluster.remove_shard(2, ShutdownMode::Resumable, DEADLINE);
        let removed = removal.await.unwrap();
        assert!(removed.session.is_some());
        while let Some(item) = items.next().now_or_never() {
            item.expect("the stream goes on without shards");
        }
    }
    assert!(!cluster.is_down());
    cluster.down();
    assert!(cluster.is_down());
    assert!(in_time("the end", items.next()).await.is_none());
    let error = cluster.add_shard(id(1), None).unwrap_err();
    assert_eq!(error.kind(), ShardChangeErrorKind::ClusterDown);
}

#[tokio::test(start_paused = true)]
async fn shards_of_another_total_are_refused_and_the_number_stays() {
    let (cluster, items, _gateway) = empty(|builder| builder).await;
    let error = cluster.add_shard(ShardId::new(0, 8), None).unwrap_err();
    let expected = ShardChangeErrorKind::WrongTotal {
        total: 8,
        expected: 4,
    };
    assert_eq!(error.kind(), expected);
    let error = cluster.reshard(8, ReshardSettings::default()).await;
    assert_eq!(error.unwrap_err().kind(), ReshardErrorKind::ShardsMissing);
    drop(items);
    assert!(cluster.is_down());
}

#[tokio::test(start_paused = true)]
async fn stream_ends_if_discord_refuses_the_bot() {
    let (cluster, mut items, mut gateway) = empty(|builder| builder).await;
    cluster.add_shard(id(0), None).unwrap();
    let mut connection = gateway.greet().await;
    connection.expect(2).await;
    connection.close(4004).await;
    while in_time("the end", items.next()).await.is_some() {}
    assert!(cluster.is_down());
}

#[tokio::test(start_paused = true)]
async fn restored_shard_has_the_state_and_reports_what_was_not_handled() {
    let loss = UnhandledLoss::new("lost", 4, 6, NonZeroU32::MIN);
    let store = TestStore::default();
    let (cluster, mut items, mut gateway) = empty(|builder| builder.session_store(store)).await;
    let stored = Checkpoint::new(id(3), session(7)).with_state("cache");
    let stored = stored.with_unhandled_loss(loss);
    let config = cluster.shard_config(id(3), stored.session().cloned());
    let shard = Shard::with_config(id(3), config.unwrap());
    cluster.add_restored_shard(shard, &stored).unwrap();
    gateway.resuming(7).await;
    assert_eq!(cluster.restored(3).unwrap(), "cache");
    let (_, item) = in_time("an item", items.next()).await.unwrap();
    let Item::Lifecycle(Lifecycle::Gap { cause, .. }) = item else {
        panic!("the first item is {item:?}");
    };
    assert!(matches!(cause, GapCause::NotHandled { .. }), "{cause:?}");
}
