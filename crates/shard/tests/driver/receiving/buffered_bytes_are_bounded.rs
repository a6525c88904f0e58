//! What the buffers of shards hold is bounded in bytes, for each of them and for all together.

use crate::harness::gateway::{Connection, Gateway, start, start_with};
use futures_util::{FutureExt as _, StreamExt as _};
use gloaming_shard::{
    EventTypeFlags, Item, Shard, ShardItems,
    supervision::{ByteBudget, ShardMonitor, item_channel_within},
};
use std::time::Duration;
use tokio::time::sleep;

/// The bytes of each event's text.
const TEXT: usize = 100_000;

/// The number of events that each gateway sends. The transport in memory has room for them.
const EVENTS: u64 = 12;

/// A large event without a type, whose text the item keeps.
fn large(sequence: u64) -> String {
    let text = "x".repeat(TEXT);
    format!(r#"{{"t":"NOT_DOCUMENTED","s":{sequence},"op":0,"d":"{text}"}}"#)
}

struct Running {
    items: ShardItems,
    monitor: ShardMonitor,
    connection: Connection,
    _gateway: Gateway,
}

/// Starts a shard.
async fn running(budgets: [ByteBudget; 2]) -> Running {
    let (shard, mut gateway) = start();
    let (item_sender, items) = item_channel_within(64, budgets);
    let monitor = item_sender.monitor();
    tokio::spawn(async move { item_sender.run(shard, EventTypeFlags::all()).await });
    let connection = gateway.begin().await;
    Running {
        items,
        monitor,
        connection,
        _gateway: gateway,
    }
}

impl Running {
    /// Sends more than the budgets have room for.
    async fn send_all(&mut self) {
        for sequence in 2..2 + EVENTS {
            self.connection.send(&large(sequence)).await;
        }
        // In paused time, until nothing happens any more.
        sleep(Duration::from_secs(1)).await;
    }

    /// Takes items until all large events have arrived.
    async fn take_all(&mut self) {
        let mut taken = 0;
        while taken < EVENTS {
            match self.items.next().await.unwrap() {
                Item::Unknown(event) => {
                    assert!(event.payload().text().len() > TEXT);
                    taken += 1;
                }
                Item::Failure(error) => panic!("{error}"),
                _ => {}
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn shard_does_not_read_beyond_its_budget_and_loses_nothing() {
    let (own, all) = (ByteBudget::new(5 * TEXT), ByteBudget::new(1 << 30));
    let mut shard = running([own.clone(), all.clone()]).await;
    shard.send_all().await;
    assert!(!shard.monitor.is_reading());
    assert_eq!(own.held(), all.held());
    let most = own.limit() + 3 * TEXT;
    assert!((own.limit()..most).contains(&own.held()), "{}", own.held());
    let buffered = shard.monitor.buffered_items();
    assert!(buffered < EVENTS, "{buffered}");
    // Heartbeats go on.
    let actions = shard.connection.attend(Duration::from_secs(120)).await;
    assert!(actions.is_empty(), "{actions:?}");
    assert!(shard.connection.heartbeats.len() >= 2);

    shard.take_all().await;
    sleep(Duration::from_secs(1)).await;
    // Lifecycle.
    while shard.items.next().now_or_never().is_some() {}
    assert!(shard.monitor.is_reading());
    assert_eq!(shard.monitor.buffered_items(), 0);
    assert_eq!((own.held(), all.held()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn shards_that_share_a_budget_do_not_read_beyond_it() {
    let all = ByteBudget::new(5 * TEXT);
    let mut shards = Vec::new();
    for _ in 0..3 {
        shards.push(running([ByteBudget::new(1 << 30), all.clone()]).await);
    }
    for shard in &mut shards {
        shard.send_all().await;
    }
    let most = all.limit() + 3 * 3 * TEXT;
    assert!((all.limit()..most).contains(&all.held()), "{}", all.held());
    for shard in &shards {
        assert!(!shard.monitor.is_reading());
    }
    for shard in &mut shards {
        shard.take_all().await;
    }
    // Each takes what the others left room for.
    drop(shards);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(all.held(), 0, "a dropped buffer holds nothing");
}

#[tokio::test(start_paused = true)]
async fn shard_that_runs_after_one_that_ended_while_it_waited_for_room_reads() {
    let (item_sender, mut items) = item_channel_within(64, [ByteBudget::new(5 * TEXT)]);
    let monitor = item_sender.monitor();
    let run = |shard: Shard| {
        let item_sender = item_sender.clone();
        tokio::spawn(async move { item_sender.run(shard, EventTypeFlags::all()).await })
    };
    let (shard, mut gateway) = start_with(|config| config.read_ahead(0));
    let task = run(shard);
    let mut connection = gateway.begin().await;
    for sequence in 2..2 + EVENTS {
        connection.send(&large(sequence)).await;
    }
    sleep(Duration::from_secs(1)).await;
    assert!(!monitor.is_reading());
    task.abort();
    sleep(Duration::from_secs(1)).await;
    while items.next().now_or_never().is_some() {}

    let (shard, mut gateway) = start();
    let _task = run(shard);
    let _connection = gateway.begin().await;
    sleep(Duration::from_secs(1)).await;
    assert!(monitor.is_reading());
}
