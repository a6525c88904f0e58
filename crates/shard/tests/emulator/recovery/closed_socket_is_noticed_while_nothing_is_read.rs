//! A shard that reads nothing, since its consumer takes nothing, notices by its heartbeats that the socket was closed.

use crate::harness::{in_time, is_ready, shard, start, variants};
use gloaming_emulator::{Emulator, Selector};
use gloaming_shard::{EventTypeFlags, Item};
use serde_json::json;
use std::time::Duration;

/// The number of events that the gateway sends before the end.
const EVENTS: u64 = 10;

#[tokio::test]
async fn closed_socket_is_noticed_by_a_heartbeat_and_the_session_resumes() {
    let interval = Duration::from_millis(500);
    let emulator = start(Emulator::builder().heartbeat_interval(interval)).await;
    for (variant, config) in variants(&emulator) {
        let shard = shard(config.read_ahead(0));
        let mut spawned = shard.spawn(EventTypeFlags::all(), 1);
        in_time("READY", async {
            while !is_ready(&spawned.next_item().await.unwrap()) {}
        })
        .await;
        // One of them fills the buffer, and the others lie unread before the end of the stream.
        for number in 0..EVENTS {
            emulator.dispatch(Selector::All, "MISSED", json!(number));
        }
        let resumes = emulator.stats().resumes;
        assert_eq!(emulator.drop_connections(Selector::All), 1, "{variant}");
        in_time(
            "a resume",
            emulator.wait_until(|stats| stats.resumes > resumes),
        )
        .await;

        let mut seen = Vec::new();
        in_time("the events", async {
            while seen.len() < usize::try_from(EVENTS).unwrap() {
                match spawned.next_item().await.unwrap() {
                    Item::Unknown(event) if event.name() == Some("MISSED") => {
                        seen.push(event.payload().decode::<u64>().unwrap());
                    }
                    _ => {}
                }
            }
        })
        .await;
        assert_eq!(seen, (0..EVENTS).collect::<Vec<_>>(), "{variant}");
    }
    assert_eq!(emulator.violations(), []);
    emulator.shutdown().await;
}
