//! The last frames of a shard are kept over crashes, and logged when something goes wrong.

use crate::{gateway::TOKEN, harness::harness};
use gloaming_shard::{FlightRecord, FrameDirection, Item};
use gloaming_test_support::Logs;
use std::time::Duration;
use tokio::time::sleep;
use tracing::Level;

/// Direction and name of each frame but the heartbeats, whose times are random.
fn frames(record: &FlightRecord) -> Vec<(FrameDirection, &str)> {
    let frames = record.frames().iter();
    frames
        .map(|frame| (frame.direction(), frame.name()))
        .filter(|(_, name)| !name.to_lowercase().contains("heartbeat"))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn frames_before_a_crash_are_recorded_and_logged() {
    let (logs, _guard) = Logs::capture(Level::DEBUG);
    let mut harness = harness(1).await;
    let mut connections = harness.start_ready().await;
    harness.take_until_ready().await;
    connections[0].events(2..=3).await;
    sleep(Duration::from_millis(10)).await;
    harness.panic_switches[0].panic_when_reading(true);
    connections[0].events(4..=4).await;
    harness
        .take_until(|_, item| matches!(item, Item::Crash(_)).then_some(()))
        .await;
    let shard = harness.cluster.shard(0).expect("the cluster has shard 0");
    let record = shard.flight_record();
    let expected = [
        (FrameDirection::Opened, "connection"),
        (FrameDirection::Received, "Hello"),
        (FrameDirection::Sent, "identify"),
        (FrameDirection::Received, "READY"),
        (FrameDirection::Received, "WEBHOOKS_UPDATE"),
        (FrameDirection::Received, "WEBHOOKS_UPDATE"),
    ];
    assert_eq!(frames(&record), expected);
    let last = record
        .frames()
        .iter()
        .rev()
        .find_map(|frame| frame.sequence());
    assert_eq!(last, Some(3));
    let text = logs.text();
    let line = text.lines().find(|line| line.contains("the frames before"));
    let line = line.unwrap_or_else(|| panic!("{text}"));
    assert!(line.contains("a panic of the shard's task"), "{line}");
    assert!(line.contains("received READY s=1"), "{line}");
    assert!(!text.contains(TOKEN), "{text}");

    harness.panic_switches[0].panic_when_reading(false);
    let _connection = harness.gateways[0].resuming(3).await;
    let record = shard.flight_record();
    assert_eq!(
        frames(&record)[expected.len()..],
        [
            (FrameDirection::Opened, "connection"),
            (FrameDirection::Received, "Hello"),
            (FrameDirection::Sent, "resume"),
        ],
        "the next task goes on with the record"
    );
}

#[tokio::test(start_paused = true)]
async fn frames_before_an_unexpected_close_are_logged_once() {
    let (logs, _guard) = Logs::capture(Level::DEBUG);
    let mut harness = harness(1).await;
    let connections = harness.start_ready().await;
    harness.take_until_ready().await;
    connections[0].close(4000).await;
    let connection = harness.gateways[0].resuming(1).await;
    connection.close(4000).await;
    let _connection = harness.gateways[0].resuming(1).await;
    let text = logs.text();
    let lines: Vec<_> = (text.lines())
        .filter(|line| line.contains("the frames before"))
        .collect();
    let [first, second] = lines[..] else {
        panic!("{text}");
    };
    assert!(first.contains("sent identify") && first.contains("received close 4000"));
    assert!(!second.contains("sent identify"), "{second}");
    assert!(second.contains("sent resume"), "{second}");
    assert!(!text.contains(TOKEN), "{text}");
}
