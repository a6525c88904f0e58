//! Who reads the log learns that shards wait for the daily reset, once each time, and not for each
//! shard.

#![cfg(feature = "tokio")]

mod support;

use std::{
    fmt::{self, Write as _},
    sync::{Arc, Mutex},
};

use gloaming_queue::{InMemoryQueue, Queue, Settings};
use support::{HOUR, plenty};
use tokio::task::yield_now;
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

impl Logged {
    fn warnings(&self) -> Vec<String> {
        let lines = self.0.lock().unwrap();
        let warnings = lines.iter().filter(|line| line.starts_with("WARN"));
        warnings.cloned().collect()
    }
}

#[tokio::test(start_paused = true)]
async fn however_many_wait() {
    let logged = Logged::default();
    let _installed = tracing::subscriber::set_default(logged.clone());
    let settings = Settings {
        remaining: 11,
        total: 1000,
        reset_after: HOUR,
        reserve: 10,
        ..plenty(4)
    };
    let queue = InMemoryQueue::with_settings(settings);
    queue.acquire(0).await.unwrap().spend();
    assert!(logged.warnings().is_empty(), "nobody waits");

    let waiting = [1, 2, 3].map(|shard| tokio::spawn(queue.acquire(shard)));
    yield_now().await;
    let warnings = logged.warnings();
    let [warning] = &warnings[..] else {
        panic!("one for all: {warnings:?}");
    };
    for part in ["waiting=1", "reserve=10", "reset_after=", "are used up"] {
        assert!(warning.contains(part), "no {part} in {warning}");
    }

    // Better news, and worse again.
    queue.update_settings(Settings {
        remaining: 1000,
        ..settings
    });
    for permit in waiting {
        permit.await.unwrap().unwrap().spend();
    }
    assert_eq!(logged.warnings().len(), 1);
    queue.update_settings(Settings {
        remaining: 10,
        ..settings
    });
    let waits = tokio::spawn(queue.acquire(4));
    yield_now().await;
    assert_eq!(logged.warnings().len(), 2);
    waits.abort();
}
