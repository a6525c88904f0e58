use crate::{
    gateway::{Connection, ready},
    harness::{Harness, harness},
};
use gloaming_cluster::ClusterCommandErrorKind;
use gloaming_protocol::{Command, RequestSoundboardSounds};
use gloaming_shard::CommandOutcome;
use twilight_model::{
    gateway::{
        payload::outgoing::{RequestGuildMembers, UpdatePresence},
        presence::{Activity, ActivityType, MinimalActivity, Status},
    },
    id::{Id, marker::GuildMarker},
};

/// A guild of the shard with this number.
fn guild(shard: u64) -> Id<GuildMarker> {
    Id::new((shard << 22) + 5)
}

fn request() -> RequestSoundboardSounds {
    RequestSoundboardSounds::new([Id::new(7)]).expect("one guild is within the limit")
}

fn presence(name: &str) -> UpdatePresence {
    let activity = Activity::from(MinimalActivity {
        kind: ActivityType::Playing,
        name: name.to_owned(),
        url: None,
    });
    UpdatePresence::new([activity], false, None, Status::Online).expect("there is an activity")
}

async fn ready_harness(shards: u32) -> (Harness, Vec<Connection>) {
    let mut harness = harness(shards).await;
    let connections = harness.start_ready().await;
    for _ in 0..shards {
        harness.take_until_ready().await;
    }
    (harness, connections)
}

async fn submit(
    harness: &Harness,
    guild: Id<GuildMarker>,
    command: &impl Command,
) -> CommandOutcome {
    harness
        .cluster
        .submit_command(guild, command)
        .await
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn command_of_a_guild_is_sent_by_its_shard() {
    let (harness, mut connections) = ready_harness(3).await;
    for shard in [2, 0, 1, 5] {
        let outcome = submit(&harness, guild(shard), &request()).await;
        assert_eq!(outcome, CommandOutcome::Sent);
        connections[shard as usize % 3].expect(31).await;
    }
    let members = RequestGuildMembers::builder(guild(1)).query("a", None);
    let pending = harness.cluster.request_members(members).unwrap();
    let sent = connections[1].expect(8).await;
    assert_eq!(sent["guild_id"], guild(1).to_string());
    drop(pending);
}

#[tokio::test(start_paused = true)]
async fn oversized_command_is_too_large() {
    let (harness, _connections) = ready_harness(1).await;
    let long = presence(&"x".repeat(5_000));
    let outcome = harness.cluster.submit_command(0, &long).await.unwrap();
    assert_eq!(outcome, CommandOutcome::TooLarge);
}

#[tokio::test(start_paused = true)]
async fn command_of_an_unknown_shard_is_an_error() {
    let (harness, _connections) = ready_harness(1).await;
    let error = harness.cluster.submit_command(9, &request()).await;
    let kind = ClusterCommandErrorKind::ShardNonexistent { id: 9 };
    assert_eq!(error.unwrap_err().kind(), kind);
}

#[tokio::test(start_paused = true)]
async fn command_for_a_lost_session_is_not_sent_in_the_next() {
    let (harness, mut connections) = ready_harness(1).await;
    // A shard without a connection keeps its commands.
    connections[0].close(4000).await;
    connections.clear();
    let cluster = harness.cluster.clone();
    let submitted =
        tokio::spawn(async move { cluster.submit_command(0, &request()).await.unwrap() });
    let Harness {
        mut gateways,
        mut items,
        cluster,
        ..
    } = harness;
    let taking = tokio::spawn(async move { while items.next().await.is_some() {} });
    let mut connection = gateways[0].resuming(1).await;
    connection
        .send(r#"{"op":9,"d":false,"s":null,"t":null}"#)
        .await;
    connection.left().await;
    let mut connection = gateways[0].greet().await;
    connection.expect(2).await;
    connection.send(&ready("new", 1)).await;
    assert_eq!(submitted.await.unwrap(), CommandOutcome::SessionReplaced);
    cluster.down();
    taking.abort();
}

#[tokio::test(start_paused = true)]
async fn command_that_waits_too_long_expires_and_one_of_a_closed_shard_is_closed() {
    let harness = harness(1).await;
    harness.cluster.up().await;
    let outcome = harness.cluster.submit_command(0, &request()).await.unwrap();
    assert_eq!(outcome, CommandOutcome::Expired);
    harness.cluster.down();
    let mut harness = harness;
    harness.remaining().await;
    let outcome = harness.cluster.submit_command(0, &request()).await.unwrap();
    assert_eq!(outcome, CommandOutcome::Closed);
}

#[tokio::test(start_paused = true)]
async fn last_presence_wins() {
    let (harness, mut connections) = ready_harness(2).await;
    let all: Vec<_> = (0..20)
        .map(|number| {
            let cluster = harness.cluster.clone();
            tokio::spawn(async move {
                let presence = presence(&number.to_string());
                cluster.submit_command_to_all(&presence).await.unwrap()
            })
        })
        .collect();
    let taking = tokio::spawn(async move {
        let mut harness = harness;
        while harness.next_item().await.is_some() {}
    });
    let mut names = Vec::new();
    while names.last().is_none_or(|name| name != "19") {
        let sent = connections[1].expect(3).await;
        names.push(sent["activities"][0]["name"].as_str().unwrap().to_owned());
    }
    assert!(names.len() <= 6, "{names:?}");
    let mut superseded = 0;
    for outcomes in all {
        for (shard, outcome) in outcomes.await.unwrap() {
            match outcome {
                CommandOutcome::Sent => {}
                CommandOutcome::Superseded => superseded += usize::from(shard.number() == 1),
                other => panic!("{other}"),
            }
        }
    }
    assert_eq!(superseded + names.len(), 20);
    taking.abort();
}
