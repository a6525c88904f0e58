use crate::support::{bench, bench_with};
use gloaming_protocol::UpdatePresencePayload;
use twilight_model::gateway::presence::{ActivityType, MinimalActivity, Status};

fn playing(name: String) -> UpdatePresencePayload {
    let activity = MinimalActivity {
        kind: ActivityType::Playing,
        name,
        url: None,
    };
    UpdatePresencePayload::new([activity.into()], false, None, Status::Idle).unwrap()
}

#[tokio::test(start_paused = true)]
async fn or_the_common_one() {
    let mut bench = bench_with(
        3,
        |cluster| {
            cluster
                .presence(playing("together".to_owned()))
                .shard_presence(|shard| {
                    let number = shard.number();
                    (number != 2).then(|| playing(format!("on shard {number}")))
                })
        },
        |_, shard| shard,
    )
    .await;
    bench.cluster.up().await;
    for (gateway, name) in bench
        .gateways
        .iter_mut()
        .zip(["on shard 0", "on shard 1", "together"])
    {
        let identify = gateway.greet().await.expect(2).await;
        assert_eq!(identify["presence"]["activities"][0]["name"], name);
        assert_eq!(identify["presence"]["status"], "idle");
    }
}

#[tokio::test(start_paused = true)]
async fn or_none() {
    let mut bench = bench(1).await;
    bench.cluster.up().await;
    let identify = bench.gateways[0].greet().await.expect(2).await;
    assert!(identify["presence"].is_null());
}
