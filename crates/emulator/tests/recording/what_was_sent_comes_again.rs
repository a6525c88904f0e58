use std::time::Duration;

use gloaming_emulator::{
    Emulator,
    recording::{Playback, Recorder, Recording, Scrubbing},
};
use serde_json::Value;

use crate::stage::Stage;

const EVERYTHING: u64 = 53_608_447;

/// What two shards of a made-up world hear in half a minute.
fn recorded() -> (Stage, Recording) {
    let settings = Emulator::builder()
        .guilds(6)
        .members(8)
        .shards(2)
        .max_concurrency(2)
        .events_per_second(20.0)
        .into_settings();
    let mut stage = Stage::new(settings);
    for shard in 0..2 {
        stage.start([shard, 2], EVERYTHING);
    }
    stage.wait(Duration::from_secs(30));
    let mut recorder = Recorder::new(Vec::new(), 2, Scrubbing::default()).unwrap();
    assert!(stage.record(&mut recorder) > 500);
    let file = recorder.finish().unwrap();
    (stage, Recording::parse(&file).unwrap())
}

fn played(recording: Recording, shards: u32) -> Stage {
    let settings = Emulator::builder()
        .max_concurrency(16)
        .playback(Playback::Once)
        .recording(recording)
        .into_settings();
    let mut stage = Stage::new(settings);
    for shard in 0..shards {
        stage.start([shard, shards], EVERYTHING);
    }
    stage.wait(Duration::from_secs(35));
    stage
}

fn story(stage: &Stage, shard: u64) -> Vec<(u128, String)> {
    let client = gloaming_emulator::model::ConnectionId(shard + 1);
    (stage.dispatches(client).into_iter())
        .map(|(at, name, _)| (at.as_millis(), name))
        .collect()
}

/// Same names, same order, same time, on the same shard.
#[test]
fn on_the_same_shards_at_the_same_time() {
    let (original, recording) = recorded();
    let again = played(recording, 2);
    for shard in 0..2 {
        let (before, after) = (story(&original, shard), story(&again, shard));
        assert!(before.len() > 200, "{}", before.len());
        assert_eq!(before, after, "shard {shard}");
    }
    assert_eq!(again.gateway.stats().recordings_played, 2);
}

/// The ids are others, and hang together: whatever happens, happens in a guild that READY and GUILD_CREATE told of, on
/// the shard that P35 says, whose channels are known.
#[test]
fn in_a_world_that_is_coherent() {
    let (_, recording) = recorded();
    for shards in [1, 2, 3] {
        let again = played(recording.clone(), shards);
        let mut guilds = 0;
        for shard in 0..shards {
            let client = gloaming_emulator::model::ConnectionId(u64::from(shard) + 1);
            let mut known: Vec<Value> = Vec::new();
            for (_, name, data) in again.dispatches(client) {
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

/// Another recording of what is played says the same.
#[test]
fn and_can_be_recorded_again() {
    let (_, recording) = recorded();
    let again = played(recording.clone(), 2);
    let mut recorder = Recorder::new(Vec::new(), 2, Scrubbing::default()).unwrap();
    again.record(&mut recorder);
    let second = Recording::parse(&recorder.finish().unwrap()).unwrap();
    let names = |recording: &Recording| -> Vec<(Duration, u32, String)> {
        (recording.dispatches().iter())
            .map(|dispatch| (dispatch.at, dispatch.shard, dispatch.name.to_string()))
            .collect()
    };
    assert_eq!(names(&second), names(&recording));
}
