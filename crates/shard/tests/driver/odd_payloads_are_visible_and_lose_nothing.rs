//! What Discord may send although nobody expects it: it is shown, its sequence counts, and the
//! connection goes on.

use crate::{
    gateway::{compressions, dispatch, start, start_with},
    watch::{Seen, Way, failures, watch},
};
use gloaming_shard::Compression;
use serde_json::{Value, json};

/// What `way` shows of a payload that comes as sequence 3.
async fn shown(way: Way, compression: Compression, payload: &str) -> Seen {
    let (shard, mut gateway) = start_with(|config| config.compression(compression));
    let mut watch = watch(shard, way);
    let mut connection = gateway.begin().await;
    connection.events([2]).await;
    connection.send(payload).await;
    // Its sequence counts: this is what a lost connection is resumed after.
    drop(connection);
    let mut connection = gateway.resuming(3).await;
    connection.events([4]).await;

    let seen = watch.until_event(4).await;
    assert!(failures(&seen).is_empty(), "{payload}: {seen:?}");
    let after = seen
        .iter()
        .position(|seen| *seen == Seen::Event(2))
        .unwrap()
        + 1;
    seen[after].clone()
}

async fn assert_shown(payload: &str, as_event: &Seen, as_message: &Seen) {
    for compression in compressions() {
        for way in Way::ALL {
            let expected = match way {
                Way::Events | Way::Items => as_event,
                Way::Messages | Way::Payloads => as_message,
            };
            let seen = shown(way, compression, payload).await;
            assert_eq!(seen, *expected, "{payload}, {way:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn ids_as_integers() {
    let payload = dispatch(
        "WEBHOOKS_UPDATE",
        3,
        &json!({"guild_id": 1, "channel_id": 3}),
    );
    assert_shown(&payload, &Seen::Event(3), &Seen::Event(3)).await;
}

#[tokio::test(start_paused = true)]
async fn keys_in_another_order_and_white_space() {
    for payload in [
        "{\"d\" : {\"s\":9,\"op\":7,\"t\":\"}\",\"channel_id\":\"3\",\"guild_id\":\"1\"},\n\"op\":0,\"s\":3, \"t\":\"WEBHOOKS_UPDATE\"}\n",
        r#"{"\u0074":"WEBHOOKS\u005fUPDATE","x":[{"op":1}],"s":3,"op":0,"d":{"guild_id":"1","channel_id":"3"}}"#,
    ] {
        assert_shown(payload, &Seen::Event(3), &Seen::Event(3)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_nobody_knows() {
    let payload = dispatch("BRAND_NEW", 3, &json!({"id": "1"}));
    let (unknown, other) = both("BRAND_NEW");
    assert_shown(&payload, &unknown, &other).await;
}

#[tokio::test(start_paused = true)]
async fn a_documented_event_without_a_type() {
    let payload = dispatch("CHANNEL_INFO", 3, &json!({"guild_id": "1", "channels": []}));
    let (unknown, other) = both("CHANNEL_INFO");
    assert_shown(&payload, &unknown, &other).await;
}

#[tokio::test(start_paused = true)]
async fn an_opcode_nobody_knows() {
    let payload = r#"{"t":null,"s":3,"op":99,"d":{"id":"1"}}"#;
    let (unknown, other) = both("op 99");
    assert_shown(payload, &unknown, &other).await;
}

fn both(name: &str) -> (Seen, Seen) {
    (Seen::Unknown(name.to_owned()), Seen::Other(name.to_owned()))
}

#[tokio::test(start_paused = true)]
async fn a_known_event_of_another_shape() {
    for data in [
        json!({"guild_id": [], "channel_id": "3"}),
        json!({"guild_id": "1"}),
        json!({"guild_id": "one", "channel_id": "3"}),
        json!([]),
        json!("WEBHOOKS_UPDATE"),
        Value::Null,
    ] {
        let payload = dispatch("WEBHOOKS_UPDATE", 3, &data);
        let undecodable = Seen::Undecodable(payload.clone());
        assert_shown(&payload, &undecodable, &Seen::Event(3)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_cut_that_ends_like_a_whole_payload() {
    let payload = r#"{"t":"WEBHOOKS_UPDATE","s":3,"op":0,"d":{"guild_id":"1","x":{"y":{}}"#;
    let undecodable = Seen::Undecodable(payload.to_owned());
    assert_shown(payload, &undecodable, &Seen::Event(3)).await;
}

#[tokio::test(start_paused = true)]
async fn an_event_without_a_sequence() {
    for payload in [
        r#"{"t":"BRAND_NEW","s":null,"op":0,"d":{}}"#,
        r#"{"t":"BRAND_NEW","op":0,"d":{}}"#,
    ] {
        for way in Way::ALL {
            let (shard, mut gateway) = start();
            let mut watch = watch(shard, way);
            let mut connection = gateway.begin().await;
            connection.events([2]).await;
            connection.send(payload).await;
            connection.events([3]).await;
            let seen = watch.until_event(3).await;
            let (unknown, other) = both("BRAND_NEW");
            assert!(seen.contains(&unknown) || seen.contains(&other));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_guild_of_16_mib() {
    let mut guild: Value = serde_json::from_str(include_str!(
        "../../../protocol/tests/fixtures/dispatch/GUILD_CREATE.json"
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
        for way in [Way::Events, Way::Messages] {
            let seen = shown(way, compression, &payload).await;
            assert_eq!(seen, Seen::Other("GUILD_CREATE".to_owned()), "{way:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_that_came_before() {
    for way in Way::ALL {
        let (shard, mut gateway) = start();
        let mut watch = watch(shard, way);
        let mut connection = gateway.begin().await;
        connection.events([2, 3, 3, 2, 4, 9, 5, 10]).await;
        let seen = watch.until_event(10).await;
        // What had been skipped is late, and not a second time.
        assert_eq!(crate::watch::numbers(&seen), [2, 3, 4, 9, 5, 10], "{way:?}");
    }
}
