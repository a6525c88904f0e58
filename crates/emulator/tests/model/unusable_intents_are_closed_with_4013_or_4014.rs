use gloaming_emulator::EmulatorBuilder;
use twilight_model::gateway::Intents;

use crate::stage::{Stage, builder, identify};

fn refused(builder: EmulatorBuilder, intents: u64, code: u16) {
    let mut stage = Stage::new(builder);
    let client = stage.connect();
    stage.send(client, &identify([0, 1], intents));
    stage.assert_refused(client, "P10", code);
}

#[test]
fn bits_that_do_not_exist() {
    for bit in [17, 18, 19, 22, 23, 26, 40] {
        refused(builder(), 1 | 1 << bit, 4013);
    }
}

#[test]
fn privileged_intents_that_are_not_enabled() {
    let enabled = Intents::GUILDS | Intents::GUILD_MEMBERS;
    for intents in [
        Intents::MESSAGE_CONTENT,
        Intents::GUILD_PRESENCES | Intents::GUILDS,
    ] {
        refused(builder().allowed_intents(enabled), intents.bits(), 4014);
    }
    let mut stage = Stage::new(builder().allowed_intents(enabled).guilds(0));
    let client = stage.connect();
    let intents = Intents::GUILDS | Intents::GUILD_MEMBERS | Intents::GUILD_MESSAGES;
    stage.send(client, &identify([0, 1], intents.bits()));
    assert_eq!(stage.names(client), ["READY"]);
}

/// All intents there are: the number that libraries call "all".
#[test]
fn every_intent_at_once() {
    let mut stage = Stage::new(builder().guilds(0));
    let client = stage.connect();
    stage.send(client, &identify([0, 1], 53_608_447));
    assert_eq!(stage.names(client), ["READY"]);
}
