//! The same seed generates the same events.

use std::time::Duration;

use gloaming_emulator::Emulator;

use crate::harness::{all, receive_for};

fn events(seed: u64) -> Vec<String> {
    receive_for(
        Emulator::builder()
            .guilds(4)
            .seed(seed)
            .events_per_second(50.0),
        all(),
        Duration::from_secs(10),
    )
    .into_iter()
    .map(|received| received.data)
    .collect()
}

#[test]
fn same_seed_generates_the_same_events() {
    let one = events(1);
    assert_eq!(one, events(1));
    assert_ne!(one, events(2));
}
