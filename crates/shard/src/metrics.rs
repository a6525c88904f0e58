//! The metrics of shards, recorded with the feature `metrics`.
//!
//! Shards record to the recorder installed for the [`metrics`](https://docs.rs/metrics) facade, for example
//! an exporter for Prometheus or StatsD. **Install the recorder before creating shards and their queue**:
//! both register their metrics when they are created, and series with further labels when they first occur.
//! Without a recorder, or without the feature, nothing is recorded.
//!
//! # The metrics
//!
//! | name | kind | unit | labels | description |
//! |---|---|---|---|---|
//! | `gloaming_events_total` | counter | count | `shard`, `type` | Payloads received, including duplicates. |
//! | `gloaming_unknown_events_total` | counter | count | `shard`, `type` | Events delivered that have no type. |
//! | `gloaming_repaired_events_total` | counter | count | `shard`, `type` | Events delivered that did not match their type and were repaired. |
//! | `gloaming_undecodable_events_total` | counter | count | `shard`, `type` | Events delivered that do not match their type. |
//! | `gloaming_duplicate_events_total` | counter | count | `shard` | Events received again and not delivered. |
//! | `gloaming_skipped_events_total` | counter | count | `shard` | Sequence numbers that the server skipped within a session. |
//! | `gloaming_replayed_events_total` | counter | count | `shard` | Events replayed while resuming. |
//! | `gloaming_unexpected_payloads_total` | counter | count | `shard` | Payloads not expected in the state of the shard. |
//! | `gloaming_received_bytes_total` | counter | bytes | `shard` | Bytes of the messages received, before decompression. |
//! | `gloaming_inflated_bytes_total` | counter | bytes | `shard` | Bytes of the payloads received, after decompression. |
//! | `gloaming_inflater_capacity_bytes` | gauge | bytes | `shard` | Size of the decompression buffer, without the window that the built-in inflater keeps in it. |
//! | `gloaming_sent_payloads_total` | counter | count | `shard`, `kind` | Payloads sent. |
//! | `gloaming_sent_bytes_total` | counter | bytes | `shard` | Bytes of the payloads sent. |
//! | `gloaming_heartbeat_latency_seconds` | histogram | seconds | `shard` | Time from a heartbeat to its acknowledgement. |
//! | `gloaming_connects_total` | counter | count | `shard`, `step` | Connection attempts. |
//! | `gloaming_disconnects_total` | counter | count | `shard`, `cause` | Connections that ended or failed to open. |
//! | `gloaming_server_closes_total` | counter | count | `shard`, `code` | Close frames received, except for replies to those of the client. |
//! | `gloaming_identifies_total` | counter | count | `shard`, `result` | Attempts to identify, by result. |
//! | `gloaming_resumes_total` | counter | count | `shard`, `step`, `result` | Attempts to resume, by result. |
//! | `gloaming_recovery_steps_exhausted_total` | counter | count | `shard`, `step` | Recovery steps given up. |
//! | `gloaming_sessions_lost_total` | counter | count | `shard` | Sessions lost with events not received. |
//! | `gloaming_identify_wait_seconds` | histogram | seconds | `shard` | Time from the request for an identify permit to its grant. |
//! | `gloaming_permit_refusals_total` | counter | count | `shard`, `reason` | Identify permits that the queue refused. |
//! | `gloaming_commands_total` | counter | count | `shard`, `outcome` | Commands accepted, by outcome. |
//! | `gloaming_commands_queued` | gauge | count | `shard` | Commands accepted that wait to be sent. |
//! | `gloaming_failures_total` | counter | count | `shard`, `kind` | Failures reported. |
//! | `gloaming_shard_state` | gauge | count | `shard`, `state` | 1 for the state of the shard, 0 for the others. |
//! | `gloaming_identify_queue_depth` | gauge | count | | Shards that wait for a permit to identify. |
//! | `gloaming_identify_budget_remaining` | gauge | count | | Identifies left of the daily limit, including the reserve, at the last change of the queue. |
//!
//! [`ALL`] is the same table in code, in every build.
//!
//! # The labels
//!
//! The set of label values is fixed: names of guilds, users or undocumented events are never label values. A
//! series with a label other than `shard` exists from its first occurrence on.
//!
//! | label | values |
//! |---|---|
//! | `shard` | the number of the shard |
//! | `type` | the name of a documented or announced event, such as `MESSAGE_CREATE`; `HELLO`, `HEARTBEAT`, `HEARTBEAT_ACK`, `INVALID_SESSION`, `RECONNECT`; otherwise `unknown` |
//! | `kind` of a payload | `heartbeat`, `identify`, `resume`, `command` |
//! | `kind` of a failure | `compression`, `config`, `deserializing`, `queue`, `reconnect`, `refused`, `unknown_event`, `websocket`: see [`ReceiveMessageErrorKind`](crate::error::ReceiveMessageErrorKind) |
//! | `step` | `resume_host`, `main_host`, `identify`: see [`RecoveryStep`](crate::machine::RecoveryStep) |
//! | `cause` | `closed`, `connect_failed`, `connect_timeout`, `flooded`, `hello_timeout`, `lost`, `reconnect_requested`, `requested`, `resume_timeout`, `session_invalid`, `session_resumable`, `unreadable`, `unusable_ready`, `zombie`, `other`: see [`DisconnectCause`](crate::machine::DisconnectCause) |
//! | `code` | the number of a documented close code, `1000`, `1001`; otherwise `other` |
//! | `result` | `succeeded`; `rejected` by op 9 or a close code that ends the session; `failed` with the connection |
//! | `reason` | `backend`, `closed`, `exhausted`, `ledger`, `other`: see [`QueueErrorKind`](gloaming_queue::QueueErrorKind) |
//! | `outcome` | `sent`, `expired`, `session_replaced`, `too_large`, `full`, `closed`, `superseded`, `withdrawn`, `other`: see [`CommandOutcome`](crate::CommandOutcome) |
//! | `state` | `active`, `disconnected`, `fatally_closed`, `identifying`, `resuming`, `closed`, `other`: see [`ShardState`](crate::ShardState) |
//!
//! # Queries
//!
//! - The compression ratio:
//!   `rate(gloaming_inflated_bytes_total[5m]) / rate(gloaming_received_bytes_total[5m])`.
//! - The number of active shards: `sum(gloaming_shard_state{state="active"})`.
//!
//! # Semantics
//!
//! - Gauges of shards with the same number, such as those of two generations during a change of the shard
//!   count, are added. The gauges of a dropped shard are 0.
//! - Events that `next_with`, `next_payload` or `next_message` deliver are not parsed by the shard, so only
//!   `gloaming_events_total` counts them.
//! - Commands that were not queued, since the queue was full or they exceed a limit, are errors of the caller
//!   and not counted. Commands that a dropped shard leaves behind are not counted either.

