//! Outages that all shards of a cluster have in common.

use crate::{
    gateway::{SESSION, resumed},
    harness::{Harness, harness},
};
use gloaming_cluster::Cluster;
use gloaming_emulator::{DEFAULT_TOKEN, Emulator, Selector};
use gloaming_protocol::Intents;
use gloaming_queue::UnlimitedQueue;
use gloaming_shard::{ConfigBuilder, Item, Lifecycle};
use std::time::Duration;
use tokio::{task::JoinSet, time::sleep};

const SHARDS: u32 = 64;

/// The longest time in which shards try again after an outage, which is that of the backoff, and some more.
const BACK: Duration = Duration::from_secs(150);

#[tokio::test(start_paused = true)]
async fn outage_of_ten_minutes_costs_no_session() {
    let mut harness = harness(SHARDS).await;
    let connections = harness.start_ready().await;
    for _ in 0..SHARDS {
        harness.take_until_ready().await;
    }
    let Harness {
        mut items,
        gateways,
        cluster,
        ..
    } = harness;
    let consumer = tokio::spawn(async move {
        let mut resumed = 0;
        while resumed < SHARDS {
            match items.next().await {
                Some((_, Item::Lifecycle(Lifecycle::Resumed { .. }))) => resumed += 1,
                Some((shard, Item::Lifecycle(Lifecycle::Gap { .. }))) => panic!("{shard}"),
                Some(_) => {}
                None => panic!("the shards have stopped"),
            }
        }
        items
    });
    // The connections end, and for ten minutes none is accepted.
    for connection in &connections {
        connection.close(4000).await;
    }
    drop(connections);
    let mut servers = JoinSet::new();
    for mut gateway in gateways {
        servers.spawn(async move {
            let outage = sleep(Duration::from_secs(600));
            tokio::pin!(outage);
            loop {
                tokio::select! {
                    biased;
                    () = &mut outage => break,
                    // Dropped, so that the attempt fails.
                    attempt = gateway.attempt() => drop(attempt),
                }
            }
            let mut connection = gateway.greet().await;
            let resume = connection.expect(6).await;
            assert_eq!(resume["session_id"], SESSION);
            connection.send(&resumed(2)).await;
            (gateway, connection)
        });
    }
    let mut servers_up = Vec::new();
    while let Some(server) = servers.join_next().await {
        servers_up.push(server.expect("each shard resumes"));
    }
    let items = consumer.await.expect("each shard has resumed");
    let sessions = cluster.acknowledged_sessions();
    assert_eq!(sessions.len(), SHARDS as usize);
    assert!(sessions.values().all(|session| session.id() == SESSION));
    drop((items, servers_up));
}

/// On 1 September 2026, the hosts that READY named answered with 503 for hours, while the main host was well.
#[tokio::test]
async fn dead_resume_hosts_cost_no_session() {
    let emulator = Emulator::builder()
        .shards(SHARDS)
        .guilds(SHARDS)
        .max_concurrency(SHARDS)
        .start()
        .await
        .expect("the emulator starts");
    let config = ConfigBuilder::new(DEFAULT_TOKEN.to_owned(), Intents::GUILDS)
        .gateway_url(emulator.url())
        .api_url(emulator.rest_url())
        .queue(UnlimitedQueue)
        .build();
    let (cluster, mut events) = Cluster::builder(DEFAULT_TOKEN.to_owned(), Intents::GUILDS)
        .config(config)
        .build()
        .await
        .expect("the emulator recommends shards");
    cluster.up().await;
    tokio::spawn(async move { while events.next().await.is_some() {} });
    let all = u64::from(SHARDS);
    emulator
        .within(BACK, |stats| stats.sessions_connected == all)
        .await
        .expect("all shards are connected");

    emulator.refuse_resume_host(503);
    emulator.drop_connections(Selector::All);
    let stats = emulator
        .within(BACK, |stats| stats.sessions_resumed == all)
        .await
        .expect("all shards resume on the main host");
    assert_eq!((stats.identifies, stats.sessions_connected), (all, all));
    assert_eq!(stats.sessions_ended, 0);
    assert!(emulator.violations().is_empty());
    cluster.down();
}
