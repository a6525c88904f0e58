//! The metrics show the number of waiting shards and the remaining daily budget.

#![cfg(feature = "metrics")]

use crate::harness::{DAY, INTERVAL, unlimited_budget};
use gloaming_queue::{
    InMemoryQueue, QueueSettings,
    metrics::{IDENTIFY_BUDGET_REMAINING, IDENTIFY_QUEUE_DEPTH, QUEUE},
};
use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    set_default_local_recorder,
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::{task::yield_now, time::advance};

/// A recorder that keeps the gauges.
#[derive(Default)]
struct GaugeRecorder {
    described: Mutex<BTreeMap<String, (Option<Unit>, String)>>,
    gauges: Mutex<BTreeMap<String, Arc<AtomicU64>>>,
}

impl GaugeRecorder {
    fn depth(&self) -> Option<f64> {
        self.value(IDENTIFY_QUEUE_DEPTH.name)
    }

    fn budget(&self) -> Option<f64> {
        self.value(IDENTIFY_BUDGET_REMAINING.name)
    }

    fn value(&self, name: &str) -> Option<f64> {
        let gauges = self.gauges.lock().unwrap();
        let bits = gauges.get(name)?.load(Ordering::Relaxed);
        Some(f64::from_bits(bits))
    }
}

impl Recorder for GaugeRecorder {
    fn describe_counter(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        panic!("{name:?} is not a gauge");
    }

    fn describe_gauge(&self, name: KeyName, unit: Option<Unit>, text: SharedString) {
        let name = name.as_str().to_owned();
        let description = (unit, text.into_owned());
        self.described.lock().unwrap().insert(name, description);
    }

    fn describe_histogram(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        panic!("{name:?} is not a gauge");
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        panic!("{key} is not a gauge");
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        assert_eq!(key.labels().count(), 0, "{key}");
        let mut gauges = self.gauges.lock().unwrap();
        let gauge = gauges.entry(key.name().to_owned()).or_default();
        Gauge::from_arc(Arc::clone(gauge))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        panic!("{key} is not a gauge");
    }
}

#[tokio::test(start_paused = true)]
async fn depth_follows_waiting_shards() {
    let reader = GaugeRecorder::default();
    let _installed = set_default_local_recorder(&reader);
    let queue = InMemoryQueue::with_settings(QueueSettings {
        remaining: 100,
        ..unlimited_budget(1)
    });
    assert_eq!(reader.depth(), Some(0.0));
    assert_eq!(reader.budget(), None, "no shard has acquired a permit yet");

    let held = queue.acquire(0).await.unwrap();
    let waiting: Vec<_> = (1..4)
        .map(|shard| tokio::spawn(queue.acquire(shard)))
        .collect();
    yield_now().await;
    assert_eq!(reader.depth(), Some(3.0));

    held.spend();
    advance(INTERVAL).await;
    yield_now().await;
    assert_eq!(reader.depth(), Some(2.0), "the next shard has its permit");

    // The depths of several queues add up.
    let other = InMemoryQueue::with_settings(unlimited_budget(1));
    let _held = other.acquire(0).await.unwrap();
    let waiting_in_other = tokio::spawn(other.acquire(1));
    yield_now().await;
    assert_eq!(reader.depth(), Some(3.0));
    waiting_in_other.abort();
    yield_now().await;
    assert_eq!(reader.depth(), Some(2.0));

    for task in waiting {
        task.abort();
    }
    yield_now().await;
    assert_eq!(reader.depth(), Some(0.0));
}

#[tokio::test(start_paused = true)]
async fn budget_follows_spends_and_updates() {
    let reader = GaugeRecorder::default();
    let _installed = set_default_local_recorder(&reader);
    let settings = QueueSettings {
        remaining: 100,
        ..unlimited_budget(1)
    };
    let queue = InMemoryQueue::with_settings(settings);
    queue.acquire(0).await.unwrap().spend();
    assert_eq!(reader.budget(), Some(99.0));
    queue.acquire(0).await.unwrap().spend();
    assert_eq!(reader.budget(), Some(98.0));
    assert_eq!(queue.remaining(), 98);
    queue.update(settings.max_concurrency, 12, DAY, 1000);
    assert_eq!(reader.budget(), Some(12.0));
}

#[tokio::test(start_paused = true)]
async fn descriptions_match_the_table() {
    let reader = GaugeRecorder::default();
    let _installed = set_default_local_recorder(&reader);
    let queue = InMemoryQueue::with_settings(unlimited_budget(1));
    queue.acquire(0).await.unwrap().spend();
    let described = reader.described.lock().unwrap();
    let table: BTreeMap<_, _> = QUEUE
        .iter()
        .map(|metric| {
            let description = (Some(Unit::Count), metric.description.to_owned());
            (metric.name.to_owned(), description)
        })
        .collect();
    assert_eq!(*described, table);
    assert_eq!(reader.gauges.lock().unwrap().len(), QUEUE.len());
}
