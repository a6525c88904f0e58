//! What Discord accepts although its documentation says otherwise is noted, and the connection goes on.

use gloaming_emulator::{
    DEFAULT_TOKEN,
    model::{ConnectionId, Input},
};
use serde_json::{Value, json};

use crate::harness::{Harness, Received, builder, identify};

const MESSAGES: u64 = 1 << 9;

/// Asserts that nothing was violated, and that exactly this was noted.
#[track_caller]
fn assert_noted(harness: &Harness, expected: &[&str]) {
    assert_eq!(harness.violations(), []);
    let notes = harness.gateway.notes().iter();
    let mut noted: Vec<&str> = notes.map(|note| note.detail.as_str()).collect();
    noted.sort_unstable();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(noted, expected);
}

/// Identifies with a field, and asserts that READY comes.
fn identify_with(field: &str, value: Value) -> Harness {
    let mut harness = Harness::new(builder());
    let client = harness.connect();
    let mut payload = identify([0, 1], MESSAGES);
    payload["d"][field] = value;
    harness.send(client, &payload);
    assert_eq!(harness.names(client), ["READY"]);
    harness
}

/// Sends a command, and asserts that the connection stays open.
fn command(payload: &Value) -> Harness {
    let mut harness = Harness::new(builder());
    let (client, _) = harness.start([0, 1], MESSAGES);
    harness.send(client, payload);
    harness.payloads(client);
    harness
}

const SINCE: &str = "a presence without since";
const SINCE_TYPE: &str = "a presence whose since is not an integer";
const AFK: &str = "a presence without afk";
const ACTIVITIES: &str = "a presence whose activities are null or missing";
const GAME: &str = "a presence with game in place of activities";
const STATUS: &str = "a presence whose status is empty, null or missing";

/// P27: in IDENTIFY as in op 3.
#[test]
fn incomplete_presences() {
    for (presence, expected) in [
        (json!({}), &[SINCE, AFK, ACTIVITIES, STATUS][..]),
        (json!({"status": "dnd"}), &[SINCE, AFK, ACTIVITIES]),
        (
            json!({"activities": [], "status": "online", "afk": false}),
            &[SINCE],
        ),
        (
            json!({"since": 1.5, "activities": [], "status": "online", "afk": false}),
            &[SINCE_TYPE],
        ),
        (
            json!({"since": {"secs_since_epoch": 1}, "activities": [], "status": "online", "afk": false}),
            &[SINCE_TYPE],
        ),
        (
            json!({"since": null, "activities": null, "status": "online", "afk": false}),
            &[ACTIVITIES],
        ),
        (
            json!({"since": null, "game": null, "status": "online", "afk": false}),
            &[GAME],
        ),
        (
            json!({"since": null, "game": {"name": "a", "type": 0}, "status": "", "afk": null}),
            &[GAME, STATUS, AFK],
        ),
        (
            json!({"since": null, "activities": [], "status": null, "afk": false}),
            &[STATUS],
        ),
    ] {
        assert_noted(&identify_with("presence", presence.clone()), expected);
        assert_noted(&command(&json!({"op": 3, "d": presence})), expected);
    }
}

/// P10.
#[test]
fn unusual_identifies() {
    const COMPRESS: &str = "an IDENTIFY whose compress is null or a string";
    const PROPERTIES: &str = "an IDENTIFY with a missing or empty connection property";
    const DOLLAR: &str = "connection properties with a dollar sign";
    const NULL: &str = "an IDENTIFY with an optional field that is null";
    let with_dollar = json!({"$os": "linux", "$browser": "a", "$device": "a"});
    for (field, value, expected) in [
        ("compress", Value::Null, COMPRESS),
        ("compress", json!("zlib-stream"), COMPRESS),
        ("properties", json!({}), PROPERTIES),
        (
            "properties",
            json!({"os": "linux", "browser": null, "device": ""}),
            PROPERTIES,
        ),
        ("properties", with_dollar, DOLLAR),
        ("large_threshold", Value::Null, NULL),
        ("shard", Value::Null, NULL),
        ("presence", Value::Null, NULL),
        (
            "token",
            json!(format!("Bot {DEFAULT_TOKEN}")),
            "a token that begins with Bot",
        ),
    ] {
        assert_noted(&identify_with(field, value), &[expected]);
    }
}

/// P27: a missing `self_mute` or `self_deaf` is false.
#[test]
fn voice_state_without_mute_or_deaf() {
    let mut harness = Harness::new(builder().guilds(1));
    let (client, _) = harness.start([0, 1], 1 | 1 << 7);
    let guild = harness.gateway.guild_ids()[0];
    let leave = json!({"op": 4, "d": {"guild_id": guild, "channel_id": null, "self_mute": true}});
    harness.send(client, &leave);
    let payloads = harness.payloads(client);
    let state = payloads.last().unwrap();
    assert_eq!(state["t"], "VOICE_STATE_UPDATE");
    assert_eq!(
        (&state["d"]["self_mute"], &state["d"]["self_deaf"]),
        (&json!(true), &json!(false))
    );
    assert_noted(&harness, &["an op 4 without self_mute or self_deaf"]);
}

