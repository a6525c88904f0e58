use crate::{
    gateway::SESSION,
    support::{bench, bench_with},
};
use gloaming_protocol::ShardId;
use gloaming_shard::{Item, Lifecycle, Session};
use std::{
    io,
    sync::{Arc, Mutex},
};
use tracing::{Level, subscriber::DefaultGuard};
use tracing_subscriber::util::SubscriberInitExt as _;

/// What was logged as a warning, a line each.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<Vec<u8>>>);

impl io::Write for Logged {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Logged {
    fn install(&self) -> DefaultGuard {
        let logged = self.clone();
        tracing_subscriber::fmt()
            .with_max_level(Level::WARN)
            .with_ansi(false)
            .with_writer(move || logged.clone())
            .set_default()
    }

    fn warnings(&self) -> Vec<String> {
        let logged = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        logged.lines().map(str::to_owned).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn and_one_that_has_none_is_told_of() {
    let session = |id: &str| Session::new(41, id.to_owned());
    let sessions = [
        (ShardId::new(0, 2), session(SESSION)),
        (ShardId::new(1, 3), session("of-another-total")),
    ];
    let logged = Logged::default();
    let installed = logged.install();
    let bench = bench_with(
        2,
        |cluster| cluster.resume_sessions(sessions),
        |_, shard| shard,
    )
    .await;
    drop(installed);
    let kept = bench.cluster.down_resumable().await;
    let kept: Vec<_> = kept.iter().map(|(shard, it)| (*shard, it.id())).collect();
    assert_eq!(kept, [(0, SESSION)]);

    let warnings = logged.warnings();
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
        let logged = Logged::default();
        let installed = logged.install();
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
        drop(installed);
        let of_shards = |line: &&String| line.contains("start as many shards as before");
        let warnings = logged.warnings();
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
