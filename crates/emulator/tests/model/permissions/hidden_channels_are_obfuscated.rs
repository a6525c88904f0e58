//! P37: a channel that the bot can't view is obfuscated in GUILD_CREATE, CHANNEL_CREATE and CHANNEL_UPDATE.

use gloaming_emulator::model::{ConnectionId, Gateway};
use serde_json::{Value, json};
use twilight_model::{
    channel::ChannelType,
    id::{Id, marker::GuildMarker},
};

use crate::harness::{Harness, builder, identify, seconds};

const GUILDS: u64 = 1;
const HIDDEN: &str = "___hidden___";

fn guild_create(harness: &mut Harness) -> (ConnectionId, Value) {
    let client = harness.connect();
    harness.send(client, &identify([0, 1], GUILDS));
    let payloads = harness.payloads(client);
    let guild = payloads.iter().find(|it| it["t"] == "GUILD_CREATE");
    (client, guild.expect("GUILD_CREATE")["d"].clone())
}

fn first_guild(gateway: &Gateway) -> Id<GuildMarker> {
    gateway.guild_ids()[0]
}

/// The channels that have the name of hidden ones.
fn hidden(channels: &Value) -> Vec<&Value> {
    let channels = channels.as_array().unwrap().iter();
    channels
        .filter(|channel| channel["name"] == HIDDEN)
        .collect()
}

#[track_caller]
fn assert_is_obfuscated(channel: &Value, guild: &Value) {
    for (field, value) in channel.as_object().unwrap() {
        match field.as_str() {
            "id" | "type" | "position" | "parent_id" => {}
            "guild_id" => assert_eq!(value, guild),
            "name" => assert_eq!(value, HIDDEN),
            "flags" => assert_eq!(*value, 1 << 17),
            "permission_overwrites" => assert_eq!(
                *value,
                json!([{"id": guild, "type": 0, "allow": "0", "deny": "1024"}])
            ),
            other => assert_eq!(*value, Value::Null, "{other} is not reliable"),
        }
    }
}

#[test]
fn all_channels_are_shown_by_default() {
    let mut harness = Harness::new(builder().guilds(1));
    let (_, guild) = guild_create(&mut harness);
    assert_eq!(hidden(&guild["channels"]), [&Value::Null; 0]);
}

#[test]
fn private_channels_and_their_category_are_obfuscated_in_guild_create() {
    let mut harness = Harness::new(builder().guilds(1).private_channels(2));
    let (_, guild) = guild_create(&mut harness);
    let obfuscated = hidden(&guild["channels"]);
    let types: Vec<&Value> = obfuscated.iter().map(|channel| &channel["type"]).collect();
    assert_eq!(types, [4, 0, 0]);
    for channel in &obfuscated {
        assert_is_obfuscated(channel, &guild["id"]);
    }
    assert_eq!(obfuscated[1]["parent_id"], obfuscated[0]["id"]);

    // The others are the same as without private channels.
    let mut harness = Harness::new(builder().guilds(1));
    let (_, without) = guild_create(&mut harness);
    let shown = guild["channels"].as_array().unwrap().iter();
    let shown: Vec<&Value> = shown.filter(|it| it["name"] != HIDDEN).collect();
    assert_eq!(json!(shown), without["channels"]);
}

#[test]
fn channel_that_is_created_or_updated_is_obfuscated_by_its_overwrites() {
    let mut harness = Harness::new(builder().guilds(1));
    let (client, guild) = guild_create(&mut harness);
    let mut channel = json!({
        "id": "77", "guild_id": guild["id"], "type": 0, "name": "secret", "topic": "secret", "position": 40,
        "parent_id": null, "flags": 0,
        "permission_overwrites": [{"id": guild["id"], "type": 0, "allow": "0", "deny": "1024"}],
    });
    assert_eq!(
        harness.gateway.publish("CHANNEL_CREATE", channel.clone()),
        1
    );
    let created = &harness.payloads(client)[0];
    assert_eq!(
        (&created["t"], &created["d"]["id"]),
        (&json!("CHANNEL_CREATE"), &json!("77"))
    );
    assert_is_obfuscated(&created["d"], &guild["id"]);

    channel["topic"] = "still secret".into();
    harness.gateway.publish("CHANNEL_UPDATE", channel.clone());
    assert_is_obfuscated(&harness.payloads(client)[0]["d"], &guild["id"]);

    channel["permission_overwrites"] = json!([]);
    harness.gateway.publish("CHANNEL_UPDATE", channel.clone());
    let payloads = harness.payloads(client);
    assert_eq!(payloads.len(), 1);
    assert_eq!(payloads[0]["d"], channel);

    // The time between two identifies.
    harness.wait(seconds(5));
    let (_, guild) = guild_create(&mut harness);
    let last = guild["channels"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["id"], &last["topic"]),
        (&json!("77"), &json!("still secret"))
    );
}

#[test]
fn deleted_channel_is_gone() {
    let mut harness = Harness::new(builder().guilds(1).private_channels(1));
    let guild = first_guild(&harness.gateway);
    let channels = harness.gateway.channels(guild);
    let private = channels.last().unwrap();
    let data = json!({"id": private.id, "guild_id": guild, "type": 0});
    harness.gateway.publish("CHANNEL_DELETE", data);
    let (_, create) = guild_create(&mut harness);
    let obfuscated = hidden(&create["channels"]);
    let [category] = &obfuscated[..] else {
        panic!("{obfuscated:?}");
    };
    assert_eq!(category["type"], u8::from(ChannelType::GuildCategory));
    let ids = harness.gateway.channels(guild);
    assert_eq!(ids.len(), channels.len() - 1);
}

#[test]
fn events_in_a_hidden_channel_are_not_sent() {
    let mut harness = Harness::new(builder().guilds(1).private_channels(1));
    let (client, _) = harness.start([0, 1], GUILDS | 1 << 9 | 1 << 11);
    harness.payloads(client);
    let guild = first_guild(&harness.gateway);
    let private = harness.gateway.channels(guild).last().unwrap().id;
    let in_channel = json!({"id": "1", "channel_id": private, "guild_id": guild});
    let thread = json!({"id": "2", "parent_id": private, "guild_id": guild, "type": 11});
    let events = [
        ("MESSAGE_DELETE", in_channel.clone()),
        ("TYPING_START", in_channel.clone()),
        ("CHANNEL_PINS_UPDATE", in_channel.clone()),
        ("THREAD_CREATE", thread),
        ("STAGE_INSTANCE_CREATE", in_channel),
    ];
    for (name, data) in &events {
        assert_eq!(harness.gateway.publish(*name, data.clone()), 0, "{name}");
    }
    // Interactions are not obfuscated, wherever they are.
    let used = json!({"id": "3", "channel_id": private, "channel": {"id": private, "name": "secret"}, "guild_id": guild});
    assert_eq!(
        harness.gateway.publish("INTERACTION_CREATE", used.clone()),
        1
    );
    assert_eq!(harness.payloads(client)[0]["d"], used);

    harness.gateway.reveal_channel(private);
    harness.payloads(client);
    for (name, data) in events {
        assert_eq!(harness.gateway.publish(name, data), 1, "{name}");
    }
}
