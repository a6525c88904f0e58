//! Slash commands and buttons.

use serde_json::{Value, json};

use super::{command_options::EnteredOptions, event::Event, scene::Scene};
use crate::{
    rng::Rng,
    world::{World, calendar::Moment, guild::Guild, member::Member, words},
};

/// The types of interactions.
const APPLICATION_COMMAND: u8 = 2;
const MESSAGE_COMPONENT: u8 = 3;

/// An interaction of a member with the bot.
pub(super) struct NewInteraction {
    member: Member,
    channel: u64,
    kind: u8,
    data: Value,
}

impl NewInteraction {
    pub(super) fn command(member: Member, channel: u64, data: Value) -> Self {
        Self {
            member,
            channel,
            kind: APPLICATION_COMMAND,
            data,
        }
    }

    pub(super) fn event(self, world: &World, guild: &Guild, at: Moment, rng: &mut Rng) -> Event {
        let mut member = self.member.json();
        member["permissions"] = "2248473465835073".into();
        let channel = self.channel;
        let guild_id = guild.id.to_string();
        let event = json!({
            "version": 1,
            "type": self.kind,
            "token": rng.hex(180),
            "member": member,
            "locale": "en-US",
            "id": at.snowflake(rng.next()).to_string(),
            "guild_locale": "en-US",
            "guild_id": guild_id,
            "guild": {"locale": "en-US", "id": guild_id, "features": ["COMMUNITY", "NEWS"]},
            "entitlements": [],
            "entitlement_sku_ids": [],
            "data": self.data,
            "context": 0,
            "channel_id": channel.to_string(),
            "channel": {
                "type": 0,
                "topic": null,
                "rate_limit_per_user": 0,
                "position": 1,
                "permissions": "2248473465835073",
                "parent_id": null,
                "nsfw": false,
                "name": words::slug(rng, '-'),
                "last_message_id": at.snowflake(1).to_string(),
                "id": channel.to_string(),
                "guild_id": guild_id,
                "flags": 0,
            },
            "authorizing_integration_owners": {"0": guild_id},
            "attachment_size_limit": 10_485_760,
            "application_id": world.application_id.to_string(),
            "app_permissions": "2248473465835073",
        });
        Event::in_guild("INTERACTION_CREATE", guild.id, event)
    }
}

/// A member uses a slash command that the bot has registered. If there is none, the member presses a button instead.
pub(super) fn command(scene: &mut Scene<'_>) -> Event {
    let usable = scene.world.commands.usable_in(scene.guild.id);
    if usable.is_empty() {
        return button(scene);
    }
    let command = scene.rng.pick(&usable);
    let mut entered = EnteredOptions::of(&command["options"], scene);
    let mut data = json!({
        "type": 1,
        "options": std::mem::take(&mut entered.options),
        "name": command["name"],
        "id": command["id"],
    });
    if let Some(guild) = command.get("guild_id") {
        data["guild_id"] = guild.clone();
    }
    if let Some(resolved) = entered.resolved() {
        data["resolved"] = resolved;
    }
    by_any_member(scene, APPLICATION_COMMAND, data)
}

/// A member presses a button of a message of the bot.
pub(super) fn button(scene: &mut Scene<'_>) -> Event {
    let data =
        json!({"id": 1, "custom_id": format!("page:{}", scene.rng.below(20)), "component_type": 2});
    let mut event = by_any_member(scene, MESSAGE_COMPONENT, data);
    let channel = event.data["channel_id"].clone();
    event.data["message"] = json!({
        "type": 0,
        "tts": false,
        "timestamp": scene.now.iso8601(),
        "pinned": false,
        "mentions": [],
        "mention_roles": [],
        "mention_everyone": false,
        "id": scene.now.snowflake(5).to_string(),
        "flags": 0,
        "embeds": [],
        "edited_timestamp": null,
        "content": words::sentence(scene.rng),
        "components": [{
            "type": 1,
            "id": 1,
            "components": [{"type": 2, "style": 1, "label": "Next", "id": 2, "custom_id": "page:1"}],
        }],
        "channel_id": channel,
        "author": scene.world.bot.json(),
        "attachments": [],
        "application_id": scene.world.application_id.to_string(),
    });
    event
}

fn by_any_member(scene: &mut Scene<'_>, kind: u8, data: Value) -> Event {
    let interaction = NewInteraction {
        member: scene.guild.any_member(scene.world.seed, scene.rng),
        channel: scene.guild.any_text_channel(scene.rng),
        kind,
        data,
    };
    interaction.event(scene.world, scene.guild, scene.now, scene.rng)
}
