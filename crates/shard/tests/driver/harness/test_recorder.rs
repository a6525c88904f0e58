//! A metrics recorder whose values a test can read.

use metrics::{
    Counter, Gauge, Histogram, HistogramFn, Key, KeyName, LocalRecorderGuard, Metadata, Recorder,
    SharedString, Unit, set_default_local_recorder,
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
};

/// A recorder of the thread on which it is installed.
#[derive(Clone, Default)]
pub(crate) struct TestRecorder {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    described: BTreeMap<String, Description>,
    series: BTreeMap<String, Series>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Description {
    pub(crate) kind: &'static str,
    pub(crate) unit: Option<Unit>,
    pub(crate) text: String,
}

/// A metric name with label values.
#[derive(Clone)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) labels: Vec<(String, String)>,
    value: Value,
}

#[derive(Clone)]
enum Value {
    Counter(Arc<AtomicU64>),
    Gauge(Arc<AtomicU64>),
    Histogram(Arc<Samples>),
}

#[derive(Default)]
struct Samples(Mutex<Vec<f64>>);

impl HistogramFn for Samples {
    fn record(&self, value: f64) {
        self.0.lock().unwrap().push(value);
    }
}

impl TestRecorder {
    /// Installs the recorder on this thread while the guard lives.
    pub(crate) fn install(&self) -> LocalRecorderGuard<'_> {
        set_default_local_recorder(self)
    }

    pub(crate) fn described(&self) -> BTreeMap<String, Description> {
        self.state().described.clone()
    }

    pub(crate) fn series(&self) -> Vec<Series> {
        self.state().series.values().cloned().collect()
    }

    /// Returns the counters that are not 0, without the common prefix and label: `events_total{type=READY}`.
    pub(crate) fn counters(&self) -> Vec<(String, u64)> {
        let state = self.state();
        let counters = state.series.iter().filter_map(|(key, series)| {
            let Value::Counter(value) = &series.value else {
                return None;
            };
            Some((key.clone(), value.load(Ordering::Relaxed))).filter(|(_, value)| *value > 0)
        });
        counters.collect()
    }

    pub(crate) fn counter(&self, key: &str) -> u64 {
        let counted = self.counters();
        let found = counted.iter().find(|(known, _)| known == key);
        found.map_or(0, |(_, value)| *value)
    }

    pub(crate) fn gauge(&self, key: &str) -> Option<f64> {
        match &self.state().series.get(key)?.value {
            Value::Gauge(value) => Some(f64::from_bits(value.load(Ordering::Relaxed))),
            _ => None,
        }
    }

    pub(crate) fn histogram(&self, key: &str) -> Vec<f64> {
        match self.state().series.get(key).map(|series| &series.value) {
            Some(Value::Histogram(samples)) => samples.0.lock().unwrap().clone(),
            _ => Vec::new(),
        }
    }

    fn describe(&self, kind: &'static str, name: &KeyName, unit: Option<Unit>, text: &str) {
        let text = text.to_owned();
        let description = Description { kind, unit, text };
        self.state()
            .described
            .insert(name.as_str().to_owned(), description);
    }

    fn register(&self, key: &Key, new: impl FnOnce() -> Value) -> Value {
        let labels: Vec<_> = key
            .labels()
            .map(|label| (label.key().to_owned(), label.value().to_owned()))
            .collect();
        let shown: Vec<_> = labels
            .iter()
            .filter(|(key, value)| !(key == "shard" && value == "0"))
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let short = key
            .name()
            .strip_prefix("gloaming_")
            .unwrap_or_else(|| key.name());
        let shown = match &*shown {
            [] => short.to_owned(),
            shown => format!("{short}{{{}}}", shown.join(",")),
        };
        let name = key.name().to_owned();
        let mut state = self.state();
        let series = state.series.entry(shown).or_insert_with(|| Series {
            name,
            labels,
            value: new(),
        });
        series.value.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Recorder for TestRecorder {
    fn describe_counter(&self, name: KeyName, unit: Option<Unit>, text: SharedString) {
        self.describe("counter", &name, unit, &text);
    }

    fn describe_gauge(&self, name: KeyName, unit: Option<Unit>, text: SharedString) {
        self.describe("gauge", &name, unit, &text);
    }

    fn describe_histogram(&self, name: KeyName, unit: Option<Unit>, text: SharedString) {
        self.describe("histogram", &name, unit, &text);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        match self.register(key, || Value::Counter(Arc::default())) {
            Value::Counter(value) => Counter::from_arc(value),
            _ => panic!("{key} is not a counter"),
        }
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        match self.register(key, || Value::Gauge(Arc::default())) {
            Value::Gauge(value) => Gauge::from_arc(value),
            _ => panic!("{key} is not a gauge"),
        }
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        match self.register(key, || Value::Histogram(Arc::default())) {
            Value::Histogram(samples) => Histogram::from_arc(samples),
            _ => panic!("{key} is not a histogram"),
        }
    }
}
