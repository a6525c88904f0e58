//! Unusual payloads are delivered, the sequence numbers of dispatches count, and the connection stays open.

use crate::harness::{
    consumer::{Observed, ReceiveMethod, consume, failures},
    gateway::{compressions, dispatch, start, start_with},
};
use gloaming_protocol::{OpCode, Payload};
use gloaming_shard::Compression;
use serde_json::{Value, json};

/// Returns what `method` delivers for a payload with sequence number 3.
async fn delivered(method: ReceiveMethod, compression: Compression, payload: &str) -> Observed {
    let (shard, mut gateway) = start_with(|config| config.compression(compression));
    let mut consumer = consume(shard, method);
    let mut connection = gateway.begin().await;
    connection.events([2]).await;
    connection.send(payload).await;
    // The sequence number of a dispatch counts: the shard resumes after it.
    let is_dispatch = Payload::parse(payload).unwrap().op() == OpCode::Dispatch;
    let last = if is_dispatch { 3 } else { 2 };
    drop(connection);
    let mut connection = gateway.resuming(last).await;
    connection.events(last + 1..5).await;

    let seen = consumer.until_event(4).await;
    assert!(failures(&seen).is_empty(), "{payload}: {seen:?}");
    let after = seen
        .iter()
        .position(|seen| *seen == Observed::Event(2))
        .unwrap()
        + 1;
    seen[after].clone()
}

