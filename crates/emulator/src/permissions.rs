//! What the bot of an emulator may view, and which intents it may have.

use twilight_model::{
    channel::{Channel, permission_overwrite::PermissionOverwrite},
    gateway::Intents,
    guild::{Permissions, Role},
    id::{
        Id,
        marker::{ChannelMarker, GuildMarker, RoleMarker},
    },
};

use crate::emulator::Emulator;

/// Channels that the bot can't view are obfuscated in GUILD_CREATE, CHANNEL_CREATE and CHANNEL_UPDATE
/// ([P37](gloaming_protocol::rules#p37)), and it gets no messages, reactions, typing, pins and threads of them.
///
/// What a bot can view follows from the roles of the guild, its own roles, the permission overwrites of the channel and
/// its voice state. All of these change with the methods below, and with events that [`publish`](Self::publish) makes
/// happen: CHANNEL_*, GUILD_ROLE_*, and GUILD_MEMBER_UPDATE and VOICE_STATE_UPDATE of the bot. If the bot can view a
/// channel from now on, or no longer, it gets a CHANNEL_UPDATE of that channel, and of its category if that changed too.
///
/// This does not concern guilds of a recording and those that a published GUILD_CREATE adds, and a
/// [`flood`](Self::flood) has events of all channels.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use gloaming_emulator::Emulator;
///
/// let emulator = Emulator::builder().private_channels(2).start().await?;
/// let guild = emulator.guild_ids()[0];
/// // A session of the bot gets GUILD_CREATE with two channels and a category that are obfuscated. Then:
/// let role = emulator.roles(guild)[1].id;
/// emulator.set_bot_roles(guild, &[role]);
/// // It gets GUILD_MEMBER_UPDATE, and a CHANNEL_UPDATE for each of the three.
/// # Ok(())
/// # }
/// ```
impl Emulator {
    /// The channels of a guild as a member with all permissions sees them, categories included; empty if there is no such
    /// guild, or if it is one of a recording.
    #[must_use]
    pub fn channels(&self, guild: Id<GuildMarker>) -> Vec<Channel> {
        self.server
            .gateway
            .with(|gateway, _| gateway.channels(guild))
    }

    /// The roles of a guild, of which the first is `@everyone`; empty if there is no such guild, or if it is one of a
    /// recording.
    #[must_use]
    pub fn roles(&self, guild: Id<GuildMarker>) -> Vec<Role> {
        self.server.gateway.with(|gateway, _| gateway.roles(guild))
    }

    /// Denies the bot to view a channel, by a permission overwrite for the bot. Returns the number of sessions that get
    /// the CHANNEL_UPDATE; 0 if there is no such channel.
    pub fn hide_channel(&self, channel: Id<ChannelMarker>) -> usize {
        self.server
            .gateway
            .with(|gateway, _| gateway.hide_channel(channel))
    }

    /// Allows the bot to view a channel, by a permission overwrite for the bot. Returns the number of sessions that get
    /// the CHANNEL_UPDATE; 0 if there is no such channel.
    pub fn reveal_channel(&self, channel: Id<ChannelMarker>) -> usize {
        self.server
            .gateway
            .with(|gateway, _| gateway.reveal_channel(channel))
    }

    /// Replaces the permission overwrites of a channel: CHANNEL_UPDATE. Returns the number of sessions that get it; 0 if
    /// there is no such channel.
    pub fn set_overwrites(
        &self,
        channel: Id<ChannelMarker>,
        overwrites: &[PermissionOverwrite],
    ) -> usize {
        self.server
            .gateway
            .with(|gateway, _| gateway.set_overwrites(channel, overwrites))
    }

    /// Changes the permissions of a role: GUILD_ROLE_UPDATE. Returns the number of sessions that get it; 0 if there is no
    /// such role.
    pub fn set_role_permissions(
        &self,
        guild: Id<GuildMarker>,
        role: Id<RoleMarker>,
        permissions: Permissions,
    ) -> usize {
        self.server
            .gateway
            .with(|gateway, _| gateway.set_role_permissions(guild, role, permissions))
    }

    /// Replaces the roles of the bot in a guild, without `@everyone`: GUILD_MEMBER_UPDATE. Returns the number of sessions
    /// that get it; 0 if there is no such guild. The bot has no roles at first.
    pub fn set_bot_roles(&self, guild: Id<GuildMarker>, roles: &[Id<RoleMarker>]) -> usize {
        self.server
            .gateway
            .with(|gateway, _| gateway.set_bot_roles(guild, roles))
    }

    /// Changes which privileged intents are enabled for the bot. Sessions with an intent that is no longer enabled end, and
    /// their connections are closed with 4003 ([P38](gloaming_protocol::rules#p38)): the next IDENTIFY with that intent is
    /// closed with 4014. Returns the number of sessions that ended.
    pub fn set_allowed_intents(&self, intents: Intents) -> usize {
        self.server
            .gateway
            .with(|gateway, now| gateway.set_allowed_intents(now, intents))
    }
}
