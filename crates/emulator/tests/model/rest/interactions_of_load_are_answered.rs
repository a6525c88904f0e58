//! Each interaction of load can be answered, also when load sends it again.

use std::time::Duration;

use gloaming_emulator::{Emulator, Flood, Selector};
use serde_json::Value;

use crate::harness::Harness;

/// Load has 1024 different events.
const EVENTS: u64 = 1024;

#[test]
fn interactions_of_load_are_answered() {
    let deadline = Duration::from_secs(3);
    let builder = Emulator::builder().guilds(2).interaction_deadline(deadline);
    let mut harness = Harness::new(builder);
    // Without intents, all events are interactions.
    let (client, _) = harness.start([0, 1], 0);
    harness.payloads(client);
    harness.wait(Duration::from_secs(10));
    harness.payloads(client);
    let now = harness.now;
    harness
        .gateway
        .flood(now, &Selector::All, Flood::new(2 * EVENTS));
    harness.settle();
    let interactions: Vec<Value> = (harness.payloads(client).into_iter())
        .filter(|payload| payload["t"] == "INTERACTION_CREATE")
        .map(|mut payload| payload["d"].take())
        .collect();
    assert_eq!(interactions.len() as u64, 2 * EVENTS);
    for interaction in &interactions {
        assert_eq!(harness.respond(interaction).status(), 204);
    }
    let stats = harness.gateway.stats();
    assert_eq!(
        (stats.interactions_answered, stats.late_responses),
        (2 * EVENTS, 0)
    );
}
