//! What the bot may view ([P37](gloaming_protocol::rules#p37)) and which intents it may have
//! ([P38](gloaming_protocol::rules#p38)).

use std::time::Instant;

use gloaming_protocol::CloseCode;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use twilight_model::{
    channel::{Channel, permission_overwrite::PermissionOverwrite},
    gateway::Intents,
    guild::{Permissions, Role},
    id::{
        Id,
        marker::{ChannelMarker, GuildMarker, RoleMarker},
    },
};

use super::Gateway;
use crate::{
    connection::ConnectionId,
    intents::PRIVILEGED_INTENTS,
    model::{session_key::SessionKey, sessions::SessionEndReason},
    traffic::Event,
    world::{guild::Guild, visibility::VIEW_CHANNEL},
};

/// The type of a category.
const CATEGORY: u64 = 4;

impl Gateway {
    /// The channels of a generated guild as a member with all permissions sees them, categories included; empty if there
    /// is no such guild.
    #[must_use]
    pub fn channels(&self, guild: Id<GuildMarker>) -> Vec<Channel> {
        let guild = self.world.guild(guild.get());
        guild.map_or_else(Vec::new, |guild| typed(self.world.channels(guild)))
    }

    /// The roles of a generated guild, of which the first is `@everyone`; empty if there is no such guild.
    #[must_use]
    pub fn roles(&self, guild: Id<GuildMarker>) -> Vec<Role> {
        let guild = self.world.guild(guild.get());
        guild.map_or_else(Vec::new, |guild| typed(self.world.roles(guild)))
    }

    /// Replaces the permission overwrites of a channel: CHANNEL_UPDATE, also for other channels that the bot can view
    /// from now on, or no longer. Returns the number of sessions that get the first of these; 0 if there is no such
    /// channel.
    pub fn set_overwrites(
        &mut self,
        channel: Id<ChannelMarker>,
        overwrites: &[PermissionOverwrite],
    ) -> usize {
        match self.world.guild_of_channel(channel.get()) {
            Some(guild) => self.replace_overwrites(guild.id, channel, json!(overwrites)),
            None => 0,
        }
    }

    /// Denies the bot to view a channel, by a permission overwrite for the bot. Returns the number of sessions that get
    /// the CHANNEL_UPDATE; 0 if there is no such channel.
    pub fn hide_channel(&mut self, channel: Id<ChannelMarker>) -> usize {
        match self.world.guild_of_channel(channel.get()).cloned() {
            Some(guild) => self.overwrite_for_bot(&guild, channel, 0, VIEW_CHANNEL),
            None => 0,
        }
    }

    /// Allows the bot to view a channel, by a permission overwrite for the bot. Returns the number of sessions that get
    /// the CHANNEL_UPDATE; 0 if there is no such channel.
    pub fn reveal_channel(&mut self, channel: Id<ChannelMarker>) -> usize {
        match self.world.guild_of_channel(channel.get()).cloned() {
            Some(guild) => self.overwrite_for_bot(&guild, channel, VIEW_CHANNEL, 0),
            None => 0,
        }
    }

    /// Changes the permissions of a role: GUILD_ROLE_UPDATE, and CHANNEL_UPDATE for each channel that the bot can view
    /// from now on, or no longer. Returns the number of sessions that get the first of these; 0 if there is no such role.
    pub fn set_role_permissions(
        &mut self,
        guild: Id<GuildMarker>,
        role: Id<RoleMarker>,
        permissions: Permissions,
    ) -> usize {
        let Some(guild) = self.world.guild(guild.get()) else {
            return 0;
        };
        let id = role.to_string();
        let role = (self.world.roles(guild).into_iter()).find(|role| role["id"] == *id);
        let Some(mut role) = role else {
            return 0;
        };
        role["permissions"] = permissions.bits().to_string().into();
        let data = json!({"guild_id": guild.id.to_string(), "role": role});
        let event = Event::in_guild("GUILD_ROLE_UPDATE", guild.id, data);
        self.fan_out(&event)
    }

    /// Replaces the roles of the bot in a guild, without `@everyone`: GUILD_MEMBER_UPDATE, and CHANNEL_UPDATE for each
    /// channel that the bot can view from now on, or no longer. Returns the number of sessions that get the first of
    /// these; 0 if there is no such guild.
    pub fn set_bot_roles(&mut self, guild: Id<GuildMarker>, roles: &[Id<RoleMarker>]) -> usize {
        let Some(guild) = self.world.guild(guild.get()) else {
            return 0;
        };
        let mut data = self.world.bot_member(guild);
        data["guild_id"] = guild.id.to_string().into();
        data["roles"] = roles.iter().map(ToString::to_string).collect();
        let event = Event::in_guild("GUILD_MEMBER_UPDATE", guild.id, data);
        self.fan_out(&event)
    }

