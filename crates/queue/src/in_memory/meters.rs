//! The queue's metrics, for the recorder of the `metrics` facade.

use metrics::{Gauge, Key, Level, Metadata, Unit, with_recorder};

use crate::metrics::{IDENTIFY_BUDGET_REMAINING, IDENTIFY_QUEUE_DEPTH, Metric};

/// Handles, taken once.
#[derive(Debug)]
pub(super) struct Meters {
    depth: Gauge,
    waiting: usize,
    /// Taken when there is something to tell: a budget of 0 would be an alarm.
    budget: Option<Gauge>,
    remaining: u32,
}

impl Meters {
    pub(super) fn new() -> Self {
        Self {
            depth: gauge(&IDENTIFY_QUEUE_DEPTH),
            waiting: 0,
            budget: None,
            remaining: 0,
        }
    }

    /// By differences, so that several queues add up.
    pub(super) fn waiting(&mut self, waiting: usize) {
        if waiting != self.waiting {
            self.depth.increment(waiting as f64 - self.waiting as f64);
            self.waiting = waiting;
        }
    }

    pub(super) fn remaining(&mut self, remaining: u32) {
        if self.budget.is_none() || remaining != self.remaining {
            self.budget
                .get_or_insert_with(|| gauge(&IDENTIFY_BUDGET_REMAINING))
                .set(remaining);
            self.remaining = remaining;
        }
    }
}

fn gauge(metric: &Metric) -> Gauge {
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
