//! Playback sends the recorded events again.

use std::time::Duration;

use gloaming_emulator::{
    Emulator,
    recording::{Playback, Recorder, Recording, Scrubbing},
};
use serde_json::Value;

use crate::harness::Harness;

const EVERYTHING: u64 = 53_608_447;

/// The events of two shards with generated guilds in 30 seconds.
fn recorded() -> (Harness, Recording) {
    let settings = Emulator::builder()
        .guilds(6)
        .members(8)
        .shards(2)
        .max_concurrency(2)
        .events_per_second(20.0)
        .into_settings();
    let mut harness = Harness::new(settings);
    for shard in 0..2 {
        harness.start([shard, 2], EVERYTHING);
    }
    harness.wait(Duration::from_secs(30));
    let mut recorder = Recorder::new(Vec::new(), 2, Scrubbing::default()).unwrap();
    assert!(harness.record(&mut recorder) > 500);
    let file = recorder.finish().unwrap();
    (harness, Recording::parse(&file).unwrap())
}

fn played(recording: Recording, shards: u32) -> Harness {
    let settings = Emulator::builder()
        .max_concurrency(16)
        .playback(Playback::Once)
        .recording(recording)
        .into_settings();
    let mut harness = Harness::new(settings);
    for shard in 0..shards {
        harness.start([shard, shards], EVERYTHING);
    }
    harness.wait(Duration::from_secs(35));
    harness
}

fn events(harness: &Harness, shard: u64) -> Vec<(u128, String)> {
    let client = gloaming_emulator::model::ConnectionId(shard + 1);
    (harness.dispatches(client).into_iter())
        .map(|(at, name, _)| (at.as_millis(), name))
        .collect()
}

/// The same names in the same order, at the same time, on the same shard.
#[test]
fn playback_keeps_shards_names_and_times() {
    let (original, recording) = recorded();
    let replayed = played(recording, 2);
    for shard in 0..2 {
        let (before, after) = (events(&original, shard), events(&replayed, shard));
        assert!(before.len() > 200, "{}", before.len());
        assert_eq!(before, after, "shard {shard}");
    }
    assert_eq!(replayed.gateway.stats().recordings_played, 2);
}

/// The ids are replaced consistently: each event belongs to a guild and a channel of an earlier GUILD_CREATE, on the
/// shard of that guild (P35).
#[test]
fn playback_ids_are_consistent() {
    let (_, recording) = recorded();
    for shards in [1, 2, 3] {
        let replayed = played(recording.clone(), shards);
        let mut guilds = 0;
        for shard in 0..shards {
            let client = gloaming_emulator::model::ConnectionId(u64::from(shard) + 1);
            let mut known: Vec<Value> = Vec::new();
            for (_, name, data) in replayed.dispatches(client) {
                match name.as_str() {
                    "READY" => assert_eq!(data["shard"][0], shard),
                    "GUILD_CREATE" => known.push(data),
                    _ if data["guild_id"].is_string() => {
                        let guild: u64 = data["guild_id"].as_str().unwrap().parse().unwrap();
                        assert_eq!((guild >> 22) % u64::from(shards), u64::from(shard));
                        let of = known.iter().find(|known| known["id"] == data["guild_id"]);
                        let of = of.unwrap_or_else(|| panic!("{name} in an unknown guild"));
                        if data["channel_id"].is_string() {
                            let channels = of["channels"].as_array().unwrap();
                            let is_known = channels.iter().any(|c| c["id"] == data["channel_id"]);
                            assert!(is_known, "{name} in an unknown channel");
                        }
                    }
                    _ => {}
                }
            }
            guilds += known.len();
        }
        assert_eq!(guilds, 6, "{shards} shards");
    }
}

/// A recording of a playback equals the original.
#[test]
fn recording_of_a_playback_is_equal() {
    let (_, recording) = recorded();
    let replayed = played(recording.clone(), 2);
    let mut recorder = Recorder::new(Vec::new(), 2, Scrubbing::default()).unwrap();
    replayed.record(&mut recorder);
    let second = Recording::parse(&recorder.finish().unwrap()).unwrap();
    let names = |recording: &Recording| -> Vec<(Duration, u32, String)> {
        (recording.dispatches().iter())
            .map(|dispatch| (dispatch.at, dispatch.shard, dispatch.name.to_string()))
            .collect()
    };
    assert_eq!(names(&second), names(&recording));
}
