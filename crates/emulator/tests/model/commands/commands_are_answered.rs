//! Opcodes 3, 4, 8, 31 and 43 are answered as Discord answers them (P24 to P27).

use std::collections::BTreeSet;

use gloaming_emulator::{
    EmulatorBuilder, ViolationResponse,
    model::{ConnectionId, Mute},
};
use serde_json::{Value, json};
use twilight_model::gateway::Intents;

use crate::harness::{Harness, builder, identify, seconds};

/// A harness with a client that has `intents` and GUILDS, and the first guild.
fn ready(builder: EmulatorBuilder, intents: Intents) -> (Harness, ConnectionId, Value) {
    let mut harness = Harness::new(builder);
    let client = harness.connect();
    harness.send(
        client,
        &identify([0, 1], (intents | Intents::GUILDS).bits()),
    );
    let guild = harness.payloads(client)[2]["d"].clone();
    (harness, client, guild)
}

fn send_command(harness: &mut Harness, client: ConnectionId, op: u64, d: Value) -> Vec<Value> {
    harness.send(client, &json!({"op": op, "d": d}));
    harness.payloads(client)
}

/// P27.
#[test]
fn presence_has_no_answer() {
    let (mut harness, client, _) = ready(builder(), Intents::empty());
    let presence = json!({"since": null, "activities": [{"name": "x", "type": 0}], "status": "dnd", "afk": false});
    assert_eq!(
        send_command(&mut harness, client, 3, presence),
        [] as [Value; 0]
    );
    harness.send(
        client,
        &json!({"op": 3, "d": {"since": null, "activities": [], "status": "sleepy", "afk": false}}),
    );
    harness.assert_refused(client, "P27", 4002);
}

/// P39.
#[test]
fn joining_a_full_voice_channel_is_not_answered() {
    let (mut harness, client, guild) = ready(builder(), Intents::GUILD_VOICE_STATES);
    let channels = guild["channels"].as_array().unwrap();
    let channel = channels.iter().find(|channel| channel["type"] == 2);
    let join = json!({"guild_id": guild["id"], "channel_id": channel.unwrap()["id"], "self_mute": true, "self_deaf": false});
    let leave =
        json!({"guild_id": guild["id"], "channel_id": null, "self_mute": true, "self_deaf": false});
    harness.gateway.mute(Mute::VoiceReplies);
    let nothing = [] as [Value; 0];
    assert_eq!(send_command(&mut harness, client, 4, join.clone()), nothing);
    assert_eq!(send_command(&mut harness, client, 4, leave).len(), 1);
    harness.gateway.unmute(harness.now, Mute::VoiceReplies);
    assert_eq!(harness.payloads(client), nothing);
    assert_eq!(send_command(&mut harness, client, 4, join).len(), 2);
}

/// P27.
#[test]
fn joining_voice_is_answered_with_state_and_server() {
    let (mut harness, client, guild) = ready(builder(), Intents::GUILD_VOICE_STATES);
    let channels = guild["channels"].as_array().unwrap();
    let channel = &channels
        .iter()
        .find(|channel| channel["type"] == 2)
        .unwrap()["id"];
    let join = json!({"guild_id": guild["id"], "channel_id": channel, "self_mute": true, "self_deaf": false});
    let received = send_command(&mut harness, client, 4, join);
    assert_eq!(
        (&received[0]["t"], &received[1]["t"]),
        (&json!("VOICE_STATE_UPDATE"), &json!("VOICE_SERVER_UPDATE"))
    );
    assert_eq!(
        (
            &received[0]["d"]["channel_id"],
            &received[0]["d"]["self_mute"]
        ),
        (channel, &json!(true))
    );
    assert_eq!(received[1]["d"]["guild_id"], guild["id"]);

    let leave =
        json!({"guild_id": guild["id"], "channel_id": null, "self_mute": true, "self_deaf": false});
    let received = send_command(&mut harness, client, 4, leave);
    assert_eq!(received.len(), 1);
    assert_eq!(received[0]["d"]["channel_id"], Value::Null);
}

#[test]
fn voice_channel_of_another_guild_is_ignored() {
    let (mut harness, client, guild) = ready(builder(), Intents::GUILD_VOICE_STATES);
    let join =
        json!({"guild_id": guild["id"], "channel_id": "1", "self_mute": false, "self_deaf": false});
    assert_eq!(
        send_command(&mut harness, client, 4, join),
        [] as [Value; 0]
    );
}