    /// Changes which privileged intents are enabled for the bot. Sessions with an intent that is no longer enabled end, and
    /// their connections are closed with 4003 ([P38](gloaming_protocol::rules#p38)): the next IDENTIFY with that intent is
    /// closed with 4014. Returns the number of sessions that ended.
    pub fn set_allowed_intents(&mut self, now: Instant, intents: Intents) -> usize {
        self.settings.allowed_intents = intents;
        let denied = PRIVILEGED_INTENTS.difference(intents);
        let sessions = self.sessions.iter();
        let revoked: Vec<(SessionKey, Option<ConnectionId>)> = sessions
            .filter(|(_, session)| session.intents.intersects(denied))
            .map(|(key, session)| (key, session.connection()))
            .collect();
        for (key, connection) in &revoked {
            if let Some(id) = connection {
                self.close_connection(now, *id, CloseCode::NotAuthenticated.number());
            }
            self.end_session(*key, SessionEndReason::Invalidated);
        }
        revoked.len()
    }

    /// Hides the last `count` text channels of each guild. Private ones are not counted.
    pub(super) fn hide_last_channels(&mut self, count: u64) {
        for index in 0..self.world.guilds().len() {
            let guild = self.world.guilds()[index].clone();
            let all = guild.text_channel_count();
            for at in all.saturating_sub(count)..all {
                if let Some(channel) = Id::new_checked(guild.text_channel(at)) {
                    self.overwrite_for_bot(&guild, channel, 0, VIEW_CHANNEL);
                }
            }
        }
    }

    /// Reveals all channels of all guilds.
    pub(super) fn reveal_all_channels(&mut self) {
        for index in 0..self.world.guilds().len() {
            let guild = self.world.guilds()[index].clone();
            if !self.world.has_hidden_channels(&guild) {
                continue;
            }
            for channel in self.world.channels(&guild) {
                let id = channel["id"].as_str().and_then(|id| id.parse().ok());
                // A category is revealed by its first channel.
                if let Some(id) = id
                    && self.world.is_hidden(&guild, Id::get(id))
                    && channel["type"] != CATEGORY
                {
                    self.overwrite_for_bot(&guild, id, VIEW_CHANNEL, 0);
                }
            }
        }
    }

    /// The channels of a generated guild that the bot can view, as REST returns them; `None` if there is no such guild.
    pub(crate) fn viewable_channels(&self, guild: Id<GuildMarker>) -> Option<Vec<Value>> {
        let guild = self.world.guild(guild.get())?;
        let mut channels = self.world.channels(guild);
        channels.retain_mut(|channel| {
            let id = channel["id"].as_str().and_then(|id| id.parse().ok());
            channel["guild_id"] = guild.id.to_string().into();
            id.is_some_and(|id| !self.world.is_hidden(guild, id))
        });
        Some(channels)
    }

    /// Whether there is a channel of any type with this id.
    pub(crate) fn has_channel(&self, channel: Id<ChannelMarker>) -> bool {
        self.world.guild_of_channel(channel.get()).is_some()
    }

    fn overwrite_for_bot(
        &mut self,
        guild: &Guild,
        channel: Id<ChannelMarker>,
        allow: u64,
        deny: u64,
    ) -> usize {
        let (id, bot) = (channel.to_string(), self.world.bot.id.to_string());
        let current = (self.world.channels(guild).into_iter()).find(|channel| channel["id"] == *id);
        let mut overwrites = match current.map(|mut it| it["permission_overwrites"].take()) {
            Some(Value::Array(overwrites)) => overwrites,
            _ => Vec::new(),
        };
        overwrites.retain(|overwrite| overwrite["id"] != *bot);
        overwrites.push(json!({
            "id": bot,
            "type": 1,
            "allow": allow.to_string(),
            "deny": deny.to_string(),
        }));
        self.replace_overwrites(guild.id, channel, overwrites.into())
    }

    fn replace_overwrites(
        &mut self,
        guild: u64,
        channel: Id<ChannelMarker>,
        overwrites: Value,
    ) -> usize {
        // What it omits stays as it is, and is sent as well.
        let data = json!({
            "id": channel.to_string(),
            "guild_id": guild.to_string(),
            "permission_overwrites": overwrites,
        });
        let event = Event::in_guild("CHANNEL_UPDATE", guild, data);
        self.fan_out(&event)
    }
}

/// Objects of the gateway, as types. All that are generated match theirs.
fn typed<T: DeserializeOwned>(objects: Vec<Value>) -> Vec<T> {
    (objects.into_iter())
        .filter_map(|object| serde_json::from_value(object).ok())
        .collect()
}
