use std::time::Duration;

use gloaming_emulator::Emulator;

use crate::session::{all, listen};

fn events(seed: u64) -> Vec<String> {
    listen(
        Emulator::builder()
            .guilds(4)
            .seed(seed)
            .events_per_second(50.0),
        all(),
        Duration::from_secs(10),
    )
    .into_iter()
    .map(|heard| heard.data)
    .collect()
}

#[test]
fn the_same_seed_gives_the_same_events() {
    let one = events(1);
    assert_eq!(one, events(1));
    assert_ne!(one, events(2));
}
