//! Handles of the `metrics` facade for the rows of the table.

use super::labels::PayloadType;
use crate::metrics::{Metric, MetricKind, MetricUnit, SHARD};
use gloaming_protocol::ShardId;
use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, SharedString, Unit};
use std::sync::Arc;

const METADATA: Metadata<'_> = Metadata::new("gloaming_shard", Level::INFO, None);

/// Makes the handles of one shard.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// The shard's number, as a label has it.
    shard: SharedString,
}

impl Source {
    /// Tells the recorder what the metrics are; one that knows already hears the same again.
    pub(super) fn new(shard: ShardId) -> Self {
        metrics::with_recorder(|recorder| {
            for metric in SHARD {
                let unit = Some(match metric.unit {
                    MetricUnit::Bytes => Unit::Bytes,
                    MetricUnit::Seconds => Unit::Seconds,
                    _ => Unit::Count,
                });
                let (name, text) = (metric.name.into(), metric.description.into());
                match metric.kind {
                    MetricKind::Gauge => recorder.describe_gauge(name, unit, text),
                    MetricKind::Histogram => recorder.describe_histogram(name, unit, text),
                    _ => recorder.describe_counter(name, unit, text),
                }
            }
        });
        let number: Arc<str> = shard.number().to_string().into();
        Self {
            shard: SharedString::from_shared(number),
        }
    }

    /// The series of a metric with these values for the labels after `shard`.
    fn key(&self, metric: &Metric, values: &[&'static str]) -> Key {
        debug_assert_eq!(metric.labels.len(), values.len() + 1, "{}", metric.name);
        let rest = values.iter().map(|value| SharedString::const_str(value));
        let values = std::iter::once(self.shard.clone()).chain(rest);
        let labels: Vec<_> = metric
            .labels
            .iter()
            .zip(values)
            .map(|(label, value)| Label::new(*label, value))
            .collect();
        Key::from_parts(metric.name, labels)
    }

    pub(super) fn counter(&self, metric: &Metric, values: &[&'static str]) -> Counter {
        let key = self.key(metric, values);
        metrics::with_recorder(|recorder| recorder.register_counter(&key, &METADATA))
    }

    pub(super) fn gauge(&self, metric: &Metric, values: &[&'static str]) -> Gauge {
        let key = self.key(metric, values);
        metrics::with_recorder(|recorder| recorder.register_gauge(&key, &METADATA))
    }

    pub(super) fn histogram(&self, metric: &Metric) -> Histogram {
        let key = self.key(metric, &[]);
        metrics::with_recorder(|recorder| recorder.register_histogram(&key, &METADATA))
    }
}

/// Counters that differ in labels with few values, each there from its first use on.
#[derive(Debug)]
pub(super) struct Family<const N: usize> {
    metric: Metric,
    series: Vec<([&'static str; N], Counter)>,
}

impl<const N: usize> Family<N> {
    pub(super) const fn new(metric: Metric) -> Self {
        let series = Vec::new();
        Self { metric, series }
    }

    pub(super) fn count(&mut self, source: &Source, values: [&'static str; N], by: u64) {
        let known = self.series.iter().position(|(known, _)| *known == values);
        let place = known.unwrap_or_else(|| {
            let counter = source.counter(&self.metric, &values);
            self.series.push((values, counter));
            self.series.len() - 1
        });
        self.series[place].1.increment(by);
    }
}

/// Counters by the type of payloads: found by index, since each event is counted.
#[derive(Debug)]
pub(super) struct ByType {
    metric: Metric,
    /// Empty until the first use.
    series: Vec<Option<Counter>>,
}

impl ByType {
    pub(super) const fn new(metric: Metric) -> Self {
        let series = Vec::new();
        Self { metric, series }
    }

    pub(super) fn count(&mut self, source: &Source, of: PayloadType) {
        if self.series.is_empty() {
            self.series.resize(PayloadType::COUNT, None);
        }
        self.series[of.index()]
            .get_or_insert_with(|| source.counter(&self.metric, &[of.name()]))
            .increment(1);
    }
}

/// A gauge moved by differences, so that shards of the same number add up.
#[derive(Debug)]
pub(super) struct Share {
    gauge: Gauge,
    share: usize,
}

impl Share {
    pub(super) const fn new(gauge: Gauge) -> Self {
        Self { gauge, share: 0 }
    }

    pub(super) fn set(&mut self, share: usize) {
        if share != self.share {
            self.gauge.increment(share as f64 - self.share as f64);
            self.share = share;
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.set(0);
    }
}
