//! What shards tell in numbers, with the feature `metrics`.
//!
//! The numbers go to the recorder that is installed for the [`metrics`](https://docs.rs/metrics) facade:
//! that of an exporter for Prometheus, StatsD or whatever else speaks it. **Install it before shards,
//! and their queue, are made**: each takes its handles when it is made, and those of rarer labels when
//! they are first needed. Without a recorder, or without the feature, nothing is counted.
//!
//! # The metrics
//!
//! | name | kind | unit | labels | what it is |
//! |---|---|---|---|---|
//! | `gloaming_events_total` | counter | count | `shard`, `type` | Payloads received, duplicates included. |
//! | `gloaming_unknown_events_total` | counter | count | `shard`, `type` | Events handed over that there is no type for. |
//! | `gloaming_undecodable_events_total` | counter | count | `shard`, `type` | Events handed over that do not fit their type. |
//! | `gloaming_duplicate_events_total` | counter | count | `shard` | Events that came again and were not handed over. |
//! | `gloaming_skipped_events_total` | counter | count | `shard` | Sequences that the server skipped within a session. |
//! | `gloaming_replayed_events_total` | counter | count | `shard` | Events that were replayed before a session went on. |
//! | `gloaming_unexpected_payloads_total` | counter | count | `shard` | Payloads that had no place in the state of the shard. |
//! | `gloaming_received_bytes_total` | counter | bytes | `shard` | Bytes of the messages received, as they came. |
//! | `gloaming_inflated_bytes_total` | counter | bytes | `shard` | Bytes of the payloads received, inflated. |
//! | `gloaming_inflater_capacity_bytes` | gauge | bytes | `shard` | Size of the buffer that messages are inflated into. |
//! | `gloaming_sent_payloads_total` | counter | count | `shard`, `kind` | Payloads handed to the socket. |
//! | `gloaming_sent_bytes_total` | counter | bytes | `shard` | Bytes of the payloads handed to the socket. |
//! | `gloaming_heartbeat_latency_seconds` | histogram | seconds | `shard` | Time from a heartbeat to its acknowledgement. |
//! | `gloaming_connects_total` | counter | count | `shard`, `step` | Connections begun to be opened. |
//! | `gloaming_disconnects_total` | counter | count | `shard`, `cause` | Connections that ended or could not be opened. |
//! | `gloaming_server_closes_total` | counter | count | `shard`, `code` | Close frames received. |
//! | `gloaming_identifies_total` | counter | count | `shard`, `result` | Attempts to begin a session, by what came of them. |
//! | `gloaming_resumes_total` | counter | count | `shard`, `step`, `result` | Attempts to go on with a session, by what came of them. |
//! | `gloaming_recovery_steps_exhausted_total` | counter | count | `shard`, `step` | Ways to go on with a session that were given up. |
//! | `gloaming_sessions_lost_total` | counter | count | `shard` | Sessions that ended with events not received. |
//! | `gloaming_identify_wait_seconds` | histogram | seconds | `shard` | Time from asking for a permit to identify to having it. |
//! | `gloaming_permit_refusals_total` | counter | count | `shard`, `reason` | Permits to identify that the queue refused. |
//! | `gloaming_commands_total` | counter | count | `shard`, `outcome` | Commands queued, by what became of them. |
//! | `gloaming_commands_queued` | gauge | count | `shard` | Commands taken that wait for their turn. |
//! | `gloaming_failures_total` | counter | count | `shard`, `kind` | Things that went wrong. |
//! | `gloaming_shard_state` | gauge | count | `shard`, `state` | 1 in the state of the shard, 0 in the others. |
//! | `gloaming_identify_queue_depth` | gauge | count | | Shards that wait for a permit to identify. |
//! | `gloaming_identify_budget_remaining` | gauge | count | | Identifies left of the daily limit, the reserve included, when one was last asked for. |
//!
//! [`ALL`] is the same table in code, in every build.
//!
//! # The labels
//!
//! No label has a value that the network may choose: names of guilds, users, or of events that are not
//! documented never become one. A series with a label beside `shard` is there from the first time on.
//!
//! | label | its values |
//! |---|---|
//! | `shard` | the shard's number |
//! | `type` | a documented event's name, such as `MESSAGE_CREATE`; `HELLO`, `HEARTBEAT`, `HEARTBEAT_ACK`, `INVALID_SESSION`, `RECONNECT`; else `unknown` |
//! | `kind` of what was sent | `heartbeat`, `identify`, `resume`, `command` |
//! | `kind` of a failure | `compression`, `config`, `deserializing`, `queue`, `reconnect`, `refused`, `unknown_event`, `websocket`: [`ReceiveMessageErrorKind`](crate::error::ReceiveMessageErrorKind)'s |
//! | `step` | `resume_host`, `main_host`, `identify`: [`RecoveryStep`](crate::machine::RecoveryStep)'s |
//! | `cause` | `closed`, `connect_failed`, `connect_timeout`, `hello_timeout`, `lost`, `reconnect_requested`, `requested`, `resume_timeout`, `session_invalid`, `session_resumable`, `unreadable`, `zombie`: [`DisconnectCause`](crate::machine::DisconnectCause)'s |
//! | `code` | a documented close code's number, `1000`, `1001`, else `other` |
//! | `result` | `succeeded`; `rejected`, by op 9 or a close code that ends the session; `failed`, with the connection |
//! | `reason` | `backend`, `closed`, `exhausted`, `ledger`, `other`: [`QueueErrorKind`](gloaming_queue::QueueErrorKind)'s |
//! | `outcome` | `sent`, `expired`, `session_replaced`, `too_large`, `full`, `closed`, `withdrawn`: [`CommandOutcome`](crate::CommandOutcome)'s |
//! | `state` | `active`, `disconnected`, `fatally_closed`, `identifying`, `resuming`, `closed`: [`ShardState`](crate::ShardState)'s |
//!
//! # How to read them
//!
//! - How well the traffic compresses:
//!   `rate(gloaming_inflated_bytes_total[5m]) / rate(gloaming_received_bytes_total[5m])`.
//! - Shards that are up: `sum(gloaming_shard_state{state="active"})`. Gauges of shards with the same
//!   number, such as two generations during a change of the shard count, add up; those of a shard that
//!   was dropped are 0.
//! - Events that `next_with`, `next_payload` or `next_message` hand over are not decoded by the shard, so
//!   they are in `gloaming_events_total` alone.
//! - Commands that never got into the queue, since it was full or they break a limit, are the error of
//!   whoever sent them and not counted; nor are those of a shard that is dropped.

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

        /// Every metric of a shard.
        pub const SHARD: &[Metric] = &[$($constant),*];
    };
}

