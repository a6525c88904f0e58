//! GUILD_CREATE.

use serde_json::{Value, json};
use twilight_model::gateway::Intents;

use super::{
    calendar::Moment, guild::Guild, member::Member, presence::presence, user::User,
    visibility::VIEW_CHANNEL, words,
};
use crate::rng::{Rng, stream};

/// The most members in a GUILD_CREATE, however large the guild is. Discord does not send more either.
const MAX_MEMBERS: usize = 1000;

/// The data of the GUILD_CREATE of a generated guild for a session with these intents, with all channels as a member with
/// all permissions sees them.
///
/// Without GUILD_PRESENCES, it has only the bot and the members in voice channels. With it, it has all members of a guild
/// with up to `large_threshold` members, and the members of a larger guild that are online (Discord's documentation of
/// GUILD_CREATE).
pub(super) fn guild_create(
    guild: &Guild,
    bot: &User,
    bot_roles: &[u64],
    seed: u64,
    intents: Intents,
    large_threshold: u64,
) -> Value {
    let mut rng = Rng::derived(seed, &[stream::GUILD_DETAILS, guild.index]);
    let member_count = guild.members + 1;
    let large = member_count > large_threshold;

    let in_voice = rng.below(4).min(guild.members);
    let sees_presences = intents.contains(Intents::GUILD_PRESENCES);
    let mut members = vec![bot_member(bot, guild, bot_roles)];
    let mut presences = Vec::new();
    let mut voice_states = Vec::new();
    let listed = if sees_presences {
        guild.members
    } else {
        in_voice
    };
    for at in 0..listed {
        let member = guild.member(seed, at);
        let is_online = member.status != "offline";
        let is_in_voice = at < in_voice;
        if is_in_voice {
            voice_states.push(voice_state(guild, &member, &mut rng));
        }
        if is_in_voice || is_online || !large {
            members.push(member.json());
        }
        if sees_presences && is_online {
            presences.push(presence(&member, None));
        }
        if members.len() >= MAX_MEMBERS {
            break;
        }
    }
    json!({
        "vanity_url_code": null,
        "id": guild.id.to_string(),
        "preferred_locale": "en-US",
        "max_members": 500_000,
        "afk_channel_id": null,
        "premium_tier": rng.below(4),
        "stage_instances": [],
        "discovery_splash": null,
        "public_updates_channel_id": null,
        "home_header": null,
        "icon": rng.hex(32),
        "splash": null,
        "roles": roles(guild, &mut rng),
        "members": members,
        "guild_scheduled_events": [],
        "explicit_content_filter": rng.below(3),
        "premium_progress_bar_enabled": rng.percent(40),
        "system_channel_flags": 0,
        "rules_channel_id": guild.text_channel(0).to_string(),
        "max_stage_video_channel_users": 50,
        "description": null,
        "owner_id": guild.member(seed, 0).user.id.to_string(),
        "default_message_notifications": rng.below(2),
        "hub_type": null,
        "premium_subscription_count": rng.below(30),
        "afk_timeout": 300,
        "name": words::guild_name(&mut rng),
        "version": guild.created_at().unix_ms(),
        "emojis": emojis(guild, &mut rng),
        "incidents_data": null,
        "presences": presences,
        "joined_at": guild.created_at().plus_ms(86_400_000).iso8601(),
        "stickers": [],
        "nsfw_level": 0,
        "nsfw": false,
        "soundboard_sounds": [],
        "threads": [],
        "banner": null,
        "latest_onboarding_question_id": null,
        "application_id": null,
        "inventory_settings": null,
        "region": "deprecated",
        "mfa_level": rng.below(2),
        "safety_alerts_channel_id": null,
        "max_video_channel_users": 25,
        "voice_states": voice_states,
        "unavailable": false,
        "large": large,
        "verification_level": rng.below(5),
        "embedded_activities": [],
        "system_channel_id": guild.text_channel(0).to_string(),
        "lazy": true,
        "profile": null,
        "features": ["COMMUNITY", "NEWS", "SOUNDBOARD", "CHANNEL_ICON_EMOJIS_GENERATED"],
        "member_count": member_count,
        "channels": channels(guild, &mut rng),
        "activity_instances": [],
    })
}

/// The bot as a member of a guild.
pub(super) fn bot_member(bot: &User, guild: &Guild, roles: &[u64]) -> Value {
    json!({
        "user": bot.json(),
        "roles": roles.iter().map(u64::to_string).collect::<Vec<_>>(),
        "premium_since": null,
        "pending": false,
        "nick": null,
        "mute": false,
        "joined_at": guild.created_at().plus_ms(86_400_000).iso8601(),
        "flags": 0,
        "deaf": false,
        "communication_disabled_until": null,
        "banner": null,
        "avatar": null,
    })
}

