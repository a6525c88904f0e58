use crate::harness::harness;
use gloaming_cluster::ClusterCommandErrorKind;
use gloaming_protocol::{RequestSoundboardSounds, ShardId};
use gloaming_shard::Message;
use std::error::Error as _;
use twilight_model::id::Id;

#[tokio::test(start_paused = true)]
async fn commands_reach_the_selected_shard_and_unknown_shards_are_errors() {
    let mut harness = harness(3).await;
    let mut connections = harness.start_ready().await;
    let command =
        RequestSoundboardSounds::new([Id::new(7)]).expect("one guild is within the limit");

    let error = harness.cluster.command(3, &command).await.unwrap_err();
    let kind = ClusterCommandErrorKind::ShardNonexistent { id: 3 };
    assert_eq!(error.kind(), kind);
    let error = harness
        .cluster
        .command(u64::MAX, &command)
        .await
        .unwrap_err();
    let kind = ClusterCommandErrorKind::ShardNonexistent { id: u64::MAX };
    assert_eq!(error.kind(), kind);
    // The same number of another total is another shard.
    let other = ShardId::new(1, 4);
    assert!(harness.cluster.command(other, &command).await.is_err());
    let text = Message::Text("{}".to_owned());
    let error = harness.cluster.send(9, text).await.unwrap_err();
    assert_eq!(
        error.kind(),
        ClusterCommandErrorKind::ShardNonexistent { id: 9 }
    );

    let long = Message::Text("a".repeat(5_000));
    let error = harness.cluster.send(1, long).await.unwrap_err();
    assert_eq!(error.kind(), ClusterCommandErrorKind::Sending);
    assert!(error.source().is_some());

    harness.cluster.command(1, &command).await.unwrap();
    let request = connections[1].expect(31).await;
    assert_eq!(request["guild_ids"][0], "7");
    harness
        .cluster
        .command(ShardId::new(2, 3), &command)
        .await
        .unwrap();
    connections[2].expect(31).await;
    let text = r#"{"op":31,"d":{"guild_ids":["8"]}}"#;
    harness
        .cluster
        .send(0_u64, Message::Text(text.to_owned()))
        .await
        .unwrap();
    assert_eq!(connections[0].expect(31).await["guild_ids"][0], "8");
}

#[tokio::test(start_paused = true)]
async fn close_message_makes_the_shard_resume() {
    let mut harness = harness(2).await;
    let mut connections = harness.start_ready().await;
    harness.cluster.send(1, Message::Close(None)).await.unwrap();
    connections[1].left().await;
    harness.gateways[1].resuming(1).await;
}
