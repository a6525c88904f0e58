//! Both JSON parsers return the same events.
#![cfg(feature = "simd-json")]

use crate::harness::{config_of, finish, in_time, shard, start};
use gloaming_emulator::{DEFAULT_TOKEN, Emulator};
use gloaming_protocol::Decoded;
use gloaming_shard::{EventTypeFlags, Intents, JsonParser};
use std::collections::BTreeSet;

#[tokio::test]
async fn parsers_agree_on_thousands_of_events() {
    const EVENTS: u64 = 5_000;
    for seed in [1, 2] {
        let emulator = start(Emulator::builder().guilds(10).seed(seed)).await;
        let config = config_of(&emulator, DEFAULT_TOKEN, Intents::all());
        let mut shard = shard(config);
        let mut names = BTreeSet::new();
        let mut burst = Some(EVENTS);
        let mut events = 0;
        // READY and the guilds arrive first.
        while events < 11 + EVENTS {
            let payload = in_time("an event", shard.next_payload(EventTypeFlags::all())).await;
            let payload = payload.unwrap().unwrap();
            let Some(name) = payload.name() else {
                continue;
            };
            names.insert(name.to_owned());
            events += 1;
            if let Some(count) = burst.take_if(|_| events == 11) {
                emulator.burst(count);
            }
            let [serde, simd] = JsonParser::ALL.map(|parser| payload.event(parser).unwrap());
            match (serde, simd) {
                (Decoded::Event(serde), Decoded::Event(simd)) => {
                    assert_eq!(serde, simd, "seed {seed}: {}", payload.text());
                }
                other => panic!("seed {seed}: {other:?}"),
            }
        }
        assert!(names.len() >= 12, "{names:?}");
        finish(emulator, shard).await;
    }
}
