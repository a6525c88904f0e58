//! The table in code, the table in the documentation and the recorded metrics are the same.

use crate::harness::{
    consumer::{Observed, ReceiveMethod, consume},
    gateway::{dispatch, event, resumed, start_with},
    test_recorder::TestRecorder,
};
use gloaming_queue::{InMemoryQueue, QueueSettings};
use gloaming_shard::{
    CloseFrame, Lifecycle,
    metrics::{ALL, Metric, MetricKind, MetricUnit},
    transport::{ConnectError, ConnectErrorKind},
};
use metrics::Unit;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

const DOCUMENTATION: &str = include_str!("../../../src/metrics.rs");
const QUEUE_DOCUMENTATION: &str = include_str!("../../../../queue/src/metrics.rs");

fn table() -> impl Iterator<Item = Metric> {
    ALL.into_iter().flatten().copied()
}

/// A row of the documentation's table.
fn row(metric: &Metric) -> String {
    let labels: Vec<_> = metric
        .labels
        .iter()
        .map(|label| format!("`{label}`"))
        .collect();
    let labels = match &*labels {
        [] => String::new(),
        labels => format!(" {}", labels.join(", ")),
    };
    let Metric {
        name,
        kind,
        unit,
        description,
        ..
    } = metric;
    format!("//! | `{name}` | {kind} | {unit} |{labels} | {description} |")
}

fn rows(documentation: &str) -> Vec<&str> {
    documentation
        .lines()
        .filter(|line| line.starts_with("//! | `gloaming_"))
        .collect()
}

#[test]
fn documentation_matches_the_table() {
    let table: Vec<_> = table().map(|metric| row(&metric)).collect();
    assert_eq!(rows(DOCUMENTATION), table);
    let queue: Vec<_> = gloaming_queue::metrics::QUEUE.iter().map(row).collect();
    assert_eq!(rows(QUEUE_DOCUMENTATION), queue);
}

/// Prometheus' conventions: <https://prometheus.io/docs/practices/naming/>.
#[test]
fn names_follow_prometheus_conventions() {
    let mut names = BTreeSet::new();
    for metric in table() {
        let name = metric.name;
        assert!(names.insert(name), "{name} appears twice");
        assert!(name.starts_with("gloaming_"), "{name}");
        let plain = name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'_'));
        assert!(plain, "{name}");
        let counts = metric.kind == MetricKind::Counter;
        assert_eq!(name.ends_with("_total"), counts, "{name}");
        let stem = name.trim_end_matches("_total");
        let bytes = metric.unit == MetricUnit::Bytes;
        assert_eq!(stem.ends_with("_bytes"), bytes, "{name}");
        let seconds = metric.unit == MetricUnit::Seconds;
        assert_eq!(stem.ends_with("_seconds"), seconds, "{name}");
        assert!(metric.description.ends_with('.'), "{name}");
        for label in ["le", "quantile", "job", "instance"] {
            assert!(!metric.labels.contains(&label), "{name}: {label} is taken");
        }
    }
}

/// Runs a shard through everything that has a metric.
async fn run_session() {
    let queue = InMemoryQueue::with_settings(QueueSettings::default());
    let (shard, mut gateway) = start_with(|config| config.queue(queue));
    let mut consumer = consume(shard, ReceiveMethod::Items);
    let attempt = gateway.attempt().await;
    attempt.refuse(ConnectError::new(ConnectErrorKind::Tcp));
    let mut connection = gateway.begin().await;
    connection.send(&dispatch("BRAND_NEW", 2, &json!({}))).await;
    connection
        .send(&dispatch("WEBHOOKS_UPDATE", 3, &json!([])))
        .await;
    connection.events([3]).await;
    let typing = json!({"channel_id": "2", "user_id": "3", "timestamp": "4"});
    connection.send(&dispatch("TYPING_START", 4, &typing)).await;
    connection.events([6]).await;
    connection
        .send(r#"{"op":2,"d":null,"s":null,"t":null}"#)
        .await;
    consumer.until_event(6).await;
    consumer
        .sender
        .send(r#"{"op":31,"d":{"guild_ids":["1"]}}"#.to_owned())
        .unwrap();
    connection.expect(31).await;
    connection.next_with_heartbeats().await;
    connection.acknowledge().await;
    connection.close(4000).await;
    drop(connection);
    for _ in 0..2 {
        let attempt = gateway.attempt().await;
        attempt.refuse(ConnectError::new(ConnectErrorKind::Tcp));
    }
    let mut connection = gateway.resuming(6).await;
    connection.send(&resumed(7)).await;
    connection.send(&event(8)).await;
    consumer.until_event(8).await;
    connection.close(4009).await;
    drop(connection);
    let connection = gateway.begin().await;
    consumer
        .until(|seen| matches!(seen, Observed::Lifecycle(Lifecycle::Ready { .. })))
        .await;
    consumer.sender.close(CloseFrame::NORMAL).unwrap();
    drop(connection);
    consumer.end().await;
}

#[tokio::test(start_paused = true)]
async fn recorded_metrics_match_the_table() {
    let reader = TestRecorder::default();
    let _installed = reader.install();
    run_session().await;

    let table: BTreeMap<_, _> = table().map(|metric| (metric.name, metric)).collect();
    let described = reader.described();
    assert!(
        described
            .keys()
            .map(String::as_str)
            .eq(table.keys().copied())
    );
    for (name, description) in described {
        let metric = table[&*name];
        assert_eq!(description.kind, metric.kind.to_string(), "{name}");
        assert_eq!(description.text, metric.description, "{name}");
        let unit = description.unit.expect("each has a unit");
        let expected = match metric.unit {
            MetricUnit::Bytes => Unit::Bytes,
            MetricUnit::Seconds => Unit::Seconds,
            _ => Unit::Count,
        };
        assert_eq!(unit, expected, "{name}");
    }

    let mut heard = BTreeSet::new();
    for series in reader.series() {
        let metric = table.get(&*series.name);
        let metric = metric.unwrap_or_else(|| panic!("{} is in the table", series.name));
        let labels: Vec<_> = series.labels.iter().map(|(key, _)| key).collect();
        assert_eq!(labels, metric.labels, "{}", series.name);
        heard.insert(metric.name);
    }
    // The in-memory queue does not refuse permits.
    let silent: Vec<_> = table.keys().filter(|name| !heard.contains(*name)).collect();
    assert_eq!(silent, [&"gloaming_permit_refusals_total"]);
}