pub use gloaming_queue::metrics::{Metric, MetricKind, MetricUnit, QUEUE};

macro_rules! table {
    ($($constant:ident = $kind:ident $name:literal, $unit:ident, [$($label:literal),*],
        $description:literal;)*) => {
        $(
            #[doc = $description]
            pub const $constant: Metric = Metric::new(
                MetricKind::$kind,
                $name,
                MetricUnit::$unit,
                &[$($label),*],
                $description,
            );
        )*

        /// All metrics of a shard.
        pub const SHARD: &[Metric] = &[$($constant),*];
    };
}

table! {
    EVENTS = Counter "gloaming_events_total", Count, ["shard", "type"],
        "Payloads received, including duplicates.";
    UNKNOWN_EVENTS = Counter "gloaming_unknown_events_total", Count, ["shard", "type"],
        "Events delivered that have no type.";
    REPAIRED_EVENTS = Counter "gloaming_repaired_events_total", Count, ["shard", "type"],
        "Events delivered that did not match their type and were repaired.";
    UNDECODABLE_EVENTS = Counter "gloaming_undecodable_events_total", Count, ["shard", "type"],
        "Events delivered that do not match their type.";
    DUPLICATE_EVENTS = Counter "gloaming_duplicate_events_total", Count, ["shard"],
        "Events received again and not delivered.";
    SKIPPED_EVENTS = Counter "gloaming_skipped_events_total", Count, ["shard"],
        "Sequence numbers that the server skipped within a session.";
    REPLAYED_EVENTS = Counter "gloaming_replayed_events_total", Count, ["shard"],
        "Events replayed while resuming.";
    UNEXPECTED_PAYLOADS = Counter "gloaming_unexpected_payloads_total", Count, ["shard"],
        "Payloads not expected in the state of the shard.";
    RECEIVED_BYTES = Counter "gloaming_received_bytes_total", Bytes, ["shard"],
        "Bytes of the messages received, before decompression.";
    INFLATED_BYTES = Counter "gloaming_inflated_bytes_total", Bytes, ["shard"],
        "Bytes of the payloads received, after decompression.";
    INFLATER_CAPACITY = Gauge "gloaming_inflater_capacity_bytes", Bytes, ["shard"],
        "Size of the decompression buffer, without the window that the built-in inflater keeps in it.";
    SENT_PAYLOADS = Counter "gloaming_sent_payloads_total", Count, ["shard", "kind"],
        "Payloads sent.";
    SENT_BYTES = Counter "gloaming_sent_bytes_total", Bytes, ["shard"],
        "Bytes of the payloads sent.";
    HEARTBEAT_LATENCY = Histogram "gloaming_heartbeat_latency_seconds", Seconds, ["shard"],
        "Time from a heartbeat to its acknowledgement.";
    CONNECTS = Counter "gloaming_connects_total", Count, ["shard", "step"],
        "Connection attempts.";
    DISCONNECTS = Counter "gloaming_disconnects_total", Count, ["shard", "cause"],
        "Connections that ended or failed to open.";
    SERVER_CLOSES = Counter "gloaming_server_closes_total", Count, ["shard", "code"],
        "Close frames received, except for replies to those of the client.";
    IDENTIFIES = Counter "gloaming_identifies_total", Count, ["shard", "result"],
        "Attempts to identify, by result.";
    RESUMES = Counter "gloaming_resumes_total", Count, ["shard", "step", "result"],
        "Attempts to resume, by result.";
    RECOVERY_STEPS_EXHAUSTED = Counter "gloaming_recovery_steps_exhausted_total", Count, ["shard", "step"],
        "Recovery steps given up.";
    SESSIONS_LOST = Counter "gloaming_sessions_lost_total", Count, ["shard"],
        "Sessions lost with events not received.";
    IDENTIFY_WAIT = Histogram "gloaming_identify_wait_seconds", Seconds, ["shard"],
        "Time from the request for an identify permit to its grant.";
    PERMIT_REFUSALS = Counter "gloaming_permit_refusals_total", Count, ["shard", "reason"],
        "Identify permits that the queue refused.";
    COMMANDS = Counter "gloaming_commands_total", Count, ["shard", "outcome"],
        "Commands accepted, by outcome.";
    COMMANDS_QUEUED = Gauge "gloaming_commands_queued", Count, ["shard"],
        "Commands accepted that wait to be sent.";
    FAILURES = Counter "gloaming_failures_total", Count, ["shard", "kind"],
        "Failures reported.";
    SHARD_STATE = Gauge "gloaming_shard_state", Count, ["shard", "state"],
        "1 for the state of the shard, 0 for the others.";
}

/// All metrics: those of shards and those of their [queue](QUEUE).
pub const ALL: [&[Metric]; 2] = [SHARD, QUEUE];
