//! What a test can ask for at any time.

use gloaming_emulator::{
    Selector, ViolationResponse,
    model::{Host, Mute},
};
use serde_json::json;

use crate::stage::{Heard, QUERY, Stage, builder, identify, resume, seconds};

/// P15.
#[test]
fn ask_for_a_reconnect() {
    let mut stage = Stage::new(builder());
    let (client, _) = stage.start([0, 1], 0);
    assert_eq!(stage.gateway.reconnect(&Selector::All), 1);
    assert_eq!(
        stage.payloads(client),
        [json!({"op": 7, "d": null, "s": null, "t": null})]
    );
}

/// P6.
#[test]
fn ask_for_a_heartbeat() {
    let mut stage = Stage::new(builder());
    let (client, _) = stage.start([0, 1], 0);
    stage
        .gateway
        .request_heartbeat(stage.now, &Selector::Shard(0));
    assert_eq!(
        stage.payloads(client),
        [json!({"op": 1, "d": null, "s": null, "t": null})]
    );
    stage.send(client, &json!({"op": 1, "d": 1}));
    assert_eq!(stage.payloads(client)[0]["op"], 11);
    assert!(stage.violations().is_empty());
}

/// P15: resumable, on the same connection even.
#[test]
fn invalidate_a_session_resumably() {
    let mut stage = Stage::new(builder());
    let (client, ready) = stage.start([0, 1], 0);
    stage.gateway.invalidate(stage.now, &Selector::All, true);
    assert_eq!(
        stage.payloads(client),
        [json!({"op": 9, "d": true, "s": null, "t": null})]
    );
    stage.send(client, &resume(&ready["session_id"], 1));
    assert_eq!(stage.names(client), ["RESUMED"]);
}

/// P18.
#[test]
fn invalidate_a_session_for_good() {
    let mut stage = Stage::new(builder());
    let (client, ready) = stage.start([0, 1], 0);
    stage.gateway.invalidate(stage.now, &Selector::All, false);
    assert_eq!(stage.payloads(client)[0]["d"], false);
    assert!(stage.gateway.sessions().is_empty());
    stage.send(client, &resume(&ready["session_id"], 1));
    assert_eq!(stage.payloads(client)[0]["d"], false);
    stage.wait(seconds(5));
    stage.send(client, &identify([0, 1], 0));
    assert_eq!(stage.names(client), ["READY"]);
}

#[test]
fn close_with_any_code() {
    for (code, stays) in [
        (1000, true),
        (3000, true),
        (4000, true),
        (4007, false),
        (4009, false),
        (4014, false),
    ] {
        let mut stage = Stage::new(builder());
        let (client, _) = stage.start([0, 1], 0);
        assert_eq!(
            stage
                .gateway
                .close(stage.now, &Selector::Connection(client), code),
            1
        );
        assert_eq!(stage.heard(client), [Heard::Close(code)]);
        assert_eq!(stage.gateway.sessions().len(), usize::from(stays), "{code}");
        // What the client still says is not heard.
        stage.send(client, &json!({"op": 99}));
        assert!(stage.violations().is_empty());
    }
}

#[test]
fn cut_connections() {
    let mut stage = Stage::new(builder().shards(2).max_concurrency(2));
    let (first, _) = stage.start([0, 2], 0);
    let (second, ready) = stage.start([1, 2], 0);
    assert_eq!(
        stage
            .gateway
            .drop_connections(stage.now, &Selector::Shard(1)),
        1
    );
    assert_eq!(stage.heard(first), []);
    assert_eq!(stage.heard(second), [Heard::Dropped]);
    let again = stage.connect_to(Host::Resume, QUERY);
    stage.send(again, &resume(&ready["session_id"], 1));
    assert_eq!(stage.names(again), ["RESUMED"]);
}

#[test]
fn forget_sessions() {
    let mut stage = Stage::new(builder());
    let (client, ready) = stage.start([0, 1], 0);
    stage.leave(client, None);
    stage.gateway.forget_sessions(&Selector::All);
    let again = stage.connect();
    stage.send(again, &resume(&ready["session_id"], 1));
    assert_eq!(
        stage.payloads(again)[1],
        json!({"op": 9, "d": false, "s": null, "t": null})
    );
}

