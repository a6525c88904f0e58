//! Each action that a test can request at any time takes effect.

use gloaming_emulator::{
    Selector, ViolationResponse,
    model::{Host, Mute},
};
use serde_json::json;

use crate::harness::{Harness, QUERY, Received, builder, identify, resume, seconds};

/// P15.
#[test]
fn reconnect_sends_op_7() {
    let mut harness = Harness::new(builder());
    let (client, _) = harness.start([0, 1], 0);
    assert_eq!(harness.gateway.reconnect(&Selector::All), 1);
    assert_eq!(
        harness.payloads(client),
        [json!({"op": 7, "d": null, "s": null, "t": null})]
    );
}

/// P6.
#[test]
fn requested_heartbeat_sends_op_1() {
    let mut harness = Harness::new(builder());
    let (client, _) = harness.start([0, 1], 0);
    harness
        .gateway
        .request_heartbeat(harness.now, &Selector::Shard(0));
    assert_eq!(
        harness.payloads(client),
        [json!({"op": 1, "d": null, "s": null, "t": null})]
    );
    harness.send(client, &json!({"op": 1, "d": 1}));
    assert_eq!(harness.payloads(client)[0]["op"], 11);
    assert!(harness.violations().is_empty());
}

/// P15: the session can be resumed, even on the same connection.
#[test]
fn resumable_invalidation_keeps_the_session() {
    let mut harness = Harness::new(builder());
    let (client, ready) = harness.start([0, 1], 0);
    harness
        .gateway
        .invalidate(harness.now, &Selector::All, true);
    assert_eq!(
        harness.payloads(client),
        [json!({"op": 9, "d": true, "s": null, "t": null})]
    );
    harness.send(client, &resume(&ready["session_id"], 1));
    assert_eq!(harness.names(client), ["RESUMED"]);
}

/// P18.
#[test]
fn invalidation_ends_the_session() {
    let mut harness = Harness::new(builder());
    let (client, ready) = harness.start([0, 1], 0);
    harness
        .gateway
        .invalidate(harness.now, &Selector::All, false);
    assert_eq!(harness.payloads(client)[0]["d"], false);
    assert!(harness.gateway.sessions().is_empty());
    harness.send(client, &resume(&ready["session_id"], 1));
    assert_eq!(harness.payloads(client)[0]["d"], false);
    harness.wait(seconds(5));
    harness.send(client, &identify([0, 1], 0));
    assert_eq!(harness.names(client), ["READY"]);
}

#[test]
fn close_sends_the_code() {
    for (code, stays) in [
        (1000, true),
        (3000, true),
        (4000, true),
        (4007, false),
        (4009, false),
        (4014, false),
    ] {
        let mut harness = Harness::new(builder());
        let (client, _) = harness.start([0, 1], 0);
        assert_eq!(
            harness
                .gateway
                .close(harness.now, &Selector::Connection(client), code),
            1
        );
        assert_eq!(harness.received(client), [Received::Close(code)]);
        assert_eq!(
            harness.gateway.sessions().len(),
            usize::from(stays),
            "{code}"
        );
        // Payloads after the close are ignored.
        harness.send(client, &json!({"op": 99}));
        assert!(harness.violations().is_empty());
    }
}

#[test]
fn dropped_connections_keep_the_session() {
    let mut harness = Harness::new(builder().shards(2).max_concurrency(2));
    let (first, _) = harness.start([0, 2], 0);
    let (second, ready) = harness.start([1, 2], 0);
    assert_eq!(
        harness
            .gateway
            .drop_connections(harness.now, &Selector::Shard(1)),
        1
    );
    assert_eq!(harness.received(first), []);
    assert_eq!(harness.received(second), [Received::Dropped]);
    let resumed = harness.connect_to(Host::Resume, QUERY);
    harness.send(resumed, &resume(&ready["session_id"], 1));
    assert_eq!(harness.names(resumed), ["RESUMED"]);
}