/// P24: up to 1000 members a chunk.
#[test]
fn full_member_list_arrives_in_chunks() {
    let (mut harness, client, guild) = ready(builder().members(2500), Intents::GUILD_MEMBERS);
    let request = json!({"guild_id": guild["id"], "query": "", "limit": 0, "nonce": "n"});
    let chunks = send_command(&mut harness, client, 8, request);
    let mut ids = BTreeSet::new();
    for (index, chunk) in chunks.iter().enumerate() {
        assert_eq!(chunk["t"], "GUILD_MEMBERS_CHUNK");
        let d = &chunk["d"];
        assert_eq!(
            (&d["chunk_index"], &d["chunk_count"], &d["nonce"]),
            (&json!(index), &json!(3), &json!("n"))
        );
        ids.extend(
            d["members"]
                .as_array()
                .unwrap()
                .iter()
                .map(|member| member["user"]["id"].to_string()),
        );
    }
    assert_eq!(chunks.len(), 3);
    assert_eq!(guild["member_count"], ids.len(), "the bot is a member");
    assert_eq!(ids.len(), 2501);
}

/// P24: the full list needs GUILD_MEMBERS.
#[test]
fn full_member_list_needs_its_intent() {
    let (mut harness, client, guild) = ready(builder(), Intents::empty());
    let request = json!({"guild_id": guild["id"], "query": "", "limit": 0});
    assert_eq!(
        send_command(&mut harness, client, 8, request),
        [] as [Value; 0]
    );
    assert_eq!(harness.violations(), [("P24", ViolationResponse::Recorded)]);
}

/// P25: once in 30 seconds, per guild and bot.
#[test]
fn repeated_full_member_list_is_rate_limited() {
    let (mut harness, client, guild) = ready(builder(), Intents::GUILD_MEMBERS);
    let request = json!({"guild_id": guild["id"], "query": "", "limit": 0, "nonce": "again"});
    send_command(&mut harness, client, 8, request.clone());
    harness.wait(seconds(10));
    let received = send_command(&mut harness, client, 8, request.clone());
    assert_eq!(
        (&received[0]["t"], &received[0]["op"]),
        (&json!("RATE_LIMITED"), &json!(0))
    );
    assert_eq!(
        received[0]["d"],
        json!({"opcode": 8, "retry_after": 20.0, "meta": {"guild_id": guild["id"], "nonce": "again"}})
    );
    assert_eq!(harness.violations(), [("P25", ViolationResponse::Recorded)]);

    // A request for some members is allowed at any time.
    let some = json!({"guild_id": guild["id"], "query": "a", "limit": 5});
    assert_eq!(
        send_command(&mut harness, client, 8, some)[0]["t"],
        "GUILD_MEMBERS_CHUNK"
    );
    harness.wait(seconds(20));
    assert_eq!(
        send_command(&mut harness, client, 8, request)[0]["t"],
        "GUILD_MEMBERS_CHUNK"
    );
}

#[test]
fn members_are_found_by_name_and_id() {
    let (mut harness, client, guild) = ready(builder().members(300), Intents::empty());
    let by_name = json!({"guild_id": guild["id"], "query": "AMBER_", "limit": 3});
    let received = send_command(&mut harness, client, 8, by_name);
    let found = received[0]["d"]["members"].as_array().unwrap();
    assert!(!found.is_empty() && found.len() <= 3);

    let ids = json!([found[0]["user"]["id"], "1"]);
    let by_id = json!({"guild_id": guild["id"], "user_ids": ids, "limit": 0});
    let received = send_command(&mut harness, client, 8, by_id);
    assert_eq!(received[0]["d"]["members"], json!([found[0]]));
    assert_eq!(received[0]["d"]["not_found"], json!(["1"]));
}

