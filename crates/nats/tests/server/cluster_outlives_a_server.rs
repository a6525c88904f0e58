//! Three servers with three replicas: what the nodes share is there as long as two of the servers are.

use crate::harness::{TestedBot, answered, next, request};
use bytes::Bytes;
use gloaming_coordinator::{
    AcquireOutcome, CheckpointOutcome, Fence, LeaseChange, Leases, LoadOutcome, NodeStatus,
    RenewOutcome, Sessions, ShardCheckpoint,
    conformance::{self, SETTINGS},
};
use gloaming_nats::{NatsConfig, NatsCoordinator};
use gloaming_protocol::ShardId;
use gloaming_test_support::nats::NatsServer;
use std::{cell::Cell, time::Duration};
use tokio::time::{sleep, timeout};

/// Connects to a cluster that may still elect its leader.
async fn connect(servers: &[NatsServer], bot: &str) -> NatsCoordinator {
    let addresses: Vec<_> = servers.iter().map(NatsServer::address).collect();
    let config = NatsConfig::new(&addresses.join(","), bot).unwrap();
    let config = config.with_replicas(3);
    let connecting = async {
        loop {
            match NatsCoordinator::connect(&config, SETTINGS).await {
                Ok(engine) => break engine,
                Err(_) => sleep(Duration::from_millis(100)).await,
            }
        }
    };
    let connected = timeout(Duration::from_secs(120), connecting).await;
    connected.expect("the cluster has a leader")
}

#[tokio::test]
async fn engine_on_a_cluster_conforms() {
    let servers = NatsServer::start_cluster(3);
    let bots = Cell::new(0);
    conformance::check(async || {
        bots.set(bots.get() + 1);
        let name = format!("bot-{}", bots.get());
        let mut connections = Vec::new();
        for _ in 0..3 {
            connections.push(connect(&servers, &name).await);
        }
        TestedBot::of(connections)
    })
    .await;
}

#[tokio::test]
async fn leases_and_sessions_outlive_each_server() {
    let mut servers = NatsServer::start_cluster(3);
    let engine = connect(&servers, "bot").await;
    let mut watch = engine.watch().await.unwrap();
    next(&mut watch).await;
    for (index, server) in servers.iter_mut().enumerate() {
        let node = answered(async || engine.join(request("a")).await).await;
        let acquiring = async || {
            let acquiring = engine.acquire(ShardId::new(0, 16), node.clone(), Fence::NONE);
            acquiring.await
        };
        let AcquireOutcome::Granted(lease) = answered(acquiring).await else {
            panic!("the shard is free");
        };
        let checkpoint = ShardCheckpoint {
            shard: lease.shard,
            fence: lease.fence,
            body: Bytes::from(format!("body {index}")),
        };
        let store = async || engine.checkpoint(vec![checkpoint.clone()]).await;
        let stored = answered(store).await;
        assert_eq!(stored, [CheckpointOutcome::Stored]);

        server.kill();
        let renew = async || engine.renew(node.clone(), NodeStatus::Active).await;
        let renewed = answered(renew).await;
        let acquired = answered(async || {
            let acquiring = engine.acquire(lease.shard, node.clone(), Fence::NONE);
            acquiring.await
        })
        .await;
        match acquired {
            AcquireOutcome::Granted(again) => assert!(again.fence > lease.fence),
            // The election of leaders took longer than the lease lasts.
            AcquireOutcome::NodeEnded => {}
            AcquireOutcome::Held(other) => panic!("nobody else wants it: {other:?} {renewed:?}"),
        }
        let load = async || engine.load(lease.shard, lease.fence).await;
        let loaded = answered(load).await;
        assert_eq!(
            loaded,
            LoadOutcome::Stored(checkpoint),
            "after server {index}"
        );
        // The watch goes on, if not by changes then by a snapshot.
        loop {
            match next(&mut watch).await {
                LeaseChange::Acquired(seen) if seen.fence >= lease.fence => break,
                LeaseChange::Snapshot(view) if view.shards().any(|it| it.fence >= lease.fence) => {
                    break;
                }
                _ => {}
            }
        }
        server.resume();
        if renewed == RenewOutcome::Renewed {
            answered(async || engine.leave(node.clone()).await).await;
        }
    }
}
