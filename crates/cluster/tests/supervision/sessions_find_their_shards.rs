use crate::{gateway::SESSION, support::bench_with};
use gloaming_protocol::ShardId;
use gloaming_shard::Session;
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