#[test]
fn bot_is_found_by_name_and_id() {
    let intents = Intents::GUILD_PRESENCES;
    let (mut harness, client, guild) = ready(builder(), intents);
    let bot = guild["members"].as_array().unwrap()[0].clone();
    let id = &bot["user"]["id"];
    for request in [
        json!({"guild_id": guild["id"], "user_ids": id, "presences": true}),
        json!({"guild_id": guild["id"], "query": bot["user"]["username"], "limit": 1, "presences": true}),
    ] {
        let received = send_command(&mut harness, client, 8, request);
        let d = &received[0]["d"];
        assert_eq!(
            (&d["members"], &d["not_found"]),
            (&json!([bot]), &json!([]))
        );
        assert_eq!(d["presences"][0]["user"]["id"], *id);
    }
}

/// P24: at most 100 ids; `query` or `user_ids`.
#[test]
fn invalid_member_requests_are_closed_with_4002() {
    let many: Vec<String> = (1..=101).map(|id: u64| id.to_string()).collect();
    for fields in [
        json!({"user_ids": many}),
        json!({}),
        json!({"query": "", "limit": 0, "user_ids": "1"}),
    ] {
        let (mut harness, client, guild) = ready(builder(), Intents::GUILD_MEMBERS);
        let mut request = fields;
        request["guild_id"] = guild["id"].clone();
        harness.send(client, &json!({"op": 8, "d": request}));
        harness.assert_refused(client, "P24", 4002);
    }
}

/// P24: dropped without an error.
#[test]
fn nonce_over_32_bytes_is_dropped() {
    let (mut harness, client, guild) = ready(builder(), Intents::empty());
    let request = json!({"guild_id": guild["id"], "user_ids": ["1"], "nonce": "n".repeat(33)});
    let received = send_command(&mut harness, client, 8, request);
    assert_eq!(received[0]["d"].get("nonce"), None);
    assert_eq!(harness.violations(), [("P24", ViolationResponse::Recorded)]);
}

/// P24: presences need their intent.
#[test]
fn presences_need_their_intent() {
    for intents in [
        Intents::GUILD_MEMBERS,
        Intents::GUILD_MEMBERS | Intents::GUILD_PRESENCES,
    ] {
        let (mut harness, client, guild) = ready(builder(), intents);
        let request = json!({"guild_id": guild["id"], "query": "", "limit": 0, "presences": true});
        let received = send_command(&mut harness, client, 8, request);
        let has_them = received[0]["d"]
            .get("presences")
            .is_some_and(|list| list != &json!([]));
        assert_eq!(has_them, intents.contains(Intents::GUILD_PRESENCES));
        assert_eq!(harness.violations().is_empty(), has_them);
    }
}

/// P26.
#[test]
fn soundboard_sounds_arrive_per_guild() {
    let (mut harness, client, guild) = ready(builder(), Intents::empty());
    let received = send_command(
        &mut harness,
        client,
        31,
        json!({"guild_ids": [guild["id"], "1"]}),
    );
    assert_eq!(received.len(), 1);
    assert_eq!(
        (&received[0]["t"], &received[0]["d"]["guild_id"]),
        (&json!("SOUNDBOARD_SOUNDS"), &guild["id"])
    );
    assert_eq!(
        received[0]["d"]["soundboard_sounds"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

/// P26.
#[test]
fn channel_info_has_the_requested_fields() {
    let (mut harness, client, guild) = ready(builder(), Intents::empty());
    let request = json!({"guild_id": guild["id"], "fields": ["status"]});
    let received = send_command(&mut harness, client, 43, request);
    assert_eq!(
        (&received[0]["t"], &received[0]["d"]["guild_id"]),
        (&json!("CHANNEL_INFO"), &guild["id"])
    );
    let first = &received[0]["d"]["channels"][0];
    assert!(first["status"].is_string() && first.get("voice_start_time").is_none());

    harness.send(
        client,
        &json!({"op": 43, "d": {"guild_id": guild["id"], "fields": ["name"]}}),
    );
    harness.assert_refused(client, "P26", 4002);
}

#[test]
fn guilds_of_other_shards_are_ignored() {
    let mut harness = Harness::new(builder().guilds(2).shards(2).max_concurrency(2));
    let (_, other) = harness.start([1, 2], 1);
    let (client, _) = harness.start([0, 2], 1);
    harness.received(client);
    let request = json!({"guild_id": other["guilds"][0]["id"], "user_ids": ["1"]});
    assert_eq!(
        send_command(&mut harness, client, 8, request),
        [] as [Value; 0]
    );
}