table! {
    EVENTS = Counter "gloaming_events_total", Count, ["shard", "type"],
        "Payloads received, duplicates included.";
    UNKNOWN_EVENTS = Counter "gloaming_unknown_events_total", Count, ["shard", "type"],
        "Events handed over that there is no type for.";
    UNDECODABLE_EVENTS = Counter "gloaming_undecodable_events_total", Count, ["shard", "type"],
        "Events handed over that do not fit their type.";
    DUPLICATE_EVENTS = Counter "gloaming_duplicate_events_total", Count, ["shard"],
        "Events that came again and were not handed over.";
    SKIPPED_EVENTS = Counter "gloaming_skipped_events_total", Count, ["shard"],
        "Sequences that the server skipped within a session.";
    REPLAYED_EVENTS = Counter "gloaming_replayed_events_total", Count, ["shard"],
        "Events that were replayed before a session went on.";
    UNEXPECTED_PAYLOADS = Counter "gloaming_unexpected_payloads_total", Count, ["shard"],
        "Payloads that had no place in the state of the shard.";
    RECEIVED_BYTES = Counter "gloaming_received_bytes_total", Bytes, ["shard"],
        "Bytes of the messages received, as they came.";
    INFLATED_BYTES = Counter "gloaming_inflated_bytes_total", Bytes, ["shard"],
        "Bytes of the payloads received, inflated.";
    INFLATER_CAPACITY = Gauge "gloaming_inflater_capacity_bytes", Bytes, ["shard"],
        "Size of the buffer that messages are inflated into.";
    SENT_PAYLOADS = Counter "gloaming_sent_payloads_total", Count, ["shard", "kind"],
        "Payloads handed to the socket.";
    SENT_BYTES = Counter "gloaming_sent_bytes_total", Bytes, ["shard"],
        "Bytes of the payloads handed to the socket.";
    HEARTBEAT_LATENCY = Histogram "gloaming_heartbeat_latency_seconds", Seconds, ["shard"],
        "Time from a heartbeat to its acknowledgement.";
    CONNECTS = Counter "gloaming_connects_total", Count, ["shard", "step"],
        "Connections begun to be opened.";
    DISCONNECTS = Counter "gloaming_disconnects_total", Count, ["shard", "cause"],
        "Connections that ended or could not be opened.";
    SERVER_CLOSES = Counter "gloaming_server_closes_total", Count, ["shard", "code"],
        "Close frames received.";
    IDENTIFIES = Counter "gloaming_identifies_total", Count, ["shard", "result"],
        "Attempts to begin a session, by what came of them.";
    RESUMES = Counter "gloaming_resumes_total", Count, ["shard", "step", "result"],
        "Attempts to go on with a session, by what came of them.";
    RECOVERY_STEPS_EXHAUSTED = Counter "gloaming_recovery_steps_exhausted_total", Count, ["shard", "step"],
        "Ways to go on with a session that were given up.";
    SESSIONS_LOST = Counter "gloaming_sessions_lost_total", Count, ["shard"],
        "Sessions that ended with events not received.";
    IDENTIFY_WAIT = Histogram "gloaming_identify_wait_seconds", Seconds, ["shard"],
        "Time from asking for a permit to identify to having it.";
    PERMIT_REFUSALS = Counter "gloaming_permit_refusals_total", Count, ["shard", "reason"],
        "Permits to identify that the queue refused.";
    COMMANDS = Counter "gloaming_commands_total", Count, ["shard", "outcome"],
        "Commands queued, by what became of them.";
    COMMANDS_QUEUED = Gauge "gloaming_commands_queued", Count, ["shard"],
        "Commands taken that wait for their turn.";
    FAILURES = Counter "gloaming_failures_total", Count, ["shard", "kind"],
        "Things that went wrong.";
    SHARD_STATE = Gauge "gloaming_shard_state", Count, ["shard", "state"],
        "1 in the state of the shard, 0 in the others.";
}

/// Every metric there is: those of shards and that of their [queue](QUEUE).
pub const ALL: [&[Metric]; 2] = [SHARD, QUEUE];