async fn assert_delivered(payload: &str, as_event: &Observed, as_message: &Observed) {
    for compression in compressions() {
        for method in ReceiveMethod::ALL {
            let expected = match method {
                ReceiveMethod::Events | ReceiveMethod::Items => as_event,
                ReceiveMethod::Messages | ReceiveMethod::Payloads => as_message,
            };
            let seen = delivered(method, compression, payload).await;
            assert_eq!(seen, *expected, "{payload}, {method:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn integer_ids_are_decoded() {
    let payload = dispatch(
        "WEBHOOKS_UPDATE",
        3,
        &json!({"guild_id": 1, "channel_id": 3}),
    );
    assert_delivered(&payload, &Observed::Event(3), &Observed::Event(3)).await;
}

#[tokio::test(start_paused = true)]
async fn key_order_and_white_space_do_not_matter() {
    for payload in [
        "{\"d\" : {\"s\":9,\"op\":7,\"t\":\"}\",\"channel_id\":\"3\",\"guild_id\":\"1\"},\n\"op\":0,\"s\":3, \"t\":\"WEBHOOKS_UPDATE\"}\n",
        r#"{"\u0074":"WEBHOOKS\u005fUPDATE","x":[{"op":1}],"s":3,"op":0,"d":{"guild_id":"1","channel_id":"3"}}"#,
    ] {
        assert_delivered(payload, &Observed::Event(3), &Observed::Event(3)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn unknown_event_is_delivered() {
    let payload = dispatch("BRAND_NEW", 3, &json!({"id": "1"}));
    let (unknown, other) = unknown_and_raw("BRAND_NEW");
    assert_delivered(&payload, &unknown, &other).await;
}

#[tokio::test(start_paused = true)]
async fn documented_event_without_a_type_is_delivered() {
    let payload = dispatch("CHANNEL_INFO", 3, &json!({"guild_id": "1", "channels": []}));
    let (unknown, other) = unknown_and_raw("CHANNEL_INFO");
    assert_delivered(&payload, &unknown, &other).await;
}

#[tokio::test(start_paused = true)]
async fn unknown_opcode_is_delivered() {
    let payload = r#"{"t":null,"s":3,"op":99,"d":{"id":"1"}}"#;
    let (unknown, other) = unknown_and_raw("op 99");
    assert_delivered(payload, &unknown, &other).await;
}

fn unknown_and_raw(name: &str) -> (Observed, Observed) {
    (
        Observed::Unknown(name.to_owned()),
        Observed::Other(name.to_owned()),
    )
}

#[tokio::test(start_paused = true)]
async fn event_that_does_not_match_its_type_is_delivered() {
    for data in [
        json!({"guild_id": [], "channel_id": "3"}),
        json!({"guild_id": "1"}),
        json!({"guild_id": "one", "channel_id": "3"}),
        json!([]),
        json!("WEBHOOKS_UPDATE"),
        Value::Null,
    ] {
        let payload = dispatch("WEBHOOKS_UPDATE", 3, &data);
        let undecodable = Observed::Undecodable(payload.clone());
        assert_delivered(&payload, &undecodable, &Observed::Event(3)).await;
    }
}

/// [`Item::Repaired`](gloaming_shard::Item::Repaired) follows the event. The other methods deliver the event alone.
#[tokio::test(start_paused = true)]
async fn event_that_is_repaired_is_delivered_and_reported() {
    let data = json!({"guild_id": "1", "channel_id": "2", "timestamp": 5.0, "user_id": "3"});
    let payload = dispatch("TYPING_START", 2, &data);
    for method in ReceiveMethod::ALL {
        let (shard, mut gateway) = start();
        let mut consumer = consume(shard, method);
        let mut connection = gateway.begin().await;
        connection.send(&payload).await;
        connection.events([3]).await;
        let seen = consumer.until_event(3).await;
        let typing = Observed::Other("TYPING_START".to_owned());
        let at = seen.iter().position(|seen| *seen == typing);
        let after = &seen[at.unwrap() + 1..];
        let report = Observed::Repaired(vec!["timestamp converted".to_owned()], payload.clone());
        let expected = match method {
            ReceiveMethod::Items => vec![report, Observed::Event(3)],
            _ => vec![Observed::Event(3)],
        };
        assert_eq!(after, expected, "{method:?}");
    }
}

/// A consumer that stops after the event finds the report with the next call, on whatever connection.
#[tokio::test(start_paused = true)]
async fn report_of_a_repair_survives_a_reconnect() {
    let data = json!({"channel_id": "2", "timestamp": "5", "user_id": "3"});
    let payload = dispatch("TYPING_START", 2, &data);
    let (shard, mut gateway) = start();
    let mut consumer = consume(shard, ReceiveMethod::Items);
    let mut connection = gateway.begin().await;
    connection.send(&payload).await;
    drop(connection);
    let mut connection = gateway.resuming(2).await;
    connection.events([3]).await;
    let seen = consumer.until_event(3).await;
    let reports = seen
        .iter()
        .filter(|seen| matches!(seen, Observed::Repaired(..)));
    assert_eq!(reports.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn truncated_event_with_a_valid_envelope_is_delivered() {
    let payload = r#"{"t":"WEBHOOKS_UPDATE","s":3,"op":0,"d":{"guild_id":"1","x":{"y":{}}"#;
    let undecodable = Observed::Undecodable(payload.to_owned());
    assert_delivered(payload, &undecodable, &Observed::Event(3)).await;
}

#[tokio::test(start_paused = true)]
async fn event_without_a_sequence_is_delivered() {
    for payload in [
        r#"{"t":"BRAND_NEW","s":null,"op":0,"d":{}}"#,
        r#"{"t":"BRAND_NEW","op":0,"d":{}}"#,
    ] {
        for method in ReceiveMethod::ALL {
            let (shard, mut gateway) = start();
            let mut consumer = consume(shard, method);
            let mut connection = gateway.begin().await;
            connection.events([2]).await;
            connection.send(payload).await;
            connection.events([3]).await;
            let seen = consumer.until_event(3).await;
            let (unknown, other) = unknown_and_raw("BRAND_NEW");
            assert!(seen.contains(&unknown) || seen.contains(&other));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn guild_of_16_mib_is_delivered() {
    let mut guild: Value = serde_json::from_str(include_str!(
        "../../../../protocol/tests/fixtures/dispatch/GUILD_CREATE.json"
    ))
    .unwrap();
    let member = guild["members"][0].clone();
    let count = (17 << 20) / member.to_string().len();
    guild["members"] = (0..count)
        .map(|number| {
            let mut member = member.clone();
            member["user"]["id"] = (100_000_000_000_000_000 + number).to_string().into();
            member
        })
        .collect();
    let payload = dispatch("GUILD_CREATE", 3, &guild);
    assert!(payload.len() > 16 << 20);
    for compression in compressions() {
        for method in [ReceiveMethod::Events, ReceiveMethod::Messages] {
            let seen = delivered(method, compression, &payload).await;
            assert_eq!(
                seen,
                Observed::Other("GUILD_CREATE".to_owned()),
                "{method:?}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn duplicate_event_is_skipped_and_late_event_delivered() {
    for method in ReceiveMethod::ALL {
        let (shard, mut gateway) = start();
        let mut consumer = consume(shard, method);
        let mut connection = gateway.begin().await;
        connection.events([2, 3, 3, 2, 4, 9, 5, 10]).await;
        let seen = consumer.until_event(10).await;
        // A skipped event that arrives late is not a duplicate.
        assert_eq!(
            crate::harness::consumer::sequences(&seen),
            [2, 3, 4, 9, 5, 10],
            "{method:?}"
        );
    }
}
