//! Who reads the log learns that shards wait for the daily reset, once each time, and not for each
//! shard.

#![cfg(feature = "tokio")]

use std::{
    io,
    sync::{Arc, Mutex},
};

use crate::support::{HOUR, plenty};
use gloaming_queue::{InMemoryQueue, Queue, Settings};
use tokio::task::yield_now;
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
async fn however_many_wait() {
    let logged = Logged::default();
    let _installed = logged.install();
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
