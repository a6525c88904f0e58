//! The faults of the emulator. The order is part of the meaning of a seed.

use serde_json::{Value, json};

use gloaming_test_support::Random;

/// The emulator's scenarios, with the seconds until their effects have occurred.
///
/// `burst-100k` is replaced by bursts of other sizes. `slow-network` is left out because its connections
/// remain slow after the faults, and `hidden-channels` because it is no fault of a connection: events in channels
/// that the bot can't view are not sent.
pub(super) const SCENARIOS: [(&str, u64); 28] = [
    ("accept-then-close", 12),
    ("drop-while-resuming", 12),
    ("dead-resume-host", 12),
    ("duplicate-events", 12),
    ("every-close-code", 25),
    ("flaky-acks", 75),
    ("flapping", 65),
    ("invalid-json", 15),
    ("guild-flood", 15),
    ("guild-outage", 70),
    ("half-open", 25),
    ("heartbeat-ack-drop", 35),
    ("heartbeat-requests", 12),
    ("lost-hello-after-resume", 35),
    ("lost-sessions", 15),
    ("mute-hello", 25),
    ("mute-ready", 20),
    ("op7-first", 12),
    ("op7-storm", 20),
    ("op9-resumable", 12),
    ("op9-storm", 20),
    ("outage", 25),
    ("rolling-restart", 45),
    ("split-zlib", 12),
    ("slow-loris", 25),
    ("fragmented-frames", 12),
    ("corrupt-zlib", 12),
    ("unknown-events", 25),
];

/// Actions for all shards, with the seconds until their effects have occurred.
pub(super) const FOR_ALL_SHARDS: [(&str, u64, &[&str]); 13] = [
    ("all connections dropped", 5, &[r#"{"action": "drop"}"#]),
    ("op 7 to all", 5, &[r#"{"action": "reconnect"}"#]),
    (
        "op 9 resumable to all",
        5,
        &[r#"{"action": "invalid-session", "resumable": true}"#],
    ),
    (
        "gateway restart with sessions",
        5,
        &[r#"{"action": "restart", "keep-sessions": true}"#],
    ),
    (
        "gateway restart without sessions",
        12,
        &[r#"{"action": "restart", "keep-sessions": false}"#],
    ),
    (
        "resume host refuses",
        15,
        &[
            r#"{"action": "refuse", "host": "resume", "status": 503, "duration": 8}"#,
            r#"{"action": "drop"}"#,
        ],
    ),
    (
        "both hosts refuse",
        20,
        &[
            r#"{"action": "refuse", "host": "main", "status": 502, "duration": 6}"#,
            r#"{"action": "refuse", "host": "resume", "status": 429, "duration": 8}"#,
            r#"{"action": "drop"}"#,
        ],
    ),
    (
        "ACKs withheld",
        25,
        &[r#"{"action": "mute", "message": "acks", "duration": 15}"#],
    ),
    (
        "close replies withheld",
        15,
        &[
            r#"{"action": "mute", "message": "close-replies", "duration": 12}"#,
            r#"{"action": "reconnect"}"#,
        ],
    ),
    ("events duplicated", 5, &[r#"{"action": "duplicate"}"#]),
    (
        "messages fragmented",
        5,
        &[r#"{"action": "fragment", "bytes": 97}"#],
    ),
    (
        "messages split",
        5,
        &[r#"{"action": "split-messages", "bytes": 61}"#],
    ),
    (
        "heartbeats requested",
        5,
        &[r#"{"action": "request-heartbeat"}"#],
    ),
];

/// Builds an action without its shard.
pub(super) type BuildAction = fn(&mut Random) -> Value;

/// Actions for some shards, with the seconds until their effects have occurred.
pub(super) const FOR_SOME_SHARDS: [(&str, u64, BuildAction); 7] = [
    ("dropped", 5, |_| json!({"action": "drop"})),
    ("half-open", 30, |_| json!({"action": "half-open"})),
    ("corrupted", 8, |_| json!({"action": "corrupt"})),
    (
        "closed",
        8,
        |random| json!({"action": "close", "code": random.pick(&CLOSE_CODES)}),
    ),
    (
        "op 9",
        12,
        |_| json!({"action": "invalid-session", "resumable": false}),
    ),
    (
        "flooded",
        12,
        |random| json!({"action": "flood", "count": random.between(200, 1500)}),
    ),
    (
        "throttled",
        20,
        |random| json!({"action": "throttle", "bytes-per-second": random.between(2, 40) * 1000}),
    ),
];

/// The close codes after which a client reconnects.
const CLOSE_CODES: [u64; 12] = [
    1000, 1001, 1011, 1012, 4000, 4001, 4002, 4003, 4005, 4007, 4008, 4009,
];
