use crate::{
    gateway::{dispatch, in_time},
    harness::harness_with,
};
use gloaming_protocol::EventTypeFlags;
use gloaming_shard::{Item, OverflowPolicy};
use serde_json::json;

#[tokio::test(start_paused = true)]
async fn reports_and_snapshot_count_the_same_shed_events() {
    let overflow = OverflowPolicy::stop_reading().shed(EventTypeFlags::TYPING_START);
    let mut harness = harness_with(1, |cluster| cluster.buffer(8).overflow(overflow)).await;
    let mut connections = harness.start_ready().await;
    harness.take_until_ready().await;
    assert_eq!(harness.cluster.info()[&0].shed_events(), 0);
    let typing = json!({"channel_id": "1", "user_id": "2", "timestamp": 3});
    for sequence in 2..40 {
        connections[0]
            .send(&dispatch("TYPING_START", sequence, &typing))
            .await;
    }
    let (mut received, mut shed) = (0, 0);
    let all = harness.take_until(|_, item| {
        match item {
            Item::Shed(report) => shed += report.total(),
            Item::Event(_) => received += 1,
            _ => {}
        }
        (received + shed == 38).then_some(())
    });
    in_time("all events, or reports of them", all).await;
    assert!(shed > 1 && received > 1, "{shed}, {received}");
    assert_eq!(harness.cluster.info()[&0].shed_events(), shed);
}
