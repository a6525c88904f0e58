//! With the same seed, a session with ETF brings the same payloads as one with JSON (P23).

use gloaming_emulator::{Selector, model::Host};
use gloaming_test_support::etf::Term;
use serde_json::{Value, json};

use crate::harness::{ETF, Harness, QUERY, builder, identify, resume, seconds};

const ALL_INTENTS: u64 = 53_608_447;

/// The payload as erlpack would know it: integers of more than 32 bits, such as times in milliseconds, are text.
fn text(payload: &Value) -> String {
    Term::from_json(payload).to_json().to_string()
}

/// Everything that a client receives in a session with each kind of payload, until its connection is closed.
fn story(query: &str, seed: u64) -> Vec<String> {
    let settings = builder().guilds(3).seed(seed).events_per_second(20.0);
    let mut harness = Harness::new(settings.private_channels(2));
    let mut story = Vec::new();
    let (client, ready) = harness.start_with(query, [0, 1], ALL_INTENTS);
    story.push(text(&ready));
    let guild = harness.gateway.guild_ids()[0].to_string();

    harness.wait_with_heartbeats(client, seconds(60));
    for command in [
        json!({"op": 3, "d": {"since": null, "activities": [], "status": "online", "afk": false}}),
        json!({"op": 4, "d": {"guild_id": guild, "channel_id": null, "self_mute": false, "self_deaf": true}}),
        json!({"op": 8, "d": {"guild_id": guild, "query": "", "limit": 0, "presences": true, "nonce": "1"}}),
        json!({"op": 8, "d": {"guild_id": guild, "user_ids": ["1", "80351110224678912"]}}),
        json!({"op": 31, "d": {"guild_ids": [guild]}}),
        json!({"op": 43, "d": {"guild_id": guild, "fields": ["status", "voice_start_time"]}}),
    ] {
        harness.send(client, &command);
    }
    let update = json!({"id": guild, "name": "ключ", "max_members": 500_000});
    harness.gateway.publish("GUILD_UPDATE", update);
    harness.gateway.send_unknown_events(&Selector::All, 5);
    let payloads = harness.payloads(client);
    let last = payloads.last().expect("there are payloads")["s"].clone();
    story.extend(payloads.iter().map(text));

    harness.disconnect(client, None);
    harness.wait(seconds(2));
    let client = harness.connect_to(Host::Resume, query);
    harness.send(
        client,
        &resume(&ready["session_id"], last.as_u64().unwrap()),
    );
    story.extend(harness.payloads(client).iter().map(text));

    harness.send(client, &identify([0, 1], 0));
    story.push(format!("{:?}", harness.received(client)));
    story.push(harness.close_reason.clone());
    story.push(format!("{:?}", harness.violations()));
    story
}

#[test]
fn payloads_are_the_same_as_with_json() {
    for seed in 0..3 {
        let (json, etf) = (story(QUERY, seed), story(ETF, seed));
        assert!(json.len() > 1000, "{} payloads", json.len());
        for (at, (json, etf)) in json.iter().zip(&etf).enumerate() {
            assert_eq!(json, etf, "seed {seed}, payload {at}");
        }
        assert_eq!(json.len(), etf.len(), "seed {seed}");
    }
}