/// P24.
#[test]
fn unusual_member_requests() {
    const NULL: &str = "an op 8 with an optional field that is null";
    let mut harness = Harness::new(builder().guilds(1));
    let guild = harness.gateway.guild_ids()[0];
    let mut count = |request: Value, expected: &str| {
        let (client, _) = harness.start([0, 1], 1 << 1);
        harness.wait(crate::harness::seconds(5));
        harness.payloads(client);
        let noted = harness.gateway.notes().len();
        harness.send(client, &json!({"op": 8, "d": request}));
        assert_eq!(harness.names(client), ["GUILD_MEMBERS_CHUNK"]);
        let notes = &harness.gateway.notes()[noted..];
        let details: Vec<&str> = notes.iter().map(|note| note.detail.as_str()).collect();
        assert_eq!(details, [expected]);
        assert_eq!(harness.violations(), []);
    };
    count(
        json!({"guild_id": guild, "query": "", "limit": null, "presences": null, "user_ids": null, "nonce": null}),
        NULL,
    );
    count(
        json!({"guild_id": guild, "user_ids": ["1"], "query": null}),
        NULL,
    );
    count(
        json!({"guild_id": [guild], "query": "a", "limit": 1}),
        "an op 8 whose guild_id is a list of one",
    );
    count(
        json!({"guild_id": guild, "query": "a"}),
        "an op 8 with a query and without a limit",
    );
}

/// P24: a request is for one guild.
#[test]
fn member_request_for_two_guilds_is_closed_with_4002() {
    let mut harness = Harness::new(builder().guilds(2));
    let (client, _) = harness.start([0, 1], MESSAGES);
    let guilds = harness.gateway.guild_ids();
    let request = json!({"op": 8, "d": {"guild_id": guilds, "query": "a", "limit": 1}});
    harness.send(client, &request);
    harness.assert_refused(client, "P24", 4002);
}

/// P21.
#[test]
fn json_in_a_binary_message() {
    let mut harness = Harness::new(builder());
    let client = harness.connect();
    harness.payloads(client);
    harness.input(client, Input::Binary(br#"{"op":1,"d":null}"#));
    assert_eq!(harness.payloads(client).len(), 1, "an ACK");
    assert_noted(&harness, &["JSON in a binary message"]);
}

/// P5: until the client has a sequence.
#[test]
fn heartbeat_with_zero() {
    let mut harness = Harness::new(builder());
    let client = harness.connect();
    let zero = json!({"op": 1, "d": 0});
    harness.send(client, &zero);
    harness.send(client, &identify([0, 1], MESSAGES));
    // READY may still be on its way.
    harness.send(client, &zero);
    assert_noted(&harness, &["a heartbeat with 0 in place of null"]);
    harness.send(client, &json!({"op": 1, "d": 1}));
    harness.send(client, &zero);
    assert_eq!(harness.violations().len(), 1, "the sequence is lower");
}

/// P10: bits that a setting names.
#[test]
fn undocumented_intents_are_accepted_on_request() {
    let start = |bits: u64| {
        let mut harness = Harness::new(builder().undocumented_intents(1 << 17 | 1 << 30));
        let client = harness.connect();
        harness.send(client, &identify([0, 1], MESSAGES | bits));
        (harness, client)
    };
    let (mut harness, client) = start(1 << 30);
    assert_eq!(harness.names(client), ["READY"]);
    assert_noted(&harness, &["an undocumented intent that a setting allows"]);
    let (mut harness, client) = start(1 << 18);
    harness.assert_refused(client, "P10", 4013);
    let (mut harness, client) = start(0);
    assert_eq!(harness.names(client), ["READY"]);
    assert_noted(&harness, &[]);
}

/// A note is about how a library writes its payloads: one is enough.
#[test]
fn deviation_is_noted_once_per_connection() {
    let mut harness = Harness::new(builder());
    let client = harness.connect();
    let send_twice = |harness: &mut Harness, client: ConnectionId| {
        for _ in 0..2 {
            harness.input(client, Input::Binary(br#"{"op":1,"d":null}"#));
        }
    };
    send_twice(&mut harness, client);
    assert_eq!(harness.gateway.notes().len(), 1);
    let other = harness.connect();
    send_twice(&mut harness, other);
    assert_eq!(harness.gateway.notes().len(), 2);
    assert_eq!(harness.gateway.stats().notes, 2);
    assert!(!harness.received(client).contains(&Received::Close(4002)));
}

#[test]
fn note_is_displayed_with_its_shard() {
    let harness = identify_with("compress", Value::Null);
    assert_eq!(
        harness.gateway.notes()[0].to_string(),
        "P10: an IDENTIFY whose compress is null or a string (connection 1, shard 0 of 1)"
    );
}
