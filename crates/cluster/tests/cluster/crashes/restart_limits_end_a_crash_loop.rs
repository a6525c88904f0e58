use crate::harness::{harness, harness_with};
use gloaming_cluster::{ClusterBuilder, ExitReason, Health, RestartLimits, RestartPolicy};
use gloaming_shard::Item;
use std::time::Duration;
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
#[expect(
    clippy::disallowed_methods,
    reason = "the test measures the paused clock"
)]
async fn crash_loop_ends_after_the_maximum_of_restarts() {
    let mut harness = harness(2).await;
    harness.panic_switches[0].panic_when_connecting(true);
    let start = Instant::now();
    harness.cluster.up().await;
    let mut other = harness.gateways[1].begin().await;

    let mut delays = Vec::new();
    let crashes = async {
        loop {
            let (shard, crash) = harness
                .take_until(|shard, item| match item {
                    Item::Crash(crash) => Some((shard, crash.clone())),
                    _ => None,
                })
                .await;
            assert_eq!((shard, crash.count()), (0, delays.len() as u64 + 1));
            assert!(crash.reason().contains("the connector's bug"));
            match crash.restart_delay() {
                Some(delay) => delays.push(delay),
                None => break,
            }
        }
    };
    tokio::select! {
        () = crashes => {}
        frames = other.attend(Duration::from_secs(86_400)) => panic!("the other shard closed its connection: {frames:?}"),
    }
    assert_eq!(delays.len(), 10);
    assert!(delays.iter().all(|delay| *delay <= Duration::from_secs(60)));
    let passed = start.elapsed();
    assert!(
        passed >= delays.iter().sum::<Duration>(),
        "every delay was waited for: {passed:?}"
    );

    let info = harness.cluster.info();
    assert_eq!(info[&0].health(), Health::Exited(ExitReason::Crashed));
    assert_eq!(info[&0].crashes(), 11);
    assert_eq!(info[&1].health(), Health::Up);
    other.events([2]).await;
    assert_eq!(harness.next_event().await, (1, 2));

    harness.cluster.down();
    other.close(1000).await;
    harness.remaining().await;
}

#[tokio::test(start_paused = true)]
async fn policy_never_leaves_the_shard_down() {
    let mut harness = harness_with(1, |cluster| cluster.restart_policy(RestartPolicy::Never)).await;
    harness.panic_switches[0].panic_when_connecting(true);
    harness.cluster.up().await;
    let remaining = harness.remaining().await;
    let [(0, Item::Crash(crash))] = &remaining[..] else {
        panic!("one crash, and the end of the stream: {remaining:?}");
    };
    assert_eq!((crash.count(), crash.restart_delay()), (1, None));
}

#[tokio::test(start_paused = true)]
async fn extreme_delays_do_not_overflow_and_can_be_interrupted() {
    let mut limits = RestartLimits::default();
    limits.base = Duration::MAX;
    limits.cap = Duration::MAX;
    let policy = RestartPolicy::OnCrash(limits);
    // Delays are drawn at random; of sixteen, some are long.
    let change = |cluster: ClusterBuilder| cluster.restart_policy(policy);
    let mut harness = harness_with(16, change).await;
    for panic_switch in &harness.panic_switches {
        panic_switch.panic_when_connecting(true);
    }
    harness.cluster.up().await;
    for _ in 0..16 {
        harness
            .take_until(|_, item| matches!(item, Item::Crash(_)).then_some(()))
            .await;
    }
    for info in harness.cluster.info().values() {
        assert!(
            matches!(info.health(), Health::Restarting { .. }),
            "{info:?}"
        );
    }
    harness.cluster.down();
    harness.remaining().await;
    for info in harness.cluster.info().values() {
        assert_eq!(info.health(), Health::Exited(ExitReason::Closed));
    }
}
