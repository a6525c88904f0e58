use std::time::Duration;

use gloaming_emulator::{
    Emulator,
    model::Input,
    recording::{Playback, Recording},
};

use crate::stage::Stage;

const GUILDS_AND_MESSAGES: u64 = 1 | 1 << 9;

/// Two shards: one began a second before the other.
const FILE: &str = r#"{"format":"gloaming-recording","version":1,"shards":2}
{"at":1000,"shard":0,"t":"READY","d":{"user":{"id":"5000000000000000000","username":"recorded"},"guilds":[{"id":"8388608"},{"id":"16777216"}]}}
{"at":1100,"shard":0,"t":"GUILD_CREATE","d":{"id":"8388608","name":"first"}}
{"at":1500,"shard":0,"t":"TYPING_START","d":{"guild_id":"8388608"}}
{"at":2000,"shard":1,"t":"READY","d":{"user":{"id":"5000000000000000000"},"guilds":[{"id":"4194304"}]}}
{"at":2000,"shard":1,"t":"GUILD_CREATE","d":{"id":"4194304","name":"second"}}
{"at":2500,"shard":1,"t":"MESSAGE_CREATE","d":{"guild_id":"4194304","content":"seen","author":{"id":"1"}}}
{"at":3000,"shard":0,"t":"NEW_EVENT","d":[1]}
{"at":3500,"shard":1,"t":"GUILD_CREATE","d":{"id":"12582912","name":"joined"}}
{"at":4000,"shard":1,"t":"NEW_EVENT","d":[2]}
"#;

fn stage(playback: Playback) -> Stage {
    let recording = Recording::parse(FILE.as_bytes()).unwrap();
    let settings = Emulator::builder()
        .max_concurrency(16)
        .recording(recording)
        .playback(playback);
    Stage::new(settings.into_settings())
}

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn told(stage: &Stage, client: gloaming_emulator::model::ConnectionId) -> Vec<(u128, String)> {
    (stage.dispatches(client).into_iter())
        .map(|(at, name, _)| (at.as_millis(), name))
        .collect()
}

fn story(of: &[(u128, &str)]) -> Vec<(u128, String)> {
    of.iter()
        .map(|(at, name)| (*at, (*name).to_owned()))
        .collect()
}

/// A shard's time runs from when its session has its guilds.
#[test]
fn from_when_each_shard_is_there() {
    let mut stage = stage(Playback::Once);
    let second = stage.start([1, 2], GUILDS_AND_MESSAGES | 1 << 15);
    stage.wait(seconds(10.0));
    let first = stage.start([0, 2], GUILDS_AND_MESSAGES);
    stage.wait(seconds(10.0));
    let expected = [
        (0, "READY"),
        (0, "GUILD_CREATE"),
        (500, "MESSAGE_CREATE"),
        (1500, "GUILD_CREATE"),
        (2000, "NEW_EVENT"),
    ];
    assert_eq!(told(&stage, second), story(&expected));
    assert_eq!(stage.dispatches(second)[2].2["content"], "seen");
    // Typing was not asked for, and the second guild was never available.
    let expected = [
        (10_000, "READY"),
        (10_000, "GUILD_CREATE"),
        (12_000, "NEW_EVENT"),
    ];
    assert_eq!(told(&stage, first), story(&expected));
    let ready = &stage.dispatches(first)[0].2;
    assert_eq!(ready["user"]["username"], "recorded");
    assert_eq!(ready["application"]["id"], "5000000000000000000");
    assert_eq!(ready["guilds"][1]["id"], "16777216");
}

/// A bot with another shard count hears what is in the guilds of its shards, and what is in none on the first.
#[test]
fn for_any_shard_count() {
    let mut stage = stage(Playback::Once);
    let only = stage.start([0, 1], GUILDS_AND_MESSAGES);
    stage.wait(seconds(10.0));
    let expected = [
        (0, "READY"),
        (0, "GUILD_CREATE"),
        (0, "GUILD_CREATE"),
        (500, "MESSAGE_CREATE"),
        (1500, "GUILD_CREATE"),
        (2000, "NEW_EVENT"),
        (2000, "NEW_EVENT"),
    ];
    assert_eq!(told(&stage, only), story(&expected));
    // No MESSAGE_CONTENT was asked for.
    assert_eq!(stage.dispatches(only)[3].2["content"], "");
}

/// Again and again, a second after the last.
#[test]
fn in_a_loop() {
    let mut stage = stage(Playback::Loop);
    let client = stage.start([0, 2], GUILDS_AND_MESSAGES | 1 << 11);
    stage.wait(seconds(9.0));
    let played: Vec<u128> = (told(&stage, client).iter())
        .filter(|(_, name)| name == "NEW_EVENT")
        .map(|(at, _)| *at)
        .collect();
    assert_eq!(played, [2000, 5000, 8000]);
    assert_eq!(stage.gateway.stats().recordings_played, 3);
}

/// Sequences are the session's, and what was missed is replayed.
#[test]
fn to_sessions_that_are_away_too() {
    let mut stage = stage(Playback::Once);
    let client = stage.start([0, 2], GUILDS_AND_MESSAGES | 1 << 11);
    stage.input(client, Input::Closed { code: None });
    stage.wait(seconds(10.0));
    let session = &stage.gateway.sessions()[0];
    assert_eq!(
        session.sequence, 4,
        "READY, GUILD_CREATE, TYPING_START, NEW_EVENT"
    );
}

/// Nothing is made up beside it: there is nobody it could be about.
#[test]
fn with_nothing_made_up_beside_it() {
    let recording = Recording::parse(FILE.as_bytes()).unwrap();
    let settings = Emulator::builder()
        .recording(recording)
        .events_per_second(5.0);
    let mut stage = Stage::new(settings.into_settings());
    let client = stage.start([0, 2], GUILDS_AND_MESSAGES | 1 << 11);
    stage.wait(seconds(1.0));
    stage.gateway.generate_events(1);
    stage.gateway.generate_events(u64::MAX);
    stage.settle();
    stage.wait(seconds(9.0));
    let expected = [
        (0, "READY"),
        (0, "GUILD_CREATE"),
        (500, "TYPING_START"),
        (2000, "NEW_EVENT"),
    ];
    assert_eq!(told(&stage, client), story(&expected));
    assert_eq!(stage.gateway.stats().events, 2);
}

#[test]
fn with_no_extra_events() {
    let mut stage = stage(Playback::Once);
    stage.gateway.generate_events(1);
    assert_eq!(stage.gateway.stats().events, 0);
}
