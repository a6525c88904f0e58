//! A test can send guild floods, unknown events and invalid JSON.

use gloaming_emulator::{
    Selector,
    model::{Input, Operation},
};
use serde_json::Value;

use crate::harness::{Harness, builder, seconds};

/// Each guild becomes unavailable and available equally often, as fast as the client reads.
#[test]
fn guild_flood_sends_all_guilds_in_turn() {
    let mut harness = Harness::new(builder().guilds(3).members(2));
    let (client, _) = harness.start([0, 1], 1);
    harness.received(client);
    harness.clients_read = false;
    let now = harness.now;
    assert_eq!(harness.gateway.flood_guilds(now, &Selector::All, 1000), 1);
    let first_portion = harness.payloads(client);
    assert!(first_portion.len() < 1000, "{}", first_portion.len());
    harness.clients_read = true;
    harness.input(client, Input::Drained);

    let all: Vec<Value> = (first_portion.into_iter())
        .chain(harness.payloads(client))
        .collect();
    assert_eq!(all.len(), 2000);
    for pair in all.chunks(2) {
        assert_eq!(pair[0]["t"], "GUILD_DELETE");
        assert_eq!(pair[0]["d"]["unavailable"], true);
        assert_eq!(pair[1]["t"], "GUILD_CREATE");
        assert_eq!(pair[0]["d"]["id"], pair[1]["d"]["id"]);
    }
    for guild in harness.gateway.guild_ids() {
        let times = all
            .iter()
            .filter(|payload| payload["d"]["id"] == guild.to_string());
        assert!((666..=668).contains(&times.count()));
    }
    harness.wait(seconds(1));
    assert_eq!(
        harness.names(client),
        Vec::<String>::new(),
        "the flood is over"
    );
}

/// P34: unknown events have sequences and are replayed.
#[test]
fn unknown_events_have_sequences() {
    let mut harness = Harness::new(builder().guilds(0));
    let (client, _) = harness.start([0, 1], 0);
    assert_eq!(harness.gateway.send_unknown_events(&Selector::All, 20), 1);
    let payloads = harness.payloads(client);
    let sequences: Vec<_> = (payloads.iter())
        .map(|payload| payload["s"].as_u64().unwrap())
        .collect();
    assert_eq!(sequences, (2..22).collect::<Vec<_>>());
    assert!(payloads.iter().any(|payload| payload["d"].is_null()));
    harness.wait(seconds(1));
    assert!(harness.violations().is_empty());
}

#[test]
fn invalid_json_is_sent() {
    let mut harness = Harness::new(builder().guilds(0));
    harness.start([0, 1], 0);
    assert_eq!(harness.gateway.send_invalid_json(&Selector::All), 1);
    let output = harness.gateway.poll_output().unwrap();
    let Operation::Send(frame) = output.operation else {
        panic!("expected a message to send");
    };
    assert!(serde_json::from_str::<Value>(&frame.to_text()).is_err());
}
