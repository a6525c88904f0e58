use super::{
    running_cluster_switches_in_place::settings,
    scripted::{Server, until_arrived},
};
use crate::harness::emulator::{self, in_time};
use gloaming_cluster::{
    Cluster, Items,
    reshard::{IdentifyBudget, ReshardErrorKind, ReshardSettings},
};
use gloaming_protocol::{EventTypeFlags, Intents, ShardId};
use gloaming_shard::{Config, GatewayInfoPolicy, Shard};
use std::time::Duration;

async fn running(server: &Server) -> (Cluster, Items) {
    let (cluster, events) = server.builder(2).build().await.unwrap();
    let mut items = events.into_items();
    cluster.up().await;
    until_arrived(&mut items).await;
    (cluster, items)
}

async fn refusal(cluster: &Cluster, total: u32, settings: ReshardSettings) -> ReshardErrorKind {
    let error = cluster.reshard(total, settings).await.unwrap_err();
    assert_eq!(cluster.resharding(), None);
    error.kind()
}

#[tokio::test(start_paused = true)]
async fn numbers_and_budgets_are_checked_before_the_first_identify() {
    let server = Server::default();
    let (cluster, _items) = running(&server).await;
    for total in [0, 2] {
        let kind = refusal(&cluster, total, settings()).await;
        assert_eq!(kind, ReshardErrorKind::InvalidTotal { total });
    }
    let scarce = ReshardSettings {
        budget: settings().budget.map(|budget| IdentifyBudget {
            remaining: 12,
            ..budget
        }),
        ..settings()
    };
    assert!(matches!(
        refusal(&cluster, 3, scarce).await,
        ReshardErrorKind::SessionStarts {
            needed: 3,
            available: 2,
            ..
        }
    ));
    assert_eq!(server.identifies(3), 0);
}

#[tokio::test(start_paused = true)]
async fn cluster_that_starts_or_is_down_does_not_switch() {
    let server = Server::default();
    let (cluster, _events) = server.builder(2).build().await.unwrap();
    let kind = refusal(&cluster, 3, settings()).await;
    assert_eq!(kind, ReshardErrorKind::Starting);

    let (cluster, items) = running(&server).await;
    drop(items);
    let kind = refusal(&cluster, 3, settings()).await;
    assert_eq!(kind, ReshardErrorKind::ClusterDown);
    cluster.down();
    let kind = refusal(&cluster, 3, settings()).await;
    assert_eq!(kind, ReshardErrorKind::ClusterDown);
}

#[tokio::test(start_paused = true)]
async fn stopped_shard_has_to_be_started_first() {
    let server = Server::default();
    let (cluster, _items) = running(&server).await;
    cluster.shard(1).unwrap().stop();
    let kind = refusal(&cluster, 3, settings()).await;
    assert_eq!(kind, ReshardErrorKind::ShardStopped { shard: 1 });
}

#[tokio::test(start_paused = true)]
async fn second_switch_waits_for_the_first() {
    let server = Server::default();
    let (cluster, _items) = running(&server).await;
    let first = cluster.reshard(3, settings());
    let second = cluster.reshard(5, settings());
    tokio::select! {
        biased;
        _ = first => panic!("nobody drives it"),
        error = second => assert_eq!(error.unwrap_err().kind(), ReshardErrorKind::InProgress),
    }
}

#[tokio::test(start_paused = true)]
async fn ready_made_shards_have_no_configuration_for_others() {
    let config = Config::new("token".to_owned(), Intents::GUILDS);
    let shard = Shard::with_config(ShardId::ONE, config);
    let (cluster, _items) = Cluster::start([shard], EventTypeFlags::all(), 8).unwrap();
    let kind = refusal(&cluster, 3, settings()).await;
    assert_eq!(kind, ReshardErrorKind::NoConfiguration);
}

#[tokio::test]
async fn session_starts_that_are_left_are_requested() {
    let emulator = emulator::emulator(2, |it| it).await;
    let (cluster, events) = emulator::builder(&emulator, 2)
        .api_url(emulator.rest_url())
        .build()
        .await
        .unwrap();
    let mut items = events.into_items();
    cluster.up().await;
    in_time("the guilds arrive", until_arrived(&mut items)).await;
    assert_eq!(emulator.stats().rest_requests, 0);
    let scarce = ReshardSettings {
        reserve: Some(u32::MAX),
        ..ReshardSettings::default()
    };
    let kind = in_time("the limits", refusal(&cluster, 3, scarce)).await;
    assert!(
        matches!(
            kind,
            ReshardErrorKind::SessionStarts {
                needed: 3,
                available: 0,
                ..
            }
        ),
        "{kind:?}"
    );
    assert_eq!(emulator.stats().rest_requests, 1);
}

#[tokio::test]
async fn limits_that_discord_does_not_return_are_an_error() {
    let emulator = emulator::emulator(2, |it| it).await;
    let mut policy = GatewayInfoPolicy::default();
    policy.deadline = Duration::from_millis(10);
    let (cluster, events) = emulator::builder(&emulator, 2)
        // Nothing listens there.
        .api_url("http://127.0.0.1:1")
        .gateway_info(policy)
        .build()
        .await
        .unwrap();
    let mut items = events.into_items();
    cluster.up().await;
    in_time("the guilds arrive", until_arrived(&mut items)).await;
    let reshard = cluster.reshard(3, ReshardSettings::default());
    let error = in_time("the error", reshard).await.unwrap_err();
    assert_eq!(error.kind(), ReshardErrorKind::GatewayInfo);
    let text = error.to_string();
    assert!(
        text.starts_with("failed to ask for the session starts that are left"),
        "{text}"
    );
    assert_eq!(cluster.resharding(), None);
}
