//! The metrics that the queue records with the feature `metrics`.
//!
//! They go to the recorder of the `metrics` facade crate that is installed when the queue is built.
//! Install the recorder first.
//!
//! | name | kind | unit | labels | description |
//! |---|---|---|---|---|
//! | `gloaming_identify_queue_depth` | gauge | count | | Shards that wait for a permit to identify. |
//! | `gloaming_identify_budget_remaining` | gauge | count | | Identifies left of the daily limit, including the reserve, at the last change of the queue. |
//!
//! With several queues in one process, the depth is their sum and the budget is that of the queue that
//! changed last.

use std::fmt::{self, Display, Formatter};

/// The constant description of a metric.
///
/// The tables of metrics exist in every build, so that dashboards and alerts can be generated from
/// them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Metric {
    /// The kind of metric.
    pub kind: MetricKind,
    /// The name, in Prometheus' convention.
    pub name: &'static str,
    /// The unit of its values.
    pub unit: MetricUnit,
    /// The keys of its labels. The set of values of each label is bounded.
    pub labels: &'static [&'static str],
    /// The description, one sentence.
    pub description: &'static str,
}

/// The kind of a metric.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MetricKind {
    /// A number that only increases.
    Counter,
    /// A number that increases and decreases.
    Gauge,
    /// A distribution of values.
    Histogram,
}

/// The unit of a metric's values.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MetricUnit {
    /// A number of items.
    Count,
    /// Bytes.
    Bytes,
    /// Seconds.
    Seconds,
}

/// Shards that wait for a permit to identify.
pub const IDENTIFY_QUEUE_DEPTH: Metric = Metric::new(
    MetricKind::Gauge,
    "gloaming_identify_queue_depth",
    MetricUnit::Count,
    &[],
    "Shards that wait for a permit to identify.",
);

/// Identifies left of the daily limit ([P12](gloaming_protocol::rules#p12)), including the reserve.
pub const IDENTIFY_BUDGET_REMAINING: Metric = Metric::new(
    MetricKind::Gauge,
    "gloaming_identify_budget_remaining",
    MetricUnit::Count,
    &[],
    "Identifies left of the daily limit, including the reserve, at the last change of the queue.",
);

/// All metrics of this crate.
pub const QUEUE: &[Metric] = &[IDENTIFY_QUEUE_DEPTH, IDENTIFY_BUDGET_REMAINING];

impl Metric {
    /// Builds the description of a metric.
    #[must_use]
    pub const fn new(
        kind: MetricKind,
        name: &'static str,
        unit: MetricUnit,
        labels: &'static [&'static str],
        description: &'static str,
    ) -> Self {
        Self {
            kind,
            name,
            unit,
            labels,
            description,
        }
    }
}

impl Display for MetricKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        })
    }
}

impl Display for MetricUnit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Count => "count",
            Self::Bytes => "bytes",
            Self::Seconds => "seconds",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_units_display_as_in_the_table() {
        let kinds = [
            MetricKind::Counter,
            MetricKind::Gauge,
            MetricKind::Histogram,
        ];
        assert_eq!(
            kinds.map(|kind| kind.to_string()),
            ["counter", "gauge", "histogram"]
        );
        let units = [MetricUnit::Count, MetricUnit::Bytes, MetricUnit::Seconds];
        assert_eq!(
            units.map(|unit| unit.to_string()),
            ["count", "bytes", "seconds"]
        );
    }
}
