//! A channel that the bot can't view decodes into its type, without a repair, and shows that it is obfuscated (P37).

use crate::harness::{dispatch_fixture, dispatch_text, parsers};
use gloaming_protocol::{Decoded, Event, Payload, decode_event};
use serde_json::{Value, json};
use std::error::Error;
use twilight_model::channel::permission_overwrite::PermissionOverwriteType;
use twilight_model::channel::{Channel, ChannelFlags, ChannelType};
use twilight_model::guild::Permissions;
use twilight_model::id::Id;

const GUILD: &str = "197038439483310086";

/// A text channel as the rule describes it: what can be relied on, the placeholders, and everything else null.
const HIDDEN: &str = r#"{
    "id": "41771983423143937",
    "guild_id": "197038439483310086",
    "type": 0,
    "position": 6,
    "parent_id": "399942396007890945",
    "name": "___hidden___",
    "flags": 131072,
    "permission_overwrites": [{"id": "197038439483310086", "type": 0, "allow": "0", "deny": "1024"}],
    "topic": null,
    "nsfw": null,
    "last_message_id": null,
    "bitrate": null,
    "user_limit": null,
    "rate_limit_per_user": null,
    "icon_emoji": null,
    "theme_color": null,
    "last_pin_timestamp": null,
    "rtc_region": null,
    "video_quality_mode": null,
    "default_auto_archive_duration": null,
    "available_tags": null,
    "applied_tags": null,
    "default_reaction_emoji": null,
    "default_thread_rate_limit_per_user": null,
    "default_sort_order": null,
    "default_forum_layout": null,
    "version": null
}"#;

/// Decodes an event with every parser. Fails if it had to be repaired.
fn decode(name: &str, data: &str) -> Event {
    let text = dispatch_text(name, 7, data);
    let payload = Payload::parse(&text).unwrap();
    let events = parsers().map(|parser| match decode_event(&payload, parser) {
        Ok(Decoded::Event(event)) => event,
        Ok(other) => panic!("{name}: {other:?}"),
        Err(error) => panic!("{name}: {error}: {}", error.source().unwrap()),
    });
    let events = Vec::from_iter(events);
    assert!(events.iter().all(|event| *event == events[0]));
    events[0].clone()
}

fn assert_is_hidden(channel: &Channel) {
    assert_eq!(channel.id, Id::new(41_771_983_423_143_937));
    assert_eq!(channel.parent_id, Some(Id::new(399_942_396_007_890_945)));
    assert_eq!(channel.position, Some(6));
    assert_eq!(channel.name.as_deref(), Some("___hidden___"));
    assert_eq!(channel.flags, Some(ChannelFlags::CHANNEL_OBFUSCATED));
    let [overwrite] = channel.permission_overwrites.as_deref().unwrap() else {
        panic!("{:?}", channel.permission_overwrites);
    };
    assert_eq!(overwrite.id.to_string(), GUILD, "the role @everyone");
    assert_eq!(overwrite.kind, PermissionOverwriteType::Role);
    assert_eq!(overwrite.deny, Permissions::VIEW_CHANNEL);
    assert_eq!(overwrite.allow, Permissions::empty());
    assert_eq!((&channel.topic, channel.nsfw), (&None, None));
}

#[test]
fn hidden_channel_is_created_and_updated() {
    let Event::ChannelCreate(created) = decode("CHANNEL_CREATE", HIDDEN) else {
        panic!("it is a created channel");
    };
    assert_is_hidden(&created);
    let Event::ChannelUpdate(updated) = decode("CHANNEL_UPDATE", HIDDEN) else {
        panic!("it is an updated channel");
    };
    assert_is_hidden(&updated);
}

#[test]
fn hidden_channel_of_a_guild_is_between_others() {
    let mut guild: Value = serde_json::from_str(&dispatch_fixture("GUILD_CREATE")).unwrap();
    let mut hidden: Value = serde_json::from_str(HIDDEN).unwrap();
    hidden.as_object_mut().unwrap().remove("guild_id");
    guild["channels"] = json!([hidden, {"id": "3", "type": 0, "name": "general", "flags": 0}]);
    let Event::GuildCreate(guild) = decode("GUILD_CREATE", &guild.to_string()) else {
        panic!("it is a guild");
    };
    let twilight_model::gateway::payload::incoming::GuildCreate::Available(guild) = *guild else {
        panic!("it is available");
    };
    let [hidden, general] = &guild.channels[..] else {
        panic!("{:?}", guild.channels);
    };
    assert_is_hidden(hidden);
    assert_eq!(general.name.as_deref(), Some("general"));
    assert_eq!(general.flags, Some(ChannelFlags::empty()));
}

#[test]
fn hidden_channel_keeps_its_type() {
    for (number, kind) in [
        (0, ChannelType::GuildText),
        (2, ChannelType::GuildVoice),
        (4, ChannelType::GuildCategory),
        (5, ChannelType::GuildAnnouncement),
        (13, ChannelType::GuildStageVoice),
        (15, ChannelType::GuildForum),
        (16, ChannelType::GuildMedia),
    ] {
        let mut channel: Value = serde_json::from_str(HIDDEN).unwrap();
        channel["type"] = number.into();
        let Event::ChannelUpdate(updated) = decode("CHANNEL_UPDATE", &channel.to_string()) else {
            panic!("it is an updated channel");
        };
        assert_eq!(updated.kind, kind);
        assert_is_hidden(&updated);
    }
}
