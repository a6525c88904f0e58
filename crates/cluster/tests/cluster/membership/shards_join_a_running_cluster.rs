use crate::{
    gateway::{Action, SESSION, TOKEN, in_time, ready},
    harness::{Harness, TestStore, harness_with},
};
use gloaming_cluster::{
    Cluster, ClusterBuilder, ExitReason, Health, ShardChangeErrorKind, ShardScheme, StartOutcome,
};
use gloaming_protocol::{
    EventTypeFlags, Intents, RequestSoundboardSounds, ShardId, UpdatePresencePayload,
};
use gloaming_shard::{CommandOutcome, Config, Item, Session, Shard, ShardState};
use std::time::Duration;
use twilight_model::{
    gateway::presence::{ActivityType, MinimalActivity, Status},
    id::Id,
};

/// Gateways for four shards, of which the cluster runs the first `shards`.
async fn part(shards: u32, change: impl FnOnce(ClusterBuilder) -> ClusterBuilder) -> Harness {
    let scheme = ShardScheme::try_from((0..shards, 4)).unwrap();
    harness_with(4, |builder| change(builder.shard_scheme(scheme))).await
}

const fn id(number: u32) -> ShardId {
    ShardId::new(number, 4)
}

fn session(sequence: u64) -> Session {
    Session::new(sequence, SESSION.to_owned())
}

/// Lets the shards that the cluster was built with become ready.
async fn start(harness: &mut Harness, shards: usize) -> Vec<crate::gateway::Connection> {
    harness.cluster.up().await;
    let mut connections = Vec::new();
    for gateway in &mut harness.gateways[..shards] {
        connections.push(gateway.begin().await);
    }
    for _ in 0..shards {
        harness.take_until_ready().await;
    }
    connections
}

fn kind(error: gloaming_cluster::ShardChangeError) -> ShardChangeErrorKind {
    error.kind()
}

#[tokio::test(start_paused = true)]
async fn added_shard_joins_the_stream_that_waits() {
    let mut harness = part(2, |it| it).await;
    let mut connections = start(&mut harness, 2).await;
    harness.take_present();
    let cluster = harness.cluster.clone();
    let mut gateway = harness.gateways.remove(3);
    let adding = async move {
        // Meanwhile, the stream waits for the next item.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let shard = cluster.add_shard(id(3), None).unwrap();
        assert_eq!(shard.id(), id(3));
        let mut connection = gateway.begin().await;
        connection.events([2]).await;
        connection
    };
    let (_added, event) = tokio::join!(adding, harness.next_event());
    assert_eq!(event, (3, 2));
    connections[0].events([2]).await;
    assert_eq!(harness.next_event().await, (0, 2));

    let numbers: Vec<u32> = harness
        .cluster
        .shards()
        .map(|it| it.id().number())
        .collect();
    assert_eq!(numbers, [0, 1, 3]);
    let info = harness.cluster.info();
    assert_eq!(info[&3].health(), Health::Up);
    assert_eq!(harness.cluster.health().up(), 3);
    let sessions = harness.cluster.acknowledged_sessions();
    assert!(sessions.contains_key(&3), "{sessions:?}");
}

#[tokio::test(start_paused = true)]
async fn added_shard_resumes_the_session_that_it_is_given() {
    let mut harness = part(1, |it| it).await;
    let _connections = start(&mut harness, 1).await;
    harness.cluster.add_shard(id(2), Some(session(7))).unwrap();
    let mut connection = harness.gateways[2].resuming(7).await;
    connection.events([8]).await;
    assert_eq!(harness.next_event().await, (2, 8));
}

#[tokio::test(start_paused = true)]
async fn added_shard_is_made_as_the_builder_says() {
    let status = |shard: ShardId| match shard.number() {
        3 => Status::Idle,
        _ => Status::Online,
    };
    let mut harness = part(1, |it| {
        it.shard_presence(move |shard| {
            let activity = MinimalActivity {
                kind: ActivityType::Playing,
                name: "a game".to_owned(),
                url: None,
            };
            UpdatePresencePayload::new([activity.into()], false, None, status(shard)).ok()
        })
    })
    .await;
    let _connections = start(&mut harness, 1).await;
    harness.cluster.add_shard(id(3), None).unwrap();
    let mut connection = harness.gateways[3].greet().await;
    let identify = connection.expect(2).await;
    assert_eq!(identify["presence"]["status"], "idle");
    assert_eq!(identify["shard"], serde_json::json!([3, 4]));
}

#[tokio::test(start_paused = true)]
async fn added_shard_shares_the_identify_gate() {
    let mut harness = part(1, |it| it).await;
    let _connections = start(&mut harness, 1).await;
    harness.cluster.pause_identifying();
    let shard = harness.cluster.add_shard(id(1), None).unwrap();
    let mut connection = harness.gateways[1].greet().await;
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(shard.state(), ShardState::Identifying);
    while let Some(action) = connection.next_now() {
        assert!(matches!(action, Action::Sent { op: 1, .. }), "{action:?}");
    }
    harness.cluster.resume_identifying();
    connection.expect(2).await;
}

#[tokio::test(start_paused = true)]
async fn shard_that_is_added_before_the_start_starts_with_the_others() {
    let mut harness = part(1, |it| it).await;
    let shard = harness.cluster.add_shard(id(1), None).unwrap();
    assert!(harness.gateways[1].attempt_now().is_none());
    assert_eq!(harness.cluster.up().await, StartOutcome::Started);
    assert_eq!(shard.start(), StartOutcome::AlreadyStarted);
    for number in [0, 1] {
        let _connection = harness.gateways[number].begin().await;
        harness.take_until_ready().await;
    }
}