/// P3: op 7 in place of HELLO.
#[test]
fn ask_for_a_reconnect_before_hello() {
    let mut stage = Stage::new(builder());
    stage.gateway.reconnect_before_hello(1);
    let first = stage.connect();
    assert_eq!(stage.payloads(first)[0]["op"], 7);
    let second = stage.connect();
    assert_eq!(stage.payloads(second)[0]["op"], 10);
}

#[test]
fn keep_hello_to_itself() {
    let mut stage = Stage::new(builder());
    stage.gateway.mute(Mute::Hello);
    let client = stage.connect();
    stage.wait(seconds(300));
    assert_eq!(stage.heard(client), []);
    stage.gateway.unmute(stage.now, Mute::Hello);
    assert_eq!(stage.payloads(client)[0]["op"], 10);
}

/// P8: heartbeats are answered, READY is not there yet.
#[test]
fn keep_ready_to_itself() {
    let mut stage = Stage::new(builder());
    stage.gateway.mute(Mute::Ready);
    let client = stage.connect();
    stage.send(client, &identify([0, 1], 0));
    stage.wait_beating(client, seconds(600));
    assert_eq!(stage.names(client), [""; 0]);
    stage.gateway.unmute(stage.now, Mute::Ready);
    assert_eq!(stage.names(client), ["READY"]);

    stage.gateway.mute(Mute::Ready);
    let second = stage.connect();
    stage.send(second, &identify([0, 1], 0));
    stage.send(second, &identify([0, 1], 0));
    stage.assert_refused(second, "P13", 4005);
}

/// P7: a zombie is not to be closed with 1000.
#[test]
fn keep_acks_to_itself() {
    let mut stage = Stage::new(builder());
    let (client, _) = stage.start([0, 1], 0);
    stage.gateway.mute(Mute::Acks);
    stage.send(client, &json!({"op": 1, "d": 1}));
    assert_eq!(stage.heard(client), []);
    stage.leave(client, Some(1000));
    assert_eq!(stage.violations(), [("P7", ViolationResponse::Recorded)]);
}

#[test]
fn dispatch_what_nobody_knows() {
    let mut stage = Stage::new(builder());
    let (client, _) = stage.start([0, 1], 0);
    assert_eq!(
        stage
            .gateway
            .dispatch(&Selector::All, "SOMETHING_NEW", &json!({"a": [1, {}]})),
        1
    );
    assert_eq!(
        stage.payloads(client),
        [json!({"op": 0, "d": {"a": [1, {}]}, "s": 2, "t": "SOMETHING_NEW"})]
    );
}

/// P35.
#[test]
fn publish_to_the_shard_it_is_for() {
    let mut stage = Stage::new(builder().shards(2).max_concurrency(2).guilds(0));
    let (zero, _) = stage.start([0, 2], 1);
    let (one, _) = stage.start([1, 2], 1);
    let (whole, _) = {
        stage.wait(seconds(5));
        stage.start([0, 1], 1)
    };
    let guild = |id: u64| json!({"id": (id << 22).to_string(), "unavailable": true});
    assert_eq!(stage.gateway.publish("GUILD_DELETE", guild(5)), 2);
    assert_eq!(stage.gateway.publish("GUILD_DELETE", guild(6)), 2);
    assert_eq!(stage.gateway.publish("ENTITLEMENT_CREATE", json!({})), 2);
    // Nobody asked for these.
    assert_eq!(
        stage
            .gateway
            .publish("GUILD_BAN_ADD", json!({"guild_id": "1"})),
        0
    );
    assert_eq!(stage.names(zero), ["GUILD_DELETE", "ENTITLEMENT_CREATE"]);
    assert_eq!(stage.names(one), ["GUILD_DELETE"]);
    assert_eq!(
        stage.names(whole),
        ["GUILD_DELETE", "GUILD_DELETE", "ENTITLEMENT_CREATE"]
    );
}
