//! P38: if a privileged intent is disabled while the bot runs, its connection is closed with 4003, its session is invalid,
//! and the next IDENTIFY is closed with 4014.

use serde_json::json;
use twilight_model::gateway::Intents;

use crate::harness::{Harness, Received, builder, identify, resume, seconds};

#[test]
fn lapsed_intent_ends_the_session_and_is_refused() {
    let mut harness = Harness::new(builder().guilds(0));
    let intents = Intents::GUILDS | Intents::GUILD_MEMBERS;
    let (client, ready) = harness.start([0, 1], intents.bits());
    harness.received(client);
    let allowed = Intents::all() - Intents::GUILD_MEMBERS;
    assert_eq!(harness.gateway.set_allowed_intents(harness.now, allowed), 1);
    assert_eq!(harness.received(client), [Received::Close(4003)]);

    let client = harness.connect();
    harness.received(client);
    harness.send(client, &resume(&ready["session_id"], 1));
    let invalid = &harness.payloads(client)[0];
    assert_eq!((&invalid["op"], &invalid["d"]), (&json!(9), &json!(false)));

    harness.wait(seconds(5));
    harness.send(client, &identify([0, 1], intents.bits()));
    assert_eq!(harness.received(client), [Received::Close(4014)]);
    let client = harness.connect();
    harness.wait(seconds(5));
    harness.send(client, &identify([0, 1], Intents::GUILDS.bits()));
    assert!(harness.names(client).contains(&"READY".to_owned()));
}

#[test]
fn sessions_without_the_intent_stay() {
    let mut harness = Harness::new(builder().guilds(0));
    let (client, _) = harness.start([0, 1], Intents::GUILDS.bits());
    harness.received(client);
    let allowed = Intents::empty();
    assert_eq!(harness.gateway.set_allowed_intents(harness.now, allowed), 0);
    assert_eq!(harness.received(client), []);
    assert_eq!(harness.gateway.sessions().len(), 1);
}
