use crate::support::{bench, bench_with};
use gloaming_cluster::{Ending, Health};
use gloaming_shard::{Item, Lifecycle, ShardState};
use std::time::Duration;
use tokio::time::sleep;

#[tokio::test(start_paused = true)]
async fn and_tell_why_while_the_others_go_on() {
    let mut bench = bench(2).await;
    let mut connections = bench.begin().await;
    connections[0].close(4004).await;
    let fatal = bench
        .until(|shard, item| match item {
            Item::Failure(error) if error.is_fatal() => Some((shard, error.to_string())),
            _ => None,
        })
        .await;
    assert_eq!(fatal.0, 0);
    assert!(fatal.1.contains("4004"), "{}", fatal.1);

    connections[1].events([2]).await;
    assert_eq!(bench.event().await, (1, 2));
    assert!(bench.gateways[0].attempt_now().is_none());
    let info = bench.cluster.info();
    assert_eq!(info[&0].health(), Health::Ended(Ending::Refused));
    assert_eq!((info[&0].crashes(), info[&1].health()), (0, Health::Up));

    bench.cluster.shard(1).expect("there is one").shutdown();
    assert_eq!(connections[1].left().await, Some(1000));
    let rest = bench.rest().await;
    assert!(
        rest.iter().any(|(shard, item)| *shard == 1
            && matches!(item, Item::Lifecycle(Lifecycle::Stopped { .. })))
    );
}

/// With its last item in hand and no room for it, a shard's task goes on.
#[tokio::test(start_paused = true)]
async fn and_it_shows_though_nobody_takes_their_items() {
    for (state, ending) in [
        (ShardState::FatallyClosed, Ending::Refused),
        (ShardState::Closed, Ending::Closed),
    ] {
        let mut waited = 0;
        for room in 1..10 {
            let mut bench = bench_with(1, |cluster| cluster.buffer(room), |_, shard| shard).await;
            bench.cluster.up().await;
            let connection = bench.gateways[0].greet().await;
            match ending {
                Ending::Refused => connection.close(4004).await,
                _ => bench.cluster.down(),
            }
            sleep(Duration::from_secs(60)).await;
            let info = &bench.cluster.info()[&0];
            if info.state() == state {
                assert_eq!(info.health(), Health::Ended(ending), "room for {room}");
                waited += u32::from(info.waiting_items() >= room as u64);
            }
        }
        assert!(waited > 0, "with some room it is the last item that waits");
    }
}
