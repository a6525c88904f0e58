//! A recording is played with its timing, for each shard from the time of its session.

use std::time::Duration;

use gloaming_emulator::{
    Emulator,
    model::Input,
    recording::{Playback, Recording},
};

use crate::harness::Harness;

const GUILDS_AND_MESSAGES: u64 = 1 | 1 << 9;

/// Two shards; the first started one second before the other.
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

fn harness(playback: Playback) -> Harness {
    let recording = Recording::parse(FILE.as_bytes()).unwrap();
    let settings = Emulator::builder()
        .max_concurrency(16)
        .recording(recording)
        .playback(playback);
    Harness::new(settings.into_settings())
}

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn events(
    harness: &Harness,
    client: gloaming_emulator::model::ConnectionId,
) -> Vec<(u128, String)> {
    (harness.dispatches(client).into_iter())
        .map(|(at, name, _)| (at.as_millis(), name))
        .collect()
}

fn expected_events(of: &[(u128, &str)]) -> Vec<(u128, String)> {
    of.iter()
        .map(|(at, name)| (*at, (*name).to_owned()))
        .collect()
}

/// The time of a shard starts when its session has received its guilds.
#[test]
fn playback_starts_with_the_session_of_each_shard() {
    let mut harness = harness(Playback::Once);
    let second = harness.start([1, 2], GUILDS_AND_MESSAGES | 1 << 15);
    harness.wait(seconds(10.0));
    let first = harness.start([0, 2], GUILDS_AND_MESSAGES);
    harness.wait(seconds(10.0));
    let expected = [
        (0, "READY"),
        (0, "GUILD_CREATE"),
        (500, "MESSAGE_CREATE"),
        (1500, "GUILD_CREATE"),
        (2000, "NEW_EVENT"),
    ];
    assert_eq!(events(&harness, second), expected_events(&expected));
    assert_eq!(harness.dispatches(second)[2].2["content"], "seen");
    // The client has no intent for typing, and the second guild was never available.
    let expected = [
        (10_000, "READY"),
        (10_000, "GUILD_CREATE"),
        (12_000, "NEW_EVENT"),
    ];
    assert_eq!(events(&harness, first), expected_events(&expected));
    let ready = &harness.dispatches(first)[0].2;
    assert_eq!(ready["user"]["username"], "recorded");
    assert_eq!(ready["application"]["id"], "5000000000000000000");
    assert_eq!(ready["guilds"][1]["id"], "16777216");
}

/// With another shard count, each shard receives the events of its guilds; the first one receives the rest.
#[test]
fn playback_adapts_to_the_shard_count() {
    let mut harness = harness(Playback::Once);
    let only = harness.start([0, 1], GUILDS_AND_MESSAGES);
    harness.wait(seconds(10.0));
    let expected = [
        (0, "READY"),
        (0, "GUILD_CREATE"),
        (0, "GUILD_CREATE"),
        (500, "MESSAGE_CREATE"),
        (1500, "GUILD_CREATE"),
        (2000, "NEW_EVENT"),
        (2000, "NEW_EVENT"),
    ];
    assert_eq!(events(&harness, only), expected_events(&expected));
    // The client has no MESSAGE_CONTENT.
    assert_eq!(harness.dispatches(only)[3].2["content"], "");
}

/// The playback restarts one second after its last event.
#[test]
fn playback_repeats_in_a_loop() {
    let mut harness = harness(Playback::Loop);
    let client = harness.start([0, 2], GUILDS_AND_MESSAGES | 1 << 11);
    harness.wait(seconds(9.0));
    let played: Vec<u128> = (events(&harness, client).iter())
        .filter(|(_, name)| name == "NEW_EVENT")
        .map(|(at, _)| *at)
        .collect();
    assert_eq!(played, [2000, 5000, 8000]);
    assert_eq!(harness.gateway.stats().recordings_played, 3);
}

/// The events have sequences of the session, so missed ones can be replayed.
#[test]
fn disconnected_session_receives_the_playback() {
    let mut harness = harness(Playback::Once);
    let client = harness.start([0, 2], GUILDS_AND_MESSAGES | 1 << 11);
    harness.input(client, Input::Closed { code: None });
    harness.wait(seconds(10.0));
    let session = &harness.gateway.sessions()[0];
    assert_eq!(
        session.sequence, 4,
        "READY, GUILD_CREATE, TYPING_START, NEW_EVENT"
    );
}

/// No events are generated during a playback: there are no guilds to generate them for.
#[test]
fn playback_has_no_generated_events() {
    let recording = Recording::parse(FILE.as_bytes()).unwrap();
    let settings = Emulator::builder()
        .recording(recording)
        .events_per_second(5.0);
    let mut harness = Harness::new(settings.into_settings());
    let client = harness.start([0, 2], GUILDS_AND_MESSAGES | 1 << 11);
    harness.wait(seconds(1.0));
    harness.gateway.generate_events(1);
    harness.gateway.generate_events(u64::MAX);
    harness.settle();
    harness.wait(seconds(9.0));
    let expected = [
        (0, "READY"),
        (0, "GUILD_CREATE"),
        (500, "TYPING_START"),
        (2000, "NEW_EVENT"),
    ];
    assert_eq!(events(&harness, client), expected_events(&expected));
    assert_eq!(harness.gateway.stats().events, 2);
}

#[test]
fn playback_generates_no_events_on_request() {
    let mut harness = harness(Playback::Once);
    harness.gateway.generate_events(1);
    assert_eq!(harness.gateway.stats().events, 0);
}
