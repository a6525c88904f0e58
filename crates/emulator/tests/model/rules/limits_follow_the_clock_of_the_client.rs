//! With a faster clock, the limits in payloads are in the time of the client.

use std::time::Duration;

use gloaming_emulator::{EmulatorBuilder, ViolationResponse};
use serde_json::json;

use crate::harness::{Harness, Received, builder, identify, seconds};

/// The harness uses the time of the gateway: ten of its seconds are one second of the client.
fn ten_times_faster() -> EmulatorBuilder {
    builder().guilds(1).speed(10)
}

/// Heartbeats are checked against the announced interval; the grace for a busy machine is in its own time.
#[test]
fn heartbeat_interval_follows_the_client() {
    let mut harness = Harness::new(ten_times_faster());
    let client = harness.connect();
    assert_eq!(harness.payloads(client)[0]["d"]["heartbeat_interval"], 4125);
    harness.send(client, &identify([0, 1], 0));
    // Late by a tenth and one second: 4.125 s + 0.4125 s + 1 s.
    harness.wait(Duration::from_millis(55_370));
    harness.send(client, &json!({"op": 1, "d": 1}));
    assert!(harness.violations().is_empty());
    harness.wait(Duration::from_millis(55_380));
    harness.send(client, &json!({"op": 1, "d": 1}));
    assert_eq!(harness.violations(), [("P4", ViolationResponse::Recorded)]);
    // 4.125 s + 5 s.
    harness.wait(Duration::from_millis(91_240));
    assert!(!harness.received(client).contains(&Received::Close(4009)));
    harness.wait(Duration::from_millis(10));
    assert_eq!(harness.received(client), [Received::Close(4009)]);
}

/// P6: "at once" is five seconds in the time of the client.
#[test]
fn heartbeat_request_follows_the_client() {
    let mut harness = Harness::new(ten_times_faster());
    let (client, _) = harness.start([0, 1], 0);
    let now = harness.now;
    harness.gateway.request_heartbeat(now, &client.into());
    harness.wait(seconds(49));
    assert!(harness.violations().is_empty());
    harness.wait(seconds(1));
    assert_eq!(harness.violations(), [("P6", ViolationResponse::Recorded)]);
}

/// P25: after `retry_after`, the request is allowed.
#[test]
fn member_list_wait_follows_the_client() {
    let mut harness = Harness::new(ten_times_faster());
    let (client, _) = harness.start([0, 1], 1 << 1);
    let guild = harness.gateway.guild_ids()[0];
    let full_list = json!({"op": 8, "d": {"guild_id": guild, "query": "", "limit": 0}});
    for _ in 0..2 {
        harness.send(client, &full_list);
    }
    let limited = harness.payloads(client).pop().unwrap();
    assert_eq!(limited["t"], "RATE_LIMITED");
    assert_eq!(limited["d"]["retry_after"], 3.0);
    harness.wait(seconds(30));
    harness.send(client, &full_list);
    assert_eq!(harness.names(client), ["GUILD_MEMBERS_CHUNK"]);
}

/// P2: the day passes in a tenth of the time.
#[test]
fn session_start_reset_follows_the_client() {
    let mut harness = Harness::new(ten_times_faster());
    harness.wait(seconds(3600));
    let limit = harness.gateway.session_start_limit(harness.now);
    assert_eq!(limit.reset_after, seconds(23 * 360));
}
