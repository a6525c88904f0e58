use crate::harness::{harness, harness_with};
use gloaming_cluster::{ExitReason, Health};
use gloaming_shard::{Item, Lifecycle, ShardState};
use std::time::Duration;
use tokio::time::sleep;

#[tokio::test(start_paused = true)]
async fn fatal_close_is_reported_and_other_shards_run_on() {
    let mut harness = harness(2).await;
    let mut connections = harness.start_ready().await;
    connections[0].close(4004).await;
    let fatal = harness
        .take_until(|shard, item| match item {
            Item::Failure(error) if error.is_fatal() => Some((shard, error.to_string())),
            _ => None,
        })
        .await;
    assert_eq!(fatal.0, 0);
    assert!(fatal.1.contains("4004"), "{}", fatal.1);

    connections[1].events([2]).await;
    assert_eq!(harness.next_event().await, (1, 2));
    assert!(harness.gateways[0].attempt_now().is_none());
    let info = harness.cluster.info();
    assert_eq!(info[&0].health(), Health::Exited(ExitReason::FatallyClosed));
    assert_eq!((info[&0].crashes(), info[&1].health()), (0, Health::Up));

    harness
        .cluster
        .shard(1)
        .expect("the cluster has shard 1")
        .shutdown();
    assert_eq!(connections[1].left().await, Some(1000));
    let remaining = harness.remaining().await;
    assert!(
        remaining.iter().any(|(shard, item)| *shard == 1
            && matches!(item, Item::Lifecycle(Lifecycle::Stopped { .. })))
    );
}

/// The task of a shard whose last item has no room in the buffer is still alive.
#[tokio::test(start_paused = true)]
async fn exit_is_visible_while_the_last_item_waits_for_room() {
    for (state, reason) in [
        (ShardState::FatallyClosed, ExitReason::FatallyClosed),
        (ShardState::Closed, ExitReason::Closed),
    ] {
        let mut waited = 0;
        for room in 1..10 {
            let mut harness = harness_with(1, |cluster| cluster.buffer(room)).await;
            harness.cluster.up().await;
            let connection = harness.gateways[0].greet().await;
            match reason {
                ExitReason::FatallyClosed => connection.close(4004).await,
                _ => harness.cluster.down(),
            }
            sleep(Duration::from_secs(60)).await;
            let info = &harness.cluster.info()[&0];
            if info.state() == state {
                assert_eq!(info.health(), Health::Exited(reason), "buffer of {room}");
                waited += u32::from(info.buffered_items() >= room as u64);
            }
        }
        assert!(waited > 0, "for some buffer size, the last item waits");
    }
}
