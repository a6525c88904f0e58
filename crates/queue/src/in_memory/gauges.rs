//! The queue's metrics, recorded through the `metrics` facade.

use metrics::{Gauge, Key, Level, Metadata, Unit, with_recorder};

use crate::metrics::{IDENTIFY_BUDGET_REMAINING, IDENTIFY_QUEUE_DEPTH, Metric};

/// The gauges of one queue, with the values that were recorded last.
#[derive(Debug)]
pub(super) struct Gauges {
    depth: Gauge,
    waiting: usize,
    /// Registered with its first value: a gauge that starts at 0 would trigger
    /// alerts.
    budget: Option<Gauge>,
    remaining: u32,
}

impl Gauges {
    pub(super) fn new() -> Self {
        Self {
            depth: register(&IDENTIFY_QUEUE_DEPTH),
            waiting: 0,
            budget: None,
            remaining: 0,
        }
    }

    /// Records the difference, so that the depths of several queues add up.
    pub(super) fn set_waiting(&mut self, waiting: usize) {
        if waiting != self.waiting {
            self.depth.increment(waiting as f64 - self.waiting as f64);
            self.waiting = waiting;
        }
    }

    pub(super) fn set_remaining(&mut self, remaining: u32) {
        if self.budget.is_none() || remaining != self.remaining {
            self.budget
                .get_or_insert_with(|| register(&IDENTIFY_BUDGET_REMAINING))
                .set(remaining);
            self.remaining = remaining;
        }
    }
}

fn register(metric: &Metric) -> Gauge {
    const METADATA: Metadata<'_> = Metadata::new("gloaming_queue", Level::INFO, None);

    with_recorder(|recorder| {
        recorder.describe_gauge(
            metric.name.into(),
            Some(Unit::Count),
            metric.description.into(),
        );
        recorder.register_gauge(&Key::from_static_name(metric.name), &METADATA)
    })
}
