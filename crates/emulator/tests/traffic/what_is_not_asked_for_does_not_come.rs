use std::{collections::BTreeSet, time::Duration};

use gloaming_emulator::{Emulator, Flood};
use serde_json::{Value, json};
use twilight_model::gateway::Intents;

use crate::session::{Heard, listen};

fn hear(intents: Intents) -> Vec<Heard> {
    let builder = Emulator::builder().guilds(4).events_per_second(200.0);
    listen(builder, intents, Duration::from_secs(20))
}

fn names(heard: &[Heard]) -> BTreeSet<&str> {
    heard.iter().map(|heard| heard.name.as_str()).collect()
}

#[test]
fn without_intents_only_interactions_come() {
    assert_eq!(
        names(&hear(Intents::empty())),
        ["READY", "INTERACTION_CREATE"].into()
    );
}

#[test]
fn each_intent_brings_its_events() {
    for (intents, expected) in [
        (
            Intents::GUILD_MESSAGES,
            vec![
                "MESSAGE_CREATE",
                "MESSAGE_DELETE",
                "MESSAGE_DELETE_BULK",
                "MESSAGE_UPDATE",
            ],
        ),
        (Intents::GUILD_PRESENCES, vec!["PRESENCE_UPDATE"]),
        (Intents::GUILD_MESSAGE_TYPING, vec!["TYPING_START"]),
        (
            Intents::GUILD_MEMBERS,
            vec![
                "GUILD_MEMBER_ADD",
                "GUILD_MEMBER_REMOVE",
                "GUILD_MEMBER_UPDATE",
            ],
        ),
        (
            Intents::GUILD_MESSAGE_REACTIONS,
            vec!["MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE"],
        ),
        (Intents::GUILD_VOICE_STATES, vec!["VOICE_STATE_UPDATE"]),
    ] {
        let heard = hear(intents);
        let mut expected: BTreeSet<&str> = expected.into_iter().collect();
        expected.extend(["READY", "INTERACTION_CREATE"]);
        assert_eq!(names(&heard), expected, "{intents:?}");
    }
}

/// What people wrote needs MESSAGE_CONTENT.
#[test]
fn content_is_empty_without_its_intent() {
    let contents = |intents| {
        hear(intents)
            .iter()
            .filter(|heard| heard.name == "MESSAGE_CREATE")
            .map(|heard| serde_json::from_str::<Value>(&heard.data).unwrap())
            .collect::<Vec<_>>()
    };
    for message in contents(Intents::GUILD_MESSAGES) {
        for (field, empty) in [
            ("content", json!("")),
            ("embeds", json!([])),
            ("attachments", json!([])),
        ] {
            assert_eq!(message[field], empty);
        }
        assert!(message["author"]["id"].is_string());
    }
    let shown = contents(Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT);
    assert!(shown.iter().all(|message| message["content"] != ""));
    assert!(
        shown
            .iter()
            .any(|message| message["attachments"] != json!([]))
    );
}

/// Without GUILD_PRESENCES a guild shows no members but the bot and those in voice channels.
#[test]
fn members_of_guilds_come_with_presences_only() {
    let first_guild = |intents| {
        let heard = hear(intents);
        serde_json::from_str::<Value>(&heard[1].data).unwrap()
    };
    let guild = first_guild(Intents::GUILDS);
    let in_voice = guild["voice_states"].as_array().unwrap().len();
    assert_eq!(guild["members"].as_array().unwrap().len(), 1 + in_voice);
    assert_eq!(guild["presences"], json!([]));
    let guild = first_guild(Intents::GUILDS | Intents::GUILD_PRESENCES);
    assert!(guild["members"].as_array().unwrap().len() > 20);
    assert!(guild["presences"].as_array().unwrap().len() > 10);
}

#[test]
fn load_obeys_intents_too() {
    let builder = Emulator::builder().flood(Flood::new(2000));
    let heard = listen(builder, Intents::GUILD_MESSAGE_TYPING, Duration::ZERO);
    assert_eq!(
        names(&heard),
        ["READY", "INTERACTION_CREATE", "TYPING_START"].into()
    );
}