#[tokio::test(start_paused = true)]
async fn commands_to_all_reach_an_added_shard() {
    let mut harness = part(1, |it| it).await;
    let mut connections = start(&mut harness, 1).await;
    harness.cluster.add_shard(id(1), None).unwrap();
    connections.push(harness.gateways[1].begin().await);
    harness.take_until_ready().await;
    let command = RequestSoundboardSounds::new([Id::new(1)]).unwrap();
    let outcomes = harness.cluster.submit_command_to_all(&command);
    let outcomes = outcomes.await.unwrap();
    let sent = [0, 1].map(|number| (id(number), CommandOutcome::Sent));
    assert_eq!(outcomes, sent);
}

#[tokio::test(start_paused = true)]
async fn guilds_of_an_added_shard_are_awaited() {
    let mut harness = part(1, |it| it).await;
    harness.cluster.up().await;
    let mut first = harness.gateways[0].greet().await;
    first.expect(2).await;
    harness.cluster.add_shard(id(1), None).unwrap();
    first.send(&ready(SESSION, 1)).await;
    let mut second = harness.gateways[1].greet().await;
    second.expect(2).await;
    harness.take_until_ready().await;
    second.send(&ready("other", 1)).await;
    let guilds = harness
        .take_until(|_, item| match item {
            Item::Cluster(event) => Some(event.to_string()),
            _ => None,
        })
        .await;
    // Two guilds of each shard, which this gateway never sends.
    let text = "0 have arrived, 4 and all of 0 shards are missing";
    assert!(guilds.contains(text), "{guilds}");
}

#[tokio::test(start_paused = true)]
async fn refusal_of_the_bot_stops_an_added_shard() {
    let mut harness = part(1, |it| it).await;
    harness.cluster.up().await;
    let mut first = harness.gateways[0].greet().await;
    first.expect(2).await;
    harness.cluster.pause_identifying();
    let shard = harness.cluster.add_shard(id(1), None).unwrap();
    let _second = harness.gateways[1].greet().await;
    first.close(4014).await;
    harness.remaining().await;
    let health = shard.info().unwrap().health();
    assert_eq!(health, Health::Exited(ExitReason::PeerRefused));
}

#[tokio::test(start_paused = true)]
async fn checkpoints_of_an_added_shard_are_saved() {
    let store = TestStore::default();
    let mut harness = part(1, |it| it.session_store(store.clone())).await;
    let _connections = start(&mut harness, 1).await;
    harness.cluster.add_shard(id(3), None).unwrap();
    let mut connection = harness.gateways[3].begin().await;
    connection.events([2, 3]).await;
    harness.next_event().await;
    harness.next_event().await;
    harness.take_present();
    store.wait_for(&[(0, 1), (3, 3)]).await;
}

#[tokio::test(start_paused = true)]
async fn shards_that_do_not_fit_are_refused() {
    let mut harness = part(2, |it| it).await;
    let _connections = start(&mut harness, 2).await;
    let cluster = &harness.cluster;
    assert_eq!(
        cluster.add_shard(id(1), None).map_err(kind).map(drop),
        Err(ShardChangeErrorKind::DuplicateShard { number: 1 })
    );
    assert_eq!(
        cluster
            .add_shard(ShardId::new(5, 8), None)
            .map_err(kind)
            .map(drop),
        Err(ShardChangeErrorKind::WrongTotal {
            total: 8,
            expected: 4
        })
    );
    assert_eq!(cluster.shards().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn cluster_that_is_down_takes_no_shard() {
    let down = Err(ShardChangeErrorKind::ClusterDown);
    let mut harness = part(1, |it| it).await;
    let _connections = start(&mut harness, 1).await;
    harness.cluster.down();
    let added = harness.cluster.add_shard(id(1), None);
    assert_eq!(added.map_err(kind).map(drop), down);
    harness.remaining().await;

    let mut ended = part(1, |it| it).await;
    let _connections = start(&mut ended, 1).await;
    ended.cluster.shard(0).unwrap().shutdown();
    ended.remaining().await;
    let added = ended.cluster.add_shard(id(1), None);
    assert_eq!(added.map_err(kind).map(drop), down);

    let dropped = part(1, |it| it).await;
    drop(dropped.items);
    let added = dropped.cluster.add_shard(id(1), None);
    assert_eq!(added.map_err(kind).map(drop), down);
}

#[tokio::test(start_paused = true)]
async fn cluster_of_ready_made_shards_takes_ready_made_ones() {
    let (connector, mut gateway) = crate::gateway::listen();
    let config = gloaming_shard::ConfigBuilder::new(TOKEN.to_owned(), Intents::GUILDS)
        .queue(gloaming_queue::UnlimitedQueue)
        .compression(gloaming_protocol::Compression::None)
        .connector(connector)
        .build();
    let shard = |number, config: &Config| Shard::with_config(id(number), config.clone());
    let events = EventTypeFlags::all();
    let (cluster, mut items) = Cluster::start([shard(0, &config)], events, 8).unwrap();
    let _first = gateway.begin().await;
    assert_eq!(
        cluster.add_shard(id(1), None).map_err(kind).map(drop),
        Err(ShardChangeErrorKind::NoConfiguration)
    );
    cluster.add_ready_shard(shard(1, &config)).unwrap();
    let mut second = gateway.begin().await;
    second.events([2]).await;
    let found = in_time("the event", async {
        loop {
            let (shard, item) = items.next().await.expect("the stream has not ended");
            if crate::harness::sequence(&item) == Some(2) {
                return shard;
            }
        }
    });
    assert_eq!(found.await, id(1));
}
