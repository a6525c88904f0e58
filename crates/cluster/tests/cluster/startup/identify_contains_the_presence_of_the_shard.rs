use crate::harness::{harness, harness_with};
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
async fn identify_contains_the_presence_of_the_shard_or_the_common_one() {
    let mut harness = harness_with(3, |cluster| {
        cluster
            .presence(playing("together".to_owned()))
            .shard_presence(|shard| {
                let number = shard.number();
                (number != 2).then(|| playing(format!("on shard {number}")))
            })
    })
    .await;
    harness.cluster.up().await;
    for (gateway, name) in harness
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
async fn identify_contains_no_presence_by_default() {
    let mut harness = harness(1).await;
    harness.cluster.up().await;
    let identify = harness.gateways[0].greet().await.expect(2).await;
    assert!(identify["presence"].is_null());
}
