use std::time::Duration;

use gloaming_emulator::{EmulatorBuilder, ViolationResponse};
use serde_json::json;

use crate::stage::{Heard, Stage, builder, identify, seconds};

/// The stage's time is the gateway's: ten of its seconds are one of the client's.
fn ten_times_as_fast() -> EmulatorBuilder {
    builder().guilds(1).speed(10)
}

/// Heartbeats are policed by the interval that was told, and the lateness of machines by their clock.
#[test]
fn heartbeats() {
    let mut stage = Stage::new(ten_times_as_fast());
    let client = stage.connect();
    assert_eq!(stage.payloads(client)[0]["d"]["heartbeat_interval"], 4125);
    stage.send(client, &identify([0, 1], 0));
    // A tenth and a second late: 4.125 s + 0.4125 s + 1 s.
    stage.wait(Duration::from_millis(55_370));
    stage.send(client, &json!({"op": 1, "d": 1}));
    assert!(stage.violations().is_empty());
    stage.wait(Duration::from_millis(55_380));
    stage.send(client, &json!({"op": 1, "d": 1}));
    assert_eq!(stage.violations(), [("P4", ViolationResponse::Recorded)]);
    // 4.125 s + 5 s.
    stage.wait(Duration::from_millis(91_240));
    assert!(!stage.heard(client).contains(&Heard::Close(4009)));
    stage.wait(Duration::from_millis(10));
    assert_eq!(stage.heard(client), [Heard::Close(4009)]);
}

/// P6: "at once" is five seconds of the client's.
#[test]
fn requested_heartbeats() {
    let mut stage = Stage::new(ten_times_as_fast());
    let (client, _) = stage.start([0, 1], 0);
    let now = stage.now;
    stage.gateway.request_heartbeat(now, &client.into());
    stage.wait(seconds(49));
    assert!(stage.violations().is_empty());
    stage.wait(seconds(1));
    assert_eq!(stage.violations(), [("P6", ViolationResponse::Recorded)]);
}

/// P25: who waits as long as it is told may ask again.
#[test]
fn waits_for_member_lists() {
    let mut stage = Stage::new(ten_times_as_fast());
    let (client, _) = stage.start([0, 1], 1 << 1);
    let guild = stage.gateway.guild_ids()[0];
    let everybody = json!({"op": 8, "d": {"guild_id": guild, "query": "", "limit": 0}});
    for _ in 0..2 {
        stage.send(client, &everybody);
    }
    let limited = stage.payloads(client).pop().unwrap();
    assert_eq!(limited["t"], "RATE_LIMITED");
    assert_eq!(limited["d"]["retry_after"], 3.0);
    stage.wait(seconds(30));
    stage.send(client, &everybody);
    assert_eq!(stage.names(client), ["GUILD_MEMBERS_CHUNK"]);
}

/// P2: the day ends in a tenth of one.
#[test]
fn the_day_of_session_starts() {
    let mut stage = Stage::new(ten_times_as_fast());
    stage.wait(seconds(3600));
    let limit = stage.gateway.session_start_limit(stage.now);
    assert_eq!(limit.reset_after, seconds(23 * 360));
}
