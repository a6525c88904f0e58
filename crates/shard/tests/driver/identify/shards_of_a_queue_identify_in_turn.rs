//! Shards that share a queue identify one after the other (P11); shards that resume do not wait.

use crate::harness::{
    consumer::{Consumer, ReceiveMethod, consume},
    gateway::{Connection, Gateway, TOKEN, listen},
};
use gloaming_queue::{IDENTIFY_SPACING, InMemoryQueue};
use gloaming_shard::{Compression, ConfigBuilder, Intents, Shard, ShardId};
use std::{num::NonZeroU16, time::Duration};
use tokio::time::Instant;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

struct Fleet {
    gateway: Gateway,
    _watches: Vec<Consumer>,
}

fn start(shards: u32, max_concurrency: u16) -> Fleet {
    let (connector, gateway) = listen();
    let concurrency = NonZeroU16::new(max_concurrency).unwrap();
    let config = ConfigBuilder::new(TOKEN.to_owned(), Intents::GUILDS)
        .compression(Compression::None)
        .connector(connector)
        .queue(InMemoryQueue::new(concurrency, 1_000, DAY, 1_000))
        .build();
    let watches = (0..shards)
        .map(|shard| {
            let id = ShardId::new(shard, shards);
            consume(
                Shard::with_config(id, config.clone()),
                ReceiveMethod::Events,
            )
        })
        .collect();
    Fleet {
        gateway,
        _watches: watches,
    }
}

/// Returns the time of each shard's IDENTIFY, by shard number.
#[expect(clippy::disallowed_methods, reason = "tests read the paused clock")]
async fn identifies(fleet: &mut Fleet, shards: u32) -> (Vec<Duration>, Vec<Connection>) {
    let started = Instant::now();
    let mut connections = Vec::new();
    for _ in 0..shards {
        connections.push(fleet.gateway.greet().await);
    }
    let identified = connections.into_iter().map(|mut connection| async move {
        let identify = connection.expect(2).await;
        let shard = identify["shard"][0].as_u64().unwrap();
        (shard, started.elapsed(), connection)
    });
    let mut identified = futures_util::future::join_all(identified).await;
    identified.sort_by_key(|(shard, ..)| *shard);
    identified
        .into_iter()
        .map(|(_, at, connection)| (at, connection))
        .unzip()
}

#[tokio::test(start_paused = true)]
async fn shards_identify_five_seconds_apart() {
    let mut fleet = start(6, 1);
    let (times, _connections) = identifies(&mut fleet, 6).await;
    for (shard, at) in (0..).zip(times) {
        let due = IDENTIFY_SPACING * shard;
        assert!(
            (due..due + Duration::from_millis(50)).contains(&at),
            "{shard}: {at:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn max_concurrency_shards_identify_together() {
    let mut fleet = start(32, 16);
    let (times, _connections) = identifies(&mut fleet, 32).await;
    for (shard, at) in (0..).zip(times) {
        let due = IDENTIFY_SPACING * (shard / 16);
        assert!(
            (due..due + Duration::from_millis(50)).contains(&at),
            "{shard}: {at:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "tests read the paused clock")]
async fn shards_resume_at_once() {
    let mut fleet = start(6, 1);
    let (_, connections) = identifies(&mut fleet, 6).await;
    for mut connection in connections {
        connection
            .send(&crate::harness::gateway::ready(
                crate::harness::gateway::SESSION,
                1,
            ))
            .await;
        // The reply shows that the shard has read everything up to the request after READY.
        connection
            .send(r#"{"t":null,"s":null,"op":1,"d":null}"#)
            .await;
        connection.next_with_heartbeats().await;
    }
    let dropped = Instant::now();
    for _ in 0..6 {
        fleet.gateway.resuming(1).await;
    }
    assert!(dropped.elapsed() < Duration::from_secs(1));
}
