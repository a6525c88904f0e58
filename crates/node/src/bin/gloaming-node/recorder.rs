//! The metrics of the process.

use crate::{Result, status::Status};
use metrics::Unit;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Upper bounds in seconds for latencies and waits. Unlike quantiles, buckets of several nodes can be added up.
const BUCKETS: [f64; 10] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 300.0];

/// Installs the recorder, which shards keep that are made after this.
pub(crate) fn install() -> Result<PrometheusHandle> {
    let builder = PrometheusBuilder::new();
    let builder =
        builder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)?;
    let handle = builder.install_recorder()?;
    metrics::describe_gauge!(
        "gloaming_node_shards",
        Unit::Count,
        "Shards that this node runs."
    );
    metrics::describe_gauge!(
        "gloaming_node_draining",
        Unit::Count,
        "1 while this node gives its shards away."
    );
    metrics::describe_counter!(
        "gloaming_node_events_total",
        Unit::Count,
        "Events that were passed on."
    );
    metrics::describe_counter!(
        "gloaming_node_refused_events_total",
        Unit::Count,
        "Events that are too large for the engine, and were not passed on, by stream."
    );
    metrics::describe_counter!(
        "gloaming_node_dropped_events_total",
        Unit::Count,
        "Events that a stream did not take and that were dropped, as its `overflow` says."
    );
    metrics::describe_counter!(
        "gloaming_node_commands_total",
        Unit::Count,
        "Commands that other processes asked for, by what this node replied."
    );
    metrics::describe_counter!(
        "gloaming_node_event_bytes_total",
        Unit::Bytes,
        "Bytes of the events that were passed on."
    );
    Ok(handle)
}

/// Returns all metrics in the format of Prometheus.
pub(crate) fn render(handle: &PrometheusHandle, status: &Status) -> String {
    metrics::gauge!("gloaming_node_shards").set(status.serving() as f64);
    let is_draining = f64::from(u8::from(status.is_draining()));
    metrics::gauge!("gloaming_node_draining").set(is_draining);
    handle.render()
}
