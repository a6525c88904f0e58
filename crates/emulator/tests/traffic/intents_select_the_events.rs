//! A session receives the generated events of its intents.

use std::{collections::BTreeSet, time::Duration};

use gloaming_emulator::{Emulator, Flood};
use serde_json::{Value, json};
use twilight_model::gateway::Intents;

use crate::harness::{Received, receive_for};

fn receive(intents: Intents) -> Vec<Received> {
    let builder = Emulator::builder().guilds(4).events_per_second(200.0);
    receive_for(builder, intents, Duration::from_secs(20))
}

fn names(received: &[Received]) -> BTreeSet<&str> {
    received
        .iter()
        .map(|received| received.name.as_str())
        .collect()
}

#[test]
fn no_intents_leave_interactions() {
    assert_eq!(
        names(&receive(Intents::empty())),
        ["READY", "INTERACTION_CREATE"].into()
    );
}

#[test]
fn each_intent_adds_its_events() {
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
        let received = receive(intents);
        let mut expected: BTreeSet<&str> = expected.into_iter().collect();
        expected.extend(["READY", "INTERACTION_CREATE"]);
        assert_eq!(names(&received), expected, "{intents:?}");
    }
}

/// The content of messages needs MESSAGE_CONTENT.
#[test]
fn content_needs_its_intent() {
    let contents = |intents| {
        receive(intents)
            .iter()
            .filter(|received| received.name == "MESSAGE_CREATE")
            .map(|received| serde_json::from_str::<Value>(&received.data).unwrap())
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

/// Without GUILD_PRESENCES, a guild lists only the bot and the members in voice channels.
#[test]
fn guild_members_need_the_presences_intent() {
    let first_guild = |intents| {
        let received = receive(intents);
        serde_json::from_str::<Value>(&received[1].data).unwrap()
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
fn flood_follows_the_intents() {
    let builder = Emulator::builder().flood(Flood::new(2000));
    let received = receive_for(builder, Intents::GUILD_MESSAGE_TYPING, Duration::ZERO);
    assert_eq!(
        names(&received),
        ["READY", "INTERACTION_CREATE", "TYPING_START"].into()
    );
}
