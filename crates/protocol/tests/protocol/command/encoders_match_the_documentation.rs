//! The encoders produce the documented payloads.

use crate::harness::send_fixture;
use gloaming_protocol::{
    ChannelInfoField, Identify, IdentifyProperties, Intents, RequestChannelInfo,
    RequestSoundboardSounds, ShardId, Token, UpdatePresencePayload, default_identify_properties,
    encode_command, encode_heartbeat, encode_resume,
};
use serde_json::Value;
use twilight_model::gateway::Capabilities;
use twilight_model::gateway::payload::outgoing::{
    RequestGuildMembers, UpdatePresence, UpdateVoiceState,
};
use twilight_model::gateway::presence::{ActivityType, MinimalActivity, Status};
use twilight_model::id::Id;

/// The documented payload without white space.
fn bytes(fixture: &str) -> String {
    // No string in these payloads contains white space.
    send_fixture(fixture).split_whitespace().collect()
}

/// The documented payload as a value, if the order of keys differs.
fn value(fixture: &str) -> Value {
    serde_json::from_str(&send_fixture(fixture)).unwrap()
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn presence(name: &str, status: Status) -> UpdatePresencePayload {
    let activity = MinimalActivity {
        kind: ActivityType::Playing,
        name: name.into(),
        url: None,
    };
    UpdatePresencePayload::new([activity.into()], false, 91_879_201, status).unwrap()
}

/// Removes the `created_at` that twilight-model serializes as null, which the gateway ignores.
fn without_created_at(mut payload: Value, presence: &str) -> Value {
    let activity = payload
        .pointer_mut(&format!("{presence}/activities/0"))
        .unwrap();
    assert_eq!(activity["created_at"], Value::Null);
    activity.as_object_mut().unwrap().remove("created_at");
    payload
}

#[test]
fn identify_matches() {
    let token = Token::new("Bot my_token");
    let properties = IdentifyProperties::new("disco", "disco", "linux");
    let presence = presence("Cards Against Humanity", Status::DoNotDisturb);
    let text = Identify {
        compress: true,
        large_threshold: 250,
        shard: Some(ShardId::new(0, 1)),
        presence: Some(&presence),
        ..Identify::new(&token, &properties, Intents::from_bits_retain(7))
    }
    .encode()
    .unwrap();
    assert_eq!(
        without_created_at(parse(&text), "/d/presence"),
        value("identify")
    );
}

#[test]
fn identify_omits_unset_fields() {
    let token = Token::new("my_token");
    let properties = default_identify_properties();
    let text = Identify::new(&token, &properties, Intents::empty())
        .encode()
        .unwrap();
    let os = std::env::consts::OS;
    assert_eq!(
        text,
        format!(
            r#"{{"op":2,"d":{{"token":"my_token","properties":{{"os":"{os}","browser":"gloaming","device":"gloaming"}},"compress":false,"large_threshold":50,"intents":0}}}}"#
        )
    );
}

#[test]
fn identify_contains_capabilities() {
    let token = Token::new("my_token");
    let properties = default_identify_properties();
    let text = Identify {
        capabilities: Capabilities::CHANNEL_OBFUSCATION,
        ..Identify::new(&token, &properties, Intents::GUILDS)
    }
    .encode()
    .unwrap();
    assert_eq!(parse(&text)["d"]["capabilities"], 1 << 15);
}

#[test]
fn resume_matches() {
    let text = encode_resume(&Token::new("randomstring"), "evenmorerandomstring", 1337).unwrap();
    assert_eq!(text, bytes("resume"));
}

#[test]
fn heartbeat_matches() {
    assert_eq!(encode_heartbeat(Some(251)), bytes("heartbeat"));
    assert_eq!(encode_heartbeat(None), r#"{"op":1,"d":null}"#);
    assert_eq!(
        encode_heartbeat(Some(u64::MAX)),
        r#"{"op":1,"d":18446744073709551615}"#
    );
}

#[test]
fn request_guild_members_matches() {
    let request = RequestGuildMembers::builder(Id::new(41_771_983_444_115_456)).query("", None);
    assert_eq!(
        parse(&encode_command(&request).unwrap()),
        value("request_guild_members")
    );
}

#[test]
fn request_soundboard_sounds_matches() {
    let guilds = [613_425_648_685_547_541, 81_384_788_765_712_384].map(Id::new);
    let request = RequestSoundboardSounds::new(guilds).unwrap();
    assert_eq!(
        encode_command(&request).unwrap(),
        bytes("request_soundboard_sounds")
    );
}

#[test]
fn request_channel_info_matches() {
    let fields = [ChannelInfoField::Status, ChannelInfoField::VoiceStartTime];
    let request = RequestChannelInfo::new(Id::new(613_425_648_685_547_541), fields).unwrap();
    assert_eq!(
        encode_command(&request).unwrap(),
        bytes("request_channel_info")
    );
}

#[test]
fn update_voice_state_matches() {
    let guild = Id::new(41_771_983_423_143_937);
    let channel = Id::new(127_121_515_262_115_840);
    let join = UpdateVoiceState::new(guild, channel, false, false);
    assert_eq!(
        parse(&encode_command(&join).unwrap()),
        value("update_voice_state")
    );

    let leave = UpdateVoiceState::new(guild, None, false, false);
    let leave = parse(&encode_command(&leave).unwrap());
    assert_eq!(leave.pointer("/d/channel_id"), Some(&Value::Null));
}

#[test]
fn update_presence_matches() {
    let presence = presence("Save the Oxford Comma", Status::Online);
    let UpdatePresencePayload {
        activities,
        afk,
        since,
        status,
    } = presence;
    let update = UpdatePresence::new(activities, afk, since, status).unwrap();
    let update = parse(&encode_command(&update).unwrap());
    assert_eq!(without_created_at(update, "/d"), value("update_presence"));
}
