//! Handles of the `metrics` facade for the metrics of [`crate::metrics`].

use super::labels::PayloadType;
use crate::metrics::{Metric, MetricKind, MetricUnit, SHARD};
use gloaming_protocol::ShardId;
use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, SharedString, Unit};
use std::sync::Arc;

const METADATA: Metadata<'_> = Metadata::new("gloaming_shard", Level::INFO, None);

/// Registers the metrics of one shard.
#[derive(Clone, Debug)]
pub(super) struct Registry {
    /// The value of the label `shard`.
    shard: SharedString,
}

impl Registry {
    /// Describes all metrics to the recorder. Repeated descriptions have no effect.
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

    /// Returns the key of a metric with these values of the labels after `shard`.
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

/// Counters of one metric by the values of its labels, registered at their first use. For few values.
#[derive(Debug)]
pub(super) struct CounterFamily<const N: usize> {
    metric: Metric,
    series: Vec<([&'static str; N], Counter)>,
}

impl<const N: usize> CounterFamily<N> {
    pub(super) const fn new(metric: Metric) -> Self {
        let series = Vec::new();
        Self { metric, series }
    }

    pub(super) fn count(&mut self, registry: &Registry, values: [&'static str; N], by: u64) {
        let known = self.series.iter().position(|(known, _)| *known == values);
        let place = known.unwrap_or_else(|| {
            let counter = registry.counter(&self.metric, &values);
            self.series.push((values, counter));
            self.series.len() - 1
        });
        self.series[place].1.increment(by);
    }
}

/// Counters of one metric by payload type. Indexed, since every event is counted.
#[derive(Debug)]
pub(super) struct TypeCounters {
    metric: Metric,
    /// Empty before the first use.
    series: Vec<Option<Counter>>,
}

impl TypeCounters {
    pub(super) const fn new(metric: Metric) -> Self {
        let series = Vec::new();
        Self { metric, series }
    }

    pub(super) fn count(&mut self, registry: &Registry, payload_type: PayloadType) {
        if self.series.is_empty() {
            self.series.resize(PayloadType::COUNT, None);
        }
        self.series[payload_type.index()]
            .get_or_insert_with(|| registry.counter(&self.metric, &[payload_type.name()]))
            .increment(1);
    }
}

/// A shard's share of a gauge. Updates are differences, so that shards with the same number add up.
#[derive(Debug)]
pub(super) struct GaugeShare {
    gauge: Gauge,
    value: usize,
}

impl GaugeShare {
    pub(super) const fn new(gauge: Gauge) -> Self {
        Self { gauge, value: 0 }
    }

    pub(super) fn set(&mut self, value: usize) {
        if value != self.value {
            self.gauge.increment(value as f64 - self.value as f64);
            self.value = value;
        }
    }
}

impl Drop for GaugeShare {
    fn drop(&mut self) {
        self.set(0);
    }
}
