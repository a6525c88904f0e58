//! Data of the server never becomes a label value, since such values would be unbounded and unsafe to show.

use crate::harness::{
    consumer::{Observed, ReceiveMethod, consume},
    gateway::{dispatch, start},
    test_recorder::TestRecorder,
};
use gloaming_shard::Lifecycle;
use serde_json::json;

const NAMES: u64 = 2_000;

#[tokio::test(start_paused = true)]
async fn unknown_names_and_codes_share_a_label_value() {
    let reader = TestRecorder::default();
    let _installed = reader.install();
    let (shard, mut gateway) = start();
    let mut consumer = consume(shard, ReceiveMethod::Items);
    let mut connection = gateway.begin().await;
    for number in 2..NAMES {
        let name = match number % 3 {
            0 => format!("HOSTILE_{number}"),
            1 => format!("MESSAGE_CREATE{number}"),
            _ => format!("{{le=\\\"{number}\\\"}} 1\\n# HELP"),
        };
        connection
            .send(&dispatch(&name, number, &json!({"guild_id": number})))
            .await;
        let op = format!(r#"{{"op":{},"d":null}}"#, 100 + number);
        connection.send(&op).await;
    }
    let mut sequence = NAMES - 1;
    for code in 3000..3100 {
        connection.close(code).await;
        drop(connection);
        connection = gateway.resuming(sequence).await;
        sequence += 1;
        connection
            .send(&crate::harness::gateway::resumed(sequence))
            .await;
        consumer
            .until(|seen| matches!(seen, Observed::Lifecycle(Lifecycle::Resumed { .. })))
            .await;
    }
    let unknown = reader.counter("events_total{type=unknown}");
    assert_eq!(unknown, 2 * (NAMES - 2));
    assert_eq!(reader.counter("server_closes_total{code=other}"), 100);

    let mut types = Vec::new();
    for series in reader.series() {
        for (key, value) in series.labels {
            match &*key {
                "type" => types.push(value),
                "shard" => assert_eq!(value, "0"),
                _ => assert!(
                    value
                        .bytes()
                        .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')),
                    "{key}={value}"
                ),
            }
        }
    }
    // An event has no series before it occurs.
    types.sort_unstable();
    types.dedup();
    assert_eq!(types, ["HELLO", "READY", "RESUMED", "unknown"]);
    assert!(reader.series().len() < 60, "{}", reader.series().len());
}