/// The voice state of a member in the list of a guild, which omits guild and member.
fn voice_state(guild: &Guild, member: &Member, rng: &mut Rng) -> Value {
    json!({
        "user_id": member.user.id.to_string(),
        "suppress": false,
        "session_id": rng.hex(32),
        "self_video": false,
        "self_mute": rng.percent(30),
        "self_deaf": false,
        "request_to_speak_timestamp": null,
        "mute": false,
        "deaf": false,
        "channel_id": guild.any_voice_channel(rng).to_string(),
    })
}

fn roles(guild: &Guild, rng: &mut Rng) -> Vec<Value> {
    (0..guild.role_count())
        .map(|at| {
            let color = rng.below(0xff_ffff);
            json!({
                "version": guild.created_at().unix_ms(),
                "unicode_emoji": null,
                "tags": {},
                "position": at,
                "permissions": "2248473465835073",
                "name": if at == 0 { "@everyone".to_owned() } else { words::display_name(rng) },
                "mentionable": rng.percent(30),
                "managed": false,
                "id": guild.role(at).to_string(),
                "icon": null,
                "hoist": rng.percent(20),
                "flags": 0,
                "colors": {"primary_color": color, "secondary_color": null, "tertiary_color": null},
                "color": color,
            })
        })
        .collect()
}

fn emojis(guild: &Guild, rng: &mut Rng) -> Vec<Value> {
    (0..10 + rng.below(30))
        .map(|at| {
            json!({
                "version": guild.created_at().unix_ms(),
                "roles": [],
                "require_colons": true,
                "name": words::slug(rng, '_'),
                "managed": false,
                "id": guild.emoji(at).to_string(),
                "available": true,
                "animated": rng.percent(25),
            })
        })
        .collect()
}

fn channels(guild: &Guild, rng: &mut Rng) -> Vec<Value> {
    let overwrites = json!([overwrite(guild.id, 1024, 2048)]);
    let everything = category(guild, guild.category(), 0, "Everything", &json!([]));
    let parent = guild.category();
    let text = (0..guild.text_channel_count())
        .map(|at| text_channel(guild, guild.text_channel(at), at, parent, &overwrites, rng));
    let mut channels: Vec<Value> = std::iter::once(everything).chain(text).collect();
    channels.extend((0..guild.voice_channel_count()).map(|at| {
        json!({
            "voice_background_display": null,
            "version": guild.created_at().unix_ms(),
            "user_limit": 0,
            "type": 2,
            "theme_color": null,
            "rtc_region": null,
            "rate_limit_per_user": 0,
            "position": at,
            "permission_overwrites": [],
            "parent_id": guild.category().to_string(),
            "nsfw": false,
            "name": words::display_name(rng),
            "last_message_id": null,
            "id": guild.voice_channel(at).to_string(),
            "icon_emoji": null,
            "flags": 0,
            "bitrate": 64_000,
        })
    }));
    // Last, so that all other channels are the same without private ones.
    if guild.private_channel_count() > 0 {
        let overwrites = json!([
            overwrite(guild.id, 0, VIEW_CHANNEL),
            overwrite(guild.private_role(), VIEW_CHANNEL, 0),
        ]);
        let parent = guild.private_category();
        channels.push(category(guild, parent, 1, "Private", &overwrites));
        channels.extend((0..guild.private_channel_count()).map(|at| {
            text_channel(
                guild,
                guild.private_channel(at),
                at,
                parent,
                &overwrites,
                rng,
            )
        }));
    }
    channels
}

/// A permission overwrite of a role.
fn overwrite(role: u64, allow: u64, deny: u64) -> Value {
    json!({
        "type": 0,
        "id": role.to_string(),
        "deny": deny.to_string(),
        "allow": allow.to_string(),
    })
}

fn category(guild: &Guild, id: u64, position: u64, name: &str, overwrites: &Value) -> Value {
    json!({
        "version": guild.created_at().unix_ms(),
        "type": 4,
        "position": position,
        "permission_overwrites": overwrites,
        "name": name,
        "id": id.to_string(),
        "flags": 0,
    })
}

fn text_channel(
    guild: &Guild,
    id: u64,
    position: u64,
    parent: u64,
    overwrites: &Value,
    rng: &mut Rng,
) -> Value {
    json!({
        "version": guild.created_at().unix_ms(),
        "type": 0,
        "topic": words::sentence(rng),
        "theme_color": null,
        "rate_limit_per_user": 0,
        "position": position,
        "permission_overwrites": overwrites,
        "parent_id": parent.to_string(),
        "nsfw": false,
        "name": words::slug(rng, '-'),
        "last_pin_timestamp": guild.created_at().plus_ms(1_000_000).iso8601(),
        "last_message_id": Moment::START.snowflake(position).to_string(),
        "id": id.to_string(),
        "icon_emoji": {"name": "💬", "id": null},
        "flags": 0,
    })
}
