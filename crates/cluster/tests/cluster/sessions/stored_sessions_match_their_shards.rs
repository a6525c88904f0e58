use crate::{
    gateway::SESSION,
    harness::{harness, harness_with},
};
use gloaming_protocol::ShardId;
use gloaming_shard::{Item, Lifecycle, Session};
use gloaming_test_support::Logs;
use tracing::Level;

#[tokio::test(start_paused = true)]
async fn session_without_a_matching_shard_is_logged() {
    let session = |id: &str| Session::new(41, id.to_owned());
    let sessions = [
        (ShardId::new(0, 2), session(SESSION)),
        (ShardId::new(1, 3), session("of-another-total")),
    ];
    let (logs, guard) = Logs::capture(Level::WARN);
    let harness = harness_with(2, |cluster| cluster.resume_sessions(sessions)).await;
    drop(guard);
    let kept = harness.cluster.down_resumable().await;
    let kept: Vec<_> = kept.iter().map(|(shard, it)| (*shard, it.id())).collect();
    assert_eq!(kept, [(0, SESSION)]);

    let warnings = logs.lines();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    for word in ["matches no shard of this cluster", "of-another-total"] {
        assert!(warnings[0].contains(word), "{}", warnings[0]);
    }
}

#[tokio::test(start_paused = true)]
async fn sessions_of_another_total_are_not_resumed() {
    let mut two = harness(2).await;
    let mut connections = two.start_ready().await;
    for connection in &mut connections {
        connection.events([2]).await;
        two.next_event().await;
    }
    let sessions = two.cluster.down_resumable().await;
    let shards: Vec<_> = sessions.values().map(Session::shard).collect();
    assert_eq!(shards, [0, 1].map(|number| Some(ShardId::new(number, 2))));

    for count in [1, 3] {
        let (logs, guard) = Logs::capture(Level::WARN);
        let mut harness =
            harness_with(count, |cluster| cluster.resume_sessions(sessions.clone())).await;
        harness.cluster.up().await;
        for gateway in &mut harness.gateways {
            let mut connection = gateway.greet().await;
            connection.expect(2).await;
        }
        let mut reported = Vec::new();
        while reported.len() < count.min(2) as usize {
            let (number, identified_as) = harness
                .take_until(|number, item| match item {
                    Item::Lifecycle(Lifecycle::SessionShardMismatch { identified_as, .. }) => {
                        Some((number, *identified_as))
                    }
                    _ => None,
                })
                .await;
            assert_eq!(identified_as, ShardId::new(number, 2));
            reported.push(number);
        }
        reported.sort_unstable();
        assert_eq!(reported, (0..count.min(2)).collect::<Vec<_>>());
        drop(guard);
        let of_shards = |line: &&String| line.contains("start the same number of shards");
        let warnings = logs.lines();
        assert_eq!(
            warnings.iter().filter(of_shards).count(),
            reported.len(),
            "{warnings:?}"
        );
    }

    let mut harness = harness_with(2, |cluster| cluster.resume_sessions(sessions)).await;
    harness.cluster.up().await;
    for gateway in &mut harness.gateways {
        gateway.resuming(2).await;
    }
}
