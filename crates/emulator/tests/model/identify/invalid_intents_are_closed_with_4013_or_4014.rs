//! Unknown intents are closed with 4013, disallowed intents with 4014 (P10).

use gloaming_emulator::EmulatorBuilder;
use twilight_model::gateway::Intents;

use crate::harness::{Harness, builder, identify};

fn refused(builder: EmulatorBuilder, intents: u64, code: u16) {
    let mut harness = Harness::new(builder);
    let client = harness.connect();
    harness.send(client, &identify([0, 1], intents));
    harness.assert_refused(client, "P10", code);
}

#[test]
fn unknown_intents_are_closed_with_4013() {
    for bit in [17, 18, 19, 22, 23, 26, 40] {
        refused(builder(), 1 | 1 << bit, 4013);
    }
}

#[test]
fn disallowed_intents_are_closed_with_4014() {
    let enabled = Intents::GUILDS | Intents::GUILD_MEMBERS;
    for intents in [
        Intents::MESSAGE_CONTENT,
        Intents::GUILD_PRESENCES | Intents::GUILDS,
    ] {
        refused(builder().allowed_intents(enabled), intents.bits(), 4014);
    }
    let mut harness = Harness::new(builder().allowed_intents(enabled).guilds(0));
    let client = harness.connect();
    let intents = Intents::GUILDS | Intents::GUILD_MEMBERS | Intents::GUILD_MESSAGES;
    harness.send(client, &identify([0, 1], intents.bits()));
    assert_eq!(harness.names(client), ["READY"]);
}

/// All intents: the number that libraries call "all".
#[test]
fn all_intents_are_accepted() {
    let mut harness = Harness::new(builder().guilds(0));
    let client = harness.connect();
    harness.send(client, &identify([0, 1], 53_608_447));
    assert_eq!(harness.names(client), ["READY"]);
}
