use crate::{gateway::SESSION, support::bench_with};
use gloaming_protocol::ShardId;
use gloaming_shard::Session;
use std::{
    fmt::{self, Write as _},
    sync::{Arc, Mutex},
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// What was logged, a line each.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {field}={value:?}").expect("a string takes everything");
    }
}

impl Subscriber for Logged {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[tokio::test(start_paused = true)]
async fn and_one_that_has_none_is_told_of() {
    let session = |id: &str| Session::new(41, id.to_owned());
    let sessions = [
        (ShardId::new(0, 2), session(SESSION)),
        (ShardId::new(1, 3), session("of-another-total")),
    ];
    let logged = Logged::default();
    let installed = tracing::subscriber::set_default(logged.clone());
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

    let logged = logged.0.lock().unwrap();
    let warnings = logged.iter().filter(|line| line.starts_with("WARN"));
    let warnings: Vec<_> = warnings.collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    for word in ["has no shard here", "of-another-total"] {
        assert!(warnings[0].contains(word), "{}", warnings[0]);
    }
}
