//! Whether a stream of the engine takes the events.

use metrics::Counter;
use serde::Serialize;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

/// What `/health` shows of each stream, by name.
pub(crate) type StreamReports = BTreeMap<String, StreamReport>;

/// The health of a stream, and its metrics. Written by its sink, and read by the tasks that answer requests.
#[derive(Clone, Debug)]
pub(crate) struct StreamHealth {
    facts: Arc<Mutex<Facts>>,
    dropped: Counter,
    refused: Counter,
}

#[derive(Debug, Default)]
struct Facts {
    flow: Flow,
    dropped: u64,
    refused: u64,
}

/// What becomes of the events of a stream.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Flow {
    /// The engine takes them.
    #[default]
    Free,
    /// This many wait for the engine, the first of them since that moment. The shards do not read meanwhile.
    Waiting { events: u64, since: Instant },
    /// This many were dropped, one after the other, since that moment.
    Dropping { events: u64, since: Instant },
}

/// The health of a stream as JSON.
#[derive(Debug, Eq, PartialEq, Serialize)]
pub(crate) struct StreamReport {
    #[serde(flatten)]
    flow: FlowReport,
    /// Events that were dropped since the start, as `overflow` says.
    dropped: u64,
    /// Events that are too large for the engine, since the start.
    refused: u64,
}

#[derive(Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum FlowReport {
    Flowing,
    Waiting { events: u64, for_seconds: u64 },
    Dropping { events: u64, for_seconds: u64 },
}

impl StreamHealth {
    /// Of the stream with this name.
    pub(crate) fn new(name: &str) -> Self {
        let name = name.to_owned();
        Self {
            facts: Arc::default(),
            dropped: metrics::counter!("gloaming_node_dropped_events_total", "stream" => name.clone()),
            refused: metrics::counter!("gloaming_node_refused_events_total", "stream" => name),
        }
    }

    pub(crate) fn flow(&self) -> Flow {
        self.with(|facts| facts.flow)
    }

    /// Notes that the engine has taken everything.
    pub(crate) fn flows(&self) {
        self.with(|facts| facts.flow = Flow::Free);
    }

    /// Notes that so many events wait.
    pub(crate) fn waits(&self, now: Instant, events: u64) {
        self.with(|facts| {
            let since = match facts.flow {
                Flow::Waiting { since, .. } => since,
                _ => now,
            };
            facts.flow = Flow::Waiting { events, since };
        });
    }

    /// Notes that so many events were dropped.
    pub(crate) fn drops(&self, now: Instant, events: u64) {
        self.dropped.increment(events);
        self.with(|facts| {
            facts.dropped += events;
            facts.flow = match facts.flow {
                Flow::Dropping {
                    events: before,
                    since,
                } => Flow::Dropping {
                    events: before + events,
                    since,
                },
                _ => Flow::Dropping { events, since: now },
            };
        });
    }

    /// Notes that the engine will never take an event.
    pub(crate) fn refuses(&self) {
        self.refused.increment(1);
        self.with(|facts| facts.refused += 1);
    }

    pub(crate) fn report(&self, now: Instant) -> StreamReport {
        let seconds = |since| now.saturating_duration_since(since).as_secs();
        self.with(|facts| StreamReport {
            flow: match facts.flow {
                Flow::Free => FlowReport::Flowing,
                Flow::Waiting { events, since } => FlowReport::Waiting {
                    events,
                    for_seconds: seconds(since),
                },
                Flow::Dropping { events, since } => FlowReport::Dropping {
                    events,
                    for_seconds: seconds(since),
                },
            },
            dropped: facts.dropped,
            refused: facts.refused,
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Facts) -> T) -> T {
        act(&mut self.facts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;
    use std::time::Duration;

    fn json(health: &StreamHealth, now: Instant) -> String {
        serde_json::to_string(&health.report(now)).unwrap()
    }

    #[test]
    fn stream_shows_what_becomes_of_its_events() {
        let (health, start) = (StreamHealth::new("events"), clock::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(
            json(&health, start),
            r#"{"state":"flowing","dropped":0,"refused":0}"#
        );
        health.waits(at(1), 40);
        health.waits(at(2), 39);
        assert_eq!(
            json(&health, at(5)),
            r#"{"state":"waiting","events":39,"for_seconds":4,"dropped":0,"refused":0}"#
        );
        health.flows();
        health.drops(at(6), 3);
        health.drops(at(7), 4);
        health.refuses();
        assert_eq!(
            json(&health, at(8)),
            r#"{"state":"dropping","events":7,"for_seconds":2,"dropped":7,"refused":1}"#
        );
        health.flows();
        assert_eq!(
            json(&health, at(9)),
            r#"{"state":"flowing","dropped":7,"refused":1}"#
        );
    }
}
