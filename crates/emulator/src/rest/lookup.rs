//! Finds what the path of a request names, or the error that a bot gets.

use serde_json::Value;
use twilight_model::id::marker::{ChannelMarker, GuildMarker, MessageMarker, UserMarker};

use super::{
    context::RequestContext,
    error::{
        ApiError, MISSING_ACCESS, NOT_A_TEXT_CHANNEL, UNKNOWN_CHANNEL, UNKNOWN_GUILD,
        UNKNOWN_MEMBER, UNKNOWN_MESSAGE, UNKNOWN_USER,
    },
};
use crate::world::{guild::Guild, places::Place};

impl RequestContext<'_> {
    /// The channel of the path, which the bot can view.
    pub(super) fn channel(&self) -> Result<Place, ApiError> {
        let channel = self.id::<ChannelMarker>("channel_id")?;
        self.viewable(channel.get())
    }

    /// A channel that the bot can view.
    pub(super) fn viewable(&self, channel: u64) -> Result<Place, ApiError> {
        let world = self.gateway.world();
        let place = world.place(channel).ok_or(UNKNOWN_CHANNEL)?;
        if world.can_view(place) {
            Ok(place)
        } else {
            Err(MISSING_ACCESS)
        }
    }

    /// The channel of the path, which has messages and which the bot can view.
    pub(super) fn message_channel(&self) -> Result<Place, ApiError> {
        let place = self.channel()?;
        if place.has_messages() {
            Ok(place)
        } else {
            Err(NOT_A_TEXT_CHANNEL)
        }
    }

    /// The message of the path in a channel.
    pub(super) fn message(&self, place: Place) -> Result<Value, ApiError> {
        let id = self.id::<MessageMarker>("message_id")?;
        self.message_with(place, id.get())
    }

    /// A message in a channel.
    pub(super) fn message_with(&self, place: Place, id: u64) -> Result<Value, ApiError> {
        let message = self.gateway.rest().message(place.channel, id);
        message.cloned().ok_or(UNKNOWN_MESSAGE)
    }

    /// The guild of the path.
    pub(super) fn guild(&self) -> Result<Guild, ApiError> {
        let guild = self.id::<GuildMarker>("guild_id")?;
        self.guild_with(guild.get())
    }

    /// A guild of the bot.
    pub(super) fn guild_with(&self, id: u64) -> Result<Guild, ApiError> {
        self.gateway.world().guild(id).cloned().ok_or(UNKNOWN_GUILD)
    }

    /// The guild of a channel. Direct channels have none.
    pub(super) fn guild_of(&self, place: Place) -> Result<Guild, ApiError> {
        self.guild_with(place.guild.ok_or(super::error::WRONG_CHANNEL_TYPE)?)
    }

    /// The id of the user of the path.
    pub(super) fn user_id(&self) -> Result<u64, ApiError> {
        match self.text("user_id") {
            "@me" => Ok(self.bot()),
            _ => Ok(self.id::<UserMarker>("user_id")?.get()),
        }
    }

    /// The user with this id.
    pub(super) fn user(&self, id: u64) -> Result<Value, ApiError> {
        self.gateway.world().user(id).ok_or(UNKNOWN_USER)
    }

    /// The member of a guild with this id.
    pub(super) fn member(&self, guild: &Guild, user: u64) -> Result<Value, ApiError> {
        let member = self.gateway.world().member(guild, user);
        member.ok_or(UNKNOWN_MEMBER)
    }

    /// The id of the bot.
    pub(super) fn bot(&self) -> u64 {
        self.gateway.world().bot.id
    }
}
