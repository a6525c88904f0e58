//! A recording contains no secret and no original id.

use std::{collections::BTreeSet, time::Duration};

use gloaming_emulator::{
    Emulator,
    recording::{RecordOutcome, Recorder, Scrubbing},
};
use gloaming_test_support::Random;
use serde_json::{Map, Value, json};

use crate::harness::Harness;

/// Keys whose values must not be kept.
const SECRET_KEYS: [&str; 14] = [
    "token",
    "interaction_token",
    "access_token",
    "webhook_token",
    "session_id",
    "auth_session_id_hash",
    "resume_gateway_url",
    "endpoint",
    "email",
    "phone",
    "ip",
    "client_ip",
    "client_secret",
    "password",
];

/// Adds secrets to random objects in `value`: as text, list or object.
fn plant(value: &mut Value, random: &mut Random, secrets: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (_, field) in fields.iter_mut() {
                plant(field, random, secrets);
            }
            if random.below(3) == 0 {
                let secret = format!("hidden-{}-{}", random.below(u64::MAX), secrets.len());
                let key = random.pick(&SECRET_KEYS);
                let planted = match random.below(4) {
                    0 => json!([secret]),
                    1 => json!({"deep": {"deeper": secret}}),
                    _ => json!(secret),
                };
                fields.insert(key.to_owned(), planted);
                secrets.push(secret);
            }
        }
        Value::Array(values) => {
            for value in values {
                plant(value, random, secrets);
            }
        }
        _ => {}
    }
}

/// The long numbers in strings and keys: ids, without permissions.
fn ids(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => note(text, found),
        Value::Array(values) => values.iter().for_each(|value| ids(value, found)),
        Value::Object(fields) => {
            for (key, value) in fields {
                note(key, found);
                ids(value, found);
            }
        }
        _ => {}
    }
}

fn note(text: &str, found: &mut Vec<String>) {
    let digits = text.split(|letter: char| !letter.is_ascii_digit());
    found.extend(digits.filter(|run| run.len() >= 17).map(str::to_owned));
}

fn dispatch(sequence: u64, name: &str, data: &Value) -> String {
    json!({"op": 0, "t": name, "s": sequence, "d": data}).to_string()
}

/// Generated events with planted secrets.
#[test]
fn secrets_in_generated_events_are_removed() {
    for seed in 0..8 {
        let settings = Emulator::builder()
            .guilds(2)
            .members(10)
            .seed(seed)
            .events_per_second(50.0)
            .into_settings();
        let mut harness = Harness::new(settings);
        let client = harness.start([0, 1], 53_608_447);
        harness.wait(Duration::from_secs(10));

        let mut random = Random::new(seed);
        let (mut secrets, mut known) = (Vec::new(), Vec::new());
        let mut recorder = Recorder::new(Vec::new(), 1, Scrubbing::default()).unwrap();
        for (sequence, (at, name, mut data)) in (1..).zip(harness.dispatches(client)) {
            if name == "READY" {
                // The first secret.
                secrets.push(data["session_id"].as_str().unwrap().to_owned());
            }
            ids(&data, &mut known);
            plant(&mut data, &mut random, &mut secrets);
            let text = dispatch(sequence, &name, &data);
            let recorded = recorder.record(at, [0, 1], &text).unwrap();
            assert_eq!(recorded, RecordOutcome::Written);
        }
        let file = String::from_utf8(recorder.finish().unwrap()).unwrap();
        assert!(secrets.len() > 500 && known.len() > 1000, "seed {seed}");
        for secret in ["hidden-", &secrets[0]] {
            assert!(!file.contains(secret), "seed {seed}: {secret}");
        }
        let mut written = Vec::new();
        note(&file, &mut written);
        let known: BTreeSet<String> = known.into_iter().collect();
        let survivor = written.iter().find(|id| known.contains(*id));
        assert_eq!(survivor, None, "seed {seed}");
    }
}

