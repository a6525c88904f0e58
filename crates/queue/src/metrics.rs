//! What the queue tells in numbers, with the feature `metrics`.
//!
//! The numbers go to the recorder of the `metrics` facade crate that is installed when the queue is
//! made: install it before.
//!
//! | name | kind | unit | labels | what it is |
//! |---|---|---|---|---|
//! | `gloaming_identify_queue_depth` | gauge | count | | Shards that wait for a permit to identify. |
//! | `gloaming_identify_budget_remaining` | gauge | count | | Identifies left of the daily limit, the reserve included, when one was last asked for. |
//!
//! Several queues of one process add up in the depth; the budget is that of the queue that was used
//! last.

use std::fmt::{self, Display, Formatter};

/// One metric: all that is fixed of it.
///
/// The metrics are in tables of these, in every build: dashboards and alerts can be made from them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Metric {
    /// Its kind.
    pub kind: MetricKind,
    /// Its name, as Prometheus would have it.
    pub name: &'static str,
    /// What it counts in.
    pub unit: MetricUnit,
    /// The keys of its labels. Their values are from bounded sets.
    pub labels: &'static [&'static str],
    /// What it is, in a sentence.
    pub description: &'static str,
}

/// How a metric behaves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MetricKind {
    /// Only rises.
    Counter,
    /// Rises and falls.
    Gauge,
    /// Has a distribution.
    Histogram,
}

/// What a metric counts in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MetricUnit {
    /// Things.
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

/// Identifies left of the daily limit (P12).
pub const IDENTIFY_BUDGET_REMAINING: Metric = Metric::new(
    MetricKind::Gauge,
    "gloaming_identify_budget_remaining",
    MetricUnit::Count,
    &[],
    "Identifies left of the daily limit, the reserve included, when one was last asked for.",
);

/// Every metric of this crate.
pub const QUEUE: &[Metric] = &[IDENTIFY_QUEUE_DEPTH, IDENTIFY_BUDGET_REMAINING];

impl Metric {
    /// Describes a metric; for a table of one's own.
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
    fn kinds_and_units_have_the_names_that_tables_show() {
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
