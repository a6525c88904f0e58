use crate::support::{bench, bench_with};
use gloaming_cluster::{ClusterBuilder, Ending, Health, RestartLimits, RestartPolicy};
use gloaming_shard::Item;
use std::time::Duration;
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
#[expect(
    clippy::disallowed_methods,
    reason = "the paused clock is what is tested"
)]
async fn after_as_many_restarts_as_there_may_be() {
    let mut bench = bench(2).await;
    bench.fuses[0].panic_when_connecting(true);
    let start = Instant::now();
    bench.cluster.up().await;
    let mut other = bench.gateways[1].begin().await;

    let mut waits = Vec::new();
    let crashes = async {
        loop {
            let (shard, crash) = bench
                .until(|shard, item| match item {
                    Item::Crash(crash) => Some((shard, crash.clone())),
                    _ => None,
                })
                .await;
            assert_eq!((shard, crash.count()), (0, waits.len() as u64 + 1));
            assert!(crash.reason().contains("the connector's bug"));
            match crash.restart_delay() {
                Some(delay) => waits.push(delay),
                None => break,
            }
        }
    };
    tokio::select! {
        () = crashes => {}
        acts = other.attend(Duration::from_secs(86_400)) => panic!("the other one left: {acts:?}"),
    }
    assert_eq!(waits.len(), 10);
    assert!(waits.iter().all(|wait| *wait <= Duration::from_secs(60)));
    let passed = start.elapsed();
    assert!(
        passed >= waits.iter().sum::<Duration>(),
        "the waits were waited for: {passed:?}"
    );

    let info = bench.cluster.info();
    assert_eq!(info[&0].health(), Health::Ended(Ending::Crashed));
    assert_eq!(info[&0].crashes(), 11);
    assert_eq!(info[&1].health(), Health::Up);
    other.events([2]).await;
    assert_eq!(bench.event().await, (1, 2));

    bench.cluster.down();
    other.close(1000).await;
    bench.rest().await;
}

#[tokio::test(start_paused = true)]
async fn at_once_where_there_may_be_none() {
    let mut bench = bench_with(
        1,
        |cluster| cluster.restart_policy(RestartPolicy::Never),
        |_, shard| shard,
    )
    .await;
    bench.fuses[0].panic_when_connecting(true);
    bench.cluster.up().await;
    let rest = bench.rest().await;
    let [(0, Item::Crash(crash))] = &rest[..] else {
        panic!("one crash and the end: {rest:?}");
    };
    assert_eq!((crash.count(), crash.restart_delay()), (1, None));
}

#[tokio::test(start_paused = true)]
async fn or_waits_as_long_as_it_may() {
    let mut limits = RestartLimits::default();
    limits.base = Duration::MAX;
    limits.cap = Duration::MAX;
    let policy = RestartPolicy::OnCrash(limits);
    // The wait is drawn: among sixteen are long ones.
    let change = |cluster: ClusterBuilder| cluster.restart_policy(policy);
    let mut bench = bench_with(16, change, |_, shard| shard).await;
    for fuse in &bench.fuses {
        fuse.panic_when_connecting(true);
    }
    bench.cluster.up().await;
    for _ in 0..16 {
        bench
            .until(|_, item| matches!(item, Item::Crash(_)).then_some(()))
            .await;
    }
    for info in bench.cluster.info().values() {
        assert!(
            matches!(info.health(), Health::Restarting { .. }),
            "{info:?}"
        );
    }
    bench.cluster.down();
    bench.rest().await;
    for info in bench.cluster.info().values() {
        assert_eq!(info.health(), Health::Ended(Ending::Closed));
    }
}