/// Examples of Discord's documentation, which contain secrets.
#[test]
fn secrets_in_documented_events_are_removed() {
    let ready = json!({
        "v": 10,
        "user": {"id": "80351110224678912", "username": "Nelly", "email": "nelly@discord.com", "verified": true},
        "guilds": [{"id": "41771983423143937", "unavailable": true}],
        "session_id": "f5f9fc0b1e1b4e3d8a2d6d2c5e0a9b7c",
        "resume_gateway_url": "wss://us-east1-b.gateway.discord.gg",
        "shard": [0, 1],
        "application": {"id": "80351110224678912", "flags": 0},
    });
    let voice_server = json!({
        "token": "my_token",
        "guild_id": "41771983423143937",
        "endpoint": "smart.loyal.discord.gg",
    });
    let interaction = json!({
        "type": 2,
        "token": "A_UNIQUE_TOKEN",
        "member": {"user": {"id": "53908232506183680", "username": "Mason", "avatar": "a_d5efa99b3eeaa7dd43acca82f5692432"}},
        "id": "786008729715212338",
        "guild_id": "290926798626357999",
        "app_permissions": "442368",
        "data": {"options": [{"type": 3, "name": "cardname", "value": "The Gitrog Monster"}], "name": "cardsearch", "id": "771825006014889984"},
        "channel_id": "645027906669510667",
    });
    let webhook_message = json!({
        "id": "334385199974967042",
        "content": "see https://discord.com/api/webhooks/223704706495545344/3d89bb7572e0fb30d8128367b3b1b44fecd1726de135cbe28a41f8b2f777c372ba2939e72279b94526ff5d1bd4358d65cf11",
        "attachments": [{"url": "https://cdn.discordapp.com/attachments/1/2/cat.png?ex=65d903de&is=65c68ede&hm=2481f30dd67f503f54d020ae3b5533b9987fae4e55f2b4e3926e08a3fa3ee24f"}],
    });
    let mut recorder = Recorder::new(Vec::new(), 1, Scrubbing::default()).unwrap();
    for (sequence, (name, data)) in (1..).zip([
        ("READY", &ready),
        ("VOICE_SERVER_UPDATE", &voice_server),
        ("INTERACTION_CREATE", &interaction),
        ("MESSAGE_CREATE", &webhook_message),
    ]) {
        let text = dispatch(sequence, name, data);
        let recorded = recorder.record(Duration::ZERO, [0, 1], &text).unwrap();
        assert_eq!(recorded, RecordOutcome::Written);
    }
    let file = String::from_utf8(recorder.finish().unwrap()).unwrap();
    for secret in [
        "nelly@",
        "f5f9fc0b",
        "discord.gg",
        "my_token",
        "A_UNIQUE_TOKEN",
        "d5efa99b",
        "3d89bb75",
        "hm=",
        "80351110224678912",
        "41771983423143937",
        "786008729715212338",
    ] {
        assert!(!file.contains(secret), "{secret} in {file}");
    }
    // The data that a bot works with is kept.
    for kept in [
        "Nelly",
        "cardname",
        "The Gitrog Monster",
        "442368",
        "cardsearch",
    ] {
        assert!(file.contains(kept), "{kept} in {file}");
    }
    let guild_of = |line: usize, pointer: &str| -> Value {
        let line: Map<String, Value> =
            serde_json::from_str(file.lines().nth(line).unwrap()).unwrap();
        line["d"].pointer(pointer).unwrap().clone()
    };
    assert_eq!(guild_of(1, "/guilds/0/id"), guild_of(2, "/guild_id"));
}

/// Neither an error nor `Debug` shows the input.
#[test]
fn errors_and_debug_output_have_no_secrets() {
    let scrubbing = Scrubbing::default().with_key([0xab; 32]);
    assert!(!format!("{scrubbing:?}").contains("171"), "{scrubbing:?}");
    let mut recorder = Recorder::new(Vec::new(), 1, scrubbing).unwrap();
    let outcome = recorder.record(Duration::ZERO, [0, 1], r#"{"op":0,"secret"#);
    assert_eq!(outcome.unwrap(), RecordOutcome::Malformed);
    assert!(!format!("{recorder:?}").contains("secret"));
}

/// A recording without a name could not be read.
#[test]
fn event_without_a_name_is_not_recorded() {
    let mut recorder = Recorder::new(Vec::new(), 1, Scrubbing::default()).unwrap();
    let outcome = recorder.record(Duration::ZERO, [0, 1], r#"{"t":"","s":1,"op":0,"d":{}}"#);
    assert_eq!(outcome.unwrap(), RecordOutcome::Malformed);
    let file = recorder.finish().unwrap();
    assert_eq!(
        gloaming_emulator::recording::Recording::parse(&file)
            .unwrap()
            .dispatches()
            .len(),
        0
    );
}
