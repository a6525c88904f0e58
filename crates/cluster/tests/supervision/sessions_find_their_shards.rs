use crate::{
    gateway::SESSION,
    support::{bench, bench_with},
};
use gloaming_protocol::ShardId;
use gloaming_shard::{Item, Lifecycle, Session};
use gloaming_test_support::Logs;
use tracing::Level;

#[tokio::test(start_paused = true)]
async fn and_one_that_has_none_is_told_of() {
    let session = |id: &str| Session::new(41, id.to_owned());
    let sessions = [
        (ShardId::new(0, 2), session(SESSION)),
        (ShardId::new(1, 3), session("of-another-total")),
    ];
    let (logs, guard) = Logs::capture(Level::WARN);
    let bench = bench_with(
        2,
        |cluster| cluster.resume_sessions(sessions),
        |_, shard| shard,
    )
    .await;
    drop(guard);
    let kept = bench.cluster.down_resumable().await;
    let kept: Vec<_> = kept.iter().map(|(shard, it)| (*shard, it.id())).collect();
    assert_eq!(kept, [(0, SESSION)]);

    let warnings = logs.lines();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    for word in ["has no shard here", "of-another-total"] {
        assert!(warnings[0].contains(word), "{}", warnings[0]);
    }
}

#[tokio::test(start_paused = true)]
async fn and_others_identify_when_there_are_more_or_fewer() {
    let mut two = bench(2).await;
    let mut connections = two.begin().await;
    for connection in &mut connections {
        connection.events([2]).await;
        two.event().await;
    }
    let sessions = two.cluster.down_resumable().await;
    let shards: Vec<_> = sessions.values().map(Session::shard).collect();
    assert_eq!(shards, [0, 1].map(|number| Some(ShardId::new(number, 2))));

    for count in [1, 3] {
        let (logs, guard) = Logs::capture(Level::WARN);
        let mut bench = bench_with(
            count,
            |cluster| cluster.resume_sessions(sessions.clone()),
            |_, shard| shard,
        )
        .await;
        bench.cluster.up().await;
        for gateway in &mut bench.gateways {
            let mut connection = gateway.greet().await;
            connection.expect(2).await;
        }
        let mut told = Vec::new();
        while told.len() < count.min(2) as usize {
            let (number, identified_as) = bench
                .until(|number, item| match item {
                    Item::Lifecycle(Lifecycle::SessionShardMismatch { identified_as, .. }) => {
                        Some((number, *identified_as))
                    }
                    _ => None,
                })
                .await;
            assert_eq!(identified_as, ShardId::new(number, 2));
            told.push(number);
        }
        told.sort_unstable();
        assert_eq!(told, (0..count.min(2)).collect::<Vec<_>>());
        drop(guard);
        let of_shards = |line: &&String| line.contains("start as many shards as before");
        let warnings = logs.lines();
        assert_eq!(
            warnings.iter().filter(of_shards).count(),
            told.len(),
            "{warnings:?}"
        );
    }

    let mut bench = bench_with(
        2,
        |cluster| cluster.resume_sessions(sessions),
        |_, shard| shard,
    )
    .await;
    bench.cluster.up().await;
    for gateway in &mut bench.gateways {
        gateway.resuming(2).await;
    }
}