#[test]
fn forgotten_session_is_not_resumable() {
    let mut harness = Harness::new(builder());
    let (client, ready) = harness.start([0, 1], 0);
    harness.disconnect(client, None);
    harness.gateway.forget_sessions(&Selector::All);
    let second = harness.connect();
    harness.send(second, &resume(&ready["session_id"], 1));
    assert_eq!(
        harness.payloads(second)[1],
        json!({"op": 9, "d": false, "s": null, "t": null})
    );
}

/// P3: op 7 in place of HELLO.
#[test]
fn reconnect_replaces_hello() {
    let mut harness = Harness::new(builder());
    harness.gateway.reconnect_before_hello(1);
    let first = harness.connect();
    assert_eq!(harness.payloads(first)[0]["op"], 7);
    let second = harness.connect();
    assert_eq!(harness.payloads(second)[0]["op"], 10);
}

#[test]
fn muted_hello_is_withheld() {
    let mut harness = Harness::new(builder());
    harness.gateway.mute(Mute::Hello);
    let client = harness.connect();
    harness.wait(seconds(300));
    assert_eq!(harness.received(client), []);
    harness.gateway.unmute(harness.now, Mute::Hello);
    assert_eq!(harness.payloads(client)[0]["op"], 10);
}

/// P8: heartbeats are answered while READY is withheld.
#[test]
fn muted_ready_is_withheld() {
    let mut harness = Harness::new(builder());
    harness.gateway.mute(Mute::Ready);
    let client = harness.connect();
    harness.send(client, &identify([0, 1], 0));
    harness.wait_with_heartbeats(client, seconds(600));
    assert_eq!(harness.names(client), [""; 0]);
    harness.gateway.unmute(harness.now, Mute::Ready);
    assert_eq!(harness.names(client), ["READY"]);

    harness.gateway.mute(Mute::Ready);
    let second = harness.connect();
    harness.send(second, &identify([0, 1], 0));
    harness.send(second, &identify([0, 1], 0));
    harness.assert_refused(second, "P13", 4005);
}

/// P7: a zombie must not be closed with 1000.
#[test]
fn muted_acks_are_withheld() {
    let mut harness = Harness::new(builder());
    let (client, _) = harness.start([0, 1], 0);
    harness.gateway.mute(Mute::Acks);
    harness.send(client, &json!({"op": 1, "d": 1}));
    assert_eq!(harness.received(client), []);
    harness.disconnect(client, Some(1000));
    assert_eq!(harness.violations(), [("P7", ViolationResponse::Recorded)]);
}

#[test]
fn unknown_event_is_dispatched() {
    let mut harness = Harness::new(builder());
    let (client, _) = harness.start([0, 1], 0);
    assert_eq!(
        harness
            .gateway
            .dispatch(&Selector::All, "SOMETHING_NEW", &json!({"a": [1, {}]})),
        1
    );
    assert_eq!(
        harness.payloads(client),
        [json!({"op": 0, "d": {"a": [1, {}]}, "s": 2, "t": "SOMETHING_NEW"})]
    );
}

/// P35.
#[test]
fn published_event_reaches_its_shard() {
    let mut harness = Harness::new(builder().shards(2).max_concurrency(2).guilds(0));
    let (zero, _) = harness.start([0, 2], 1);
    let (one, _) = harness.start([1, 2], 1);
    let (whole, _) = {
        harness.wait(seconds(5));
        harness.start([0, 1], 1)
    };
    let guild = |id: u64| json!({"id": (id << 22).to_string(), "unavailable": true});
    assert_eq!(harness.gateway.publish("GUILD_DELETE", guild(5)), 2);
    assert_eq!(harness.gateway.publish("GUILD_DELETE", guild(6)), 2);
    assert_eq!(harness.gateway.publish("ENTITLEMENT_CREATE", json!({})), 2);
    // No session has the intent for this event.
    assert_eq!(
        harness
            .gateway
            .publish("GUILD_BAN_ADD", json!({"guild_id": "1"})),
        0
    );
    assert_eq!(harness.names(zero), ["GUILD_DELETE", "ENTITLEMENT_CREATE"]);
    assert_eq!(harness.names(one), ["GUILD_DELETE"]);
    assert_eq!(
        harness.names(whole),
        ["GUILD_DELETE", "GUILD_DELETE", "ENTITLEMENT_CREATE"]
    );
}
