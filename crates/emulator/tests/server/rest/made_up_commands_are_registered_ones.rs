//! Members use only the slash commands that the bot has registered, with the options that it has named.

use std::collections::BTreeSet;

use gloaming_emulator::Emulator;
use serde_json::{Value, json};
use twilight_model::gateway::event::{DispatchEvent, DispatchEventWithTypeDeserializer};

use crate::harness::{Client, http_request_as_bot};

/// Interactions, with no other intents.
async fn interactions(client: &mut Client, emulator: &Emulator) -> Vec<Value> {
    let before = emulator.stats().dispatches;
    emulator.generate_events(4000);
    let count = emulator.stats().dispatches - before;
    let mut received = Vec::new();
    for _ in 0..count {
        received.push(client.dispatch("INTERACTION_CREATE").await);
    }
    received
}

fn commands(interactions: &[Value]) -> Vec<&Value> {
    let commands = interactions.iter().filter(|event| event["d"]["type"] == 2);
    commands.map(|event| &event["d"]["data"]).collect()
}

#[tokio::test]
async fn made_up_commands_are_registered_ones() {
    let emulator = Emulator::builder().guilds(2).start().await.unwrap();
    let mut client = Client::connect(&format!("{}/?v=10&encoding=json", emulator.url()))
        .await
        .unwrap();
    client.start(0).await;
    let without = interactions(&mut client, &emulator).await;
    assert!(!without.is_empty(), "buttons are pressed");
    assert_eq!(commands(&without), [] as [&Value; 0]);

    let registered = json!([
        {"name": "roll", "description": "Rolls dice", "options": [
            {"type": 4, "name": "dice", "description": "d", "required": true, "min_value": 2, "max_value": 9},
            {"type": 3, "name": "color", "description": "c", "required": true,
                "choices": [{"name": "Red", "value": "red"}, {"name": "Blue", "value": "blue"}]},
            {"type": 3, "name": "why", "description": "w", "min_length": 150, "max_length": 200},
            {"type": 5, "name": "loud", "description": "l"},
            {"type": 6, "name": "whom", "description": "w", "required": true},
            {"type": 7, "name": "where", "description": "w"},
            {"type": 8, "name": "as", "description": "a"},
            {"type": 9, "name": "with", "description": "w"},
            {"type": 10, "name": "weight", "description": "w"},
            {"type": 11, "name": "file", "description": "f"},
        ]},
        {"name": "group", "description": "Has subcommands", "options": [
            {"type": 2, "name": "inner", "description": "i", "options": [
                {"type": 1, "name": "one", "description": "o", "options": [
                    {"type": 3, "name": "text", "description": "t", "required": true},
                ]},
            ]},
        ]},
        {"name": "Who", "type": 2},
    ]);
    let put = "PUT /api/v10/applications/1/commands";
    let (status, registered) = http_request_as_bot(&emulator, put, &registered).await;
    assert_eq!(status, 200);
    let with = interactions(&mut client, &emulator).await;
    let used = commands(&with);
    let names: BTreeSet<&str> = used
        .iter()
        .map(|data| data["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["group", "roll"].into(),
        "a user command is not typed"
    );
    let mut set = BTreeSet::new();
    for data in used {
        let named = |command: &&Value| command["name"] == data["name"];
        let command = registered.as_array().unwrap().iter().find(named).unwrap();
        assert_eq!(data["id"], command["id"]);
        let options = data["options"].as_array().unwrap();
        if data["name"] == "group" {
            assert_eq!(options[0]["options"][0]["options"][0]["name"], "text");
            continue;
        }
        for option in options {
            set.insert(option["name"].as_str().unwrap().to_owned());
            let value = &option["value"];
            match option["name"].as_str().unwrap() {
                "dice" => assert!((2..=9).contains(&value.as_i64().unwrap()), "{value}"),
                "color" => assert!(["red", "blue"].contains(&value.as_str().unwrap())),
                "why" => assert!((150..=200).contains(&value.as_str().unwrap().chars().count())),
                "whom" => {
                    let id = value.as_str().unwrap();
                    assert_eq!(data["resolved"]["users"][id]["id"], id);
                    assert!(data["resolved"]["members"][id]["joined_at"].is_string());
                }
                _ => {}
            }
        }
    }
    assert_eq!(set.len(), 10, "each option is set at times: {set:?}");
    for event in &with {
        let text = event["d"].to_string();
        let seed = DispatchEventWithTypeDeserializer::new("INTERACTION_CREATE");
        let mut json = serde_json::Deserializer::from_str(&text);
        let decoded = serde::de::DeserializeSeed::deserialize(seed, &mut json);
        assert!(
            matches!(decoded, Ok(DispatchEvent::InteractionCreate(_))),
            "{text} {decoded:?}"
        );
    }
}
