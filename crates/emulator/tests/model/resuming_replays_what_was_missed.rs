use gloaming_emulator::{Selector, model::Host};
use serde_json::json;

use crate::stage::{QUERY, Stage, builder, resume, seconds};

/// P17: missed dispatches in order, then RESUMED; also those made while the client was away.
#[test]
fn resuming_replays_what_was_missed() {
    let mut stage = Stage::new(builder().guilds(0));
    let (client, ready) = stage.start([0, 1], 0);
    for number in 2..5 {
        stage
            .gateway
            .dispatch(&Selector::All, "TEST", &json!({"number": number}));
    }
    stage.leave(client, Some(4000));
    stage
        .gateway
        .dispatch(&Selector::All, "TEST", &json!({"number": 5}));
    stage.wait(seconds(60));

    let again = stage.connect_to(Host::Resume, QUERY);
    stage.send(again, &resume(&ready["session_id"], 2));
    let payloads = stage.payloads(again);
    assert_eq!(payloads[0]["op"], 10);
    let replayed: Vec<_> = payloads[1..4]
        .iter()
        .map(|payload| (&payload["s"], &payload["d"]["number"]))
        .collect();
    assert_eq!(
        replayed,
        [
            (&json!(3), &json!(3)),
            (&json!(4), &json!(4)),
            (&json!(5), &json!(5))
        ]
    );
    assert_eq!(
        (&payloads[4]["t"], &payloads[4]["s"]),
        (&json!("RESUMED"), &json!(6))
    );
    assert_eq!(payloads.len(), 5);
    assert_eq!(stage.gateway.stats().replayed, 3);
    assert!(stage.violations().is_empty());

    stage.gateway.dispatch(&Selector::All, "TEST", &json!({}));
    assert_eq!(stage.payloads(again)[0]["s"], 7);
}

/// A client that lost its connection may be back before the gateway noticed.
#[test]
fn a_session_moves_to_the_newer_connection() {
    let mut stage = Stage::new(builder().guilds(0));
    let (client, ready) = stage.start([0, 1], 0);
    let again = stage.connect();
    stage.send(again, &resume(&ready["session_id"], 1));
    assert_eq!(stage.names(again), ["RESUMED"]);
    assert_eq!(stage.heard(client), [crate::stage::Heard::Dropped]);
    stage.leave(client, None);
    assert_eq!(stage.gateway.sessions()[0].connection, Some(again));
    assert_eq!(stage.gateway.stats().sessions_connected, 1);
}

/// GUILD_CREATEs wait for the connection to drain; those that were not made yet come after RESUMED.
#[test]
fn guilds_that_were_not_there_yet_still_come() {
    let mut stage = Stage::new(builder().guilds(2));
    stage.clients_read = false;
    let (client, ready) = stage.start([0, 1], 1);
    stage.leave(client, None);
    stage.clients_read = true;
    let again = stage.connect();
    stage.send(again, &resume(&ready["session_id"], 1));
    assert_eq!(
        stage.names(again),
        ["RESUMED", "GUILD_CREATE", "GUILD_CREATE"]
    );
}
