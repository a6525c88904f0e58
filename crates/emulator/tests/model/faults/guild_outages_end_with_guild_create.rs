//! A guild outage starts with GUILD_DELETE and ends with GUILD_CREATE (P34).

use gloaming_emulator::{Selector, model::Host};
use serde_json::{Value, json};

use crate::harness::{Harness, QUERY, builder, seconds};

const GUILDS_AND_MESSAGES: u64 = 1 | 1 << 9;

fn harness() -> Harness {
    Harness::new(builder().guilds(5).members(3).events_per_second(10.0))
}

fn ids(payloads: &[Value], name: &str) -> Vec<String> {
    payloads
        .iter()
        .filter(|payload| payload["t"] == name)
        .map(|payload| payload["d"]["id"].as_str().unwrap().to_owned())
        .collect()
}

/// P34: a GUILD_DELETE with `unavailable` starts an outage. The guild has no events until its GUILD_CREATE.
#[test]
fn guild_outage_ends_with_guild_create() {
    let mut harness = harness();
    let (client, ready) = harness.start([0, 1], GUILDS_AND_MESSAGES);
    let all: Vec<String> = ready["guilds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|guild| guild["id"].as_str().unwrap().to_owned())
        .collect();
    harness.wait(seconds(2));
    assert!(!harness.names(client).is_empty(), "there is traffic");

    assert_eq!(harness.gateway.make_guilds_unavailable(&Selector::All), 1);
    let received = harness.payloads(client);
    assert_eq!(ids(&received, "GUILD_DELETE"), all);
    assert!(received.iter().all(|gone| gone["d"]["unavailable"] == true));
    harness.wait(seconds(5));
    assert_eq!(
        harness.names(client),
        [""; 0],
        "no events during the outage"
    );

    assert_eq!(
        harness
            .gateway
            .make_guilds_available(harness.now, &Selector::All),
        1
    );
    let received = harness.payloads(client);
    assert_eq!(ids(&received, "GUILD_CREATE"), all);
    assert!(received.iter().all(|back| back["d"]["name"].is_string()));
    harness.wait(seconds(5));
    assert!(
        !harness.names(client).is_empty(),
        "traffic after the outage"
    );
}

#[test]
fn outage_while_disconnected_is_replayed() {
    let mut harness = harness();
    let (client, ready) = harness.start([0, 1], 1);
    harness
        .gateway
        .drop_connections(harness.now, &Selector::All);
    harness.received(client);
    harness.gateway.make_guilds_unavailable(&Selector::All);
    harness
        .gateway
        .make_guilds_available(harness.now, &Selector::All);

    let client = harness.connect_to(Host::Resume, QUERY);
    let resume = json!({"op": 6, "d": {
        "token": gloaming_emulator::DEFAULT_TOKEN, "session_id": ready["session_id"], "seq": 6,
    }});
    harness.send(client, &resume);
    let names = harness.names(client);
    let expected = [
        vec!["GUILD_DELETE"; 5],
        vec!["RESUMED"],
        vec!["GUILD_CREATE"; 5],
    ];
    assert_eq!(names, expected.concat());
}

#[test]
fn outage_is_not_sent_without_the_guilds_intent() {
    let mut harness = harness();
    let (client, _) = harness.start([0, 1], 1 << 12);
    harness.gateway.make_guilds_unavailable(&Selector::All);
    harness
        .gateway
        .make_guilds_available(harness.now, &Selector::All);
    assert_eq!(harness.names(client), [""; 0]);
}
