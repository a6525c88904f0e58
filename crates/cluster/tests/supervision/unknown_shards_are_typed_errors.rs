use crate::support::bench;
use gloaming_cluster::{ClusterCommandErrorType, ClusterSendErrorType};
use gloaming_protocol::{RequestSoundboardSounds, ShardId};
use gloaming_shard::Message;
use std::error::Error as _;
use twilight_model::id::Id;

#[tokio::test(start_paused = true)]
async fn and_known_ones_get_what_is_sent() {
    let mut bench = bench(3).await;
    let mut connections = bench.begin().await;
    let command = RequestSoundboardSounds::new([Id::new(7)]).expect("one guild fits");

    let error = bench.cluster.command(3, &command).await.unwrap_err();
    let kind = ClusterCommandErrorType::ShardNonexistent { id: 3 };
    assert_eq!(error.kind(), &kind);
    let error = bench.cluster.command(u64::MAX, &command).await.unwrap_err();
    let kind = ClusterCommandErrorType::ShardNonexistent { id: u64::MAX };
    assert_eq!(error.kind(), &kind);
    // A shard of another total is another shard.
    let other = ShardId::new(1, 4);
    assert!(bench.cluster.command(other, &command).await.is_err());
    let text = Message::Text("{}".to_owned());
    let error = bench.cluster.send(9, text).await.unwrap_err();
    assert_eq!(
        error.kind(),
        &ClusterSendErrorType::ShardNonexistent { id: 9 }
    );

    let long = Message::Text("a".repeat(5_000));
    let error = bench.cluster.send(1, long).await.unwrap_err();
    assert_eq!(error.kind(), &ClusterSendErrorType::Sending);
    assert!(error.source().is_some());

    bench.cluster.command(1, &command).await.unwrap();
    let asked = connections[1].expect(31).await;
    assert_eq!(asked["guild_ids"][0], "7");
    bench
        .cluster
        .command(ShardId::new(2, 3), &command)
        .await
        .unwrap();
    connections[2].expect(31).await;
    let text = r#"{"op":31,"d":{"guild_ids":["8"]}}"#;
    bench
        .cluster
        .send(0_u64, Message::Text(text.to_owned()))
        .await
        .unwrap();
    assert_eq!(connections[0].expect(31).await["guild_ids"][0], "8");
}

#[tokio::test(start_paused = true)]
async fn a_close_message_makes_the_shard_resume() {
    let mut bench = bench(2).await;
    let mut connections = bench.begin().await;
    bench.cluster.send(1, Message::Close(None)).await.unwrap();
    connections[1].left().await;
    bench.gateways[1].resuming(1).await;
}
