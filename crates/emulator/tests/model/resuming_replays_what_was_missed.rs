use gloaming_emulator::{
    Selector,
    model::{Host, Input},
};
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

/// A replay goes out in portions; what happens meanwhile comes after it, and RESUMED in between.
#[test]
fn a_long_replay_keeps_the_order() {
    let mut stage = Stage::new(builder().guilds(0).replay_buffer(1000));
    let (client, ready) = stage.start([0, 1], 0);
    stage.leave(client, None);
    let text = "x".repeat(10_000);
    for number in 2..=1001 {
        stage.gateway.dispatch(
            &Selector::All,
            "MISSED",
            &json!({"number": number, "text": text}),
        );
    }
    stage.clients_read = false;
    let again = stage.connect();
    stage.send(again, &resume(&ready["session_id"], 1));
    stage.gateway.dispatch(&Selector::All, "LATER", &json!({}));
    let first_portion = stage.payloads(again);
    assert!(
        (2..100).contains(&first_portion.len()),
        "{}",
        first_portion.len()
    );

    stage.clients_read = true;
    stage.input(again, Input::Drained);
    let rest = stage.payloads(again);
    let sequences: Vec<_> = first_portion[1..]
        .iter()
        .chain(&rest)
        .map(|payload| payload["s"].as_u64().unwrap())
        .collect();
    assert_eq!(sequences, (2..=1003).collect::<Vec<_>>());
    assert_eq!(
        (&rest[rest.len() - 2]["t"], &rest[rest.len() - 1]["t"]),
        (&json!("RESUMED"), &json!("LATER"))
    );
}

/// A client that reads its replay more slowly than events are made is cut: what waits for it is bounded.
#[test]
fn a_replay_can_be_overrun() {
    let mut stage = Stage::new(builder().guilds(0).replay_buffer(100));
    let (client, ready) = stage.start([0, 1], 0);
    stage.leave(client, None);
    let text = "x".repeat(10_000);
    for _ in 0..100 {
        stage
            .gateway
            .dispatch(&Selector::All, "MISSED", &json!({"text": text}));
    }
    stage.clients_read = false;
    let again = stage.connect();
    stage.send(again, &resume(&ready["session_id"], 1));
    for _ in 0..2000 {
        stage.gateway.dispatch(&Selector::All, "LATER", &json!({}));
    }
    stage.input(again, Input::Drained);
    assert_eq!(
        stage.heard(again).last(),
        Some(&crate::stage::Heard::Dropped)
    );
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

/// P17: RESUMED says that the replay is over, so one that was not heard does not come before what was missed.
#[test]
fn a_resumed_that_was_lost_is_not_replayed() {
    let mut stage = Stage::new(builder().guilds(0));
    let (client, ready) = stage.start([0, 1], 0);
    stage.leave(client, None);
    stage.gateway.dispatch(&Selector::All, "MISSED", &json!({}));
    for _ in 0..3 {
        let again = stage.connect();
        stage.send(again, &resume(&ready["session_id"], 1));
        let heard = stage.payloads(again);
        let told: Vec<_> = (heard[1..].iter())
            .map(|payload| {
                (
                    payload["t"].as_str().unwrap(),
                    payload["s"].as_u64().unwrap(),
                )
            })
            .collect();
        assert_eq!(told, [("MISSED", 2), ("RESUMED", 3)]);
        stage.leave(again, None);
    }
    assert_eq!(stage.gateway.stats().replayed, 3);
    assert!(stage.violations().is_empty());
}

/// What happened after it has its own sequence: nothing is left out, so that there is no hole.
#[test]
fn a_resumed_with_events_after_it_keeps_its_place() {
    let mut stage = Stage::new(builder().guilds(0));
    let (client, ready) = stage.start([0, 1], 0);
    stage.leave(client, None);
    let again = stage.connect();
    stage.send(again, &resume(&ready["session_id"], 1));
    stage.gateway.dispatch(&Selector::All, "LATER", &json!({}));
    stage.leave(again, None);
    let again = stage.connect();
    stage.send(again, &resume(&ready["session_id"], 1));
    assert_eq!(stage.names(again), ["RESUMED", "LATER", "RESUMED"]);
}
