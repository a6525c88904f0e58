use super::define::{define_ids_within, define_view};
use super::{ListView, UserView};
use std::borrow::Cow;
use twilight_model::guild::{MemberFlags, Permissions};
use twilight_model::id::Id;
use twilight_model::id::marker::{GuildMarker, RoleMarker};
use twilight_model::util::{ImageHash, Timestamp};

define_view! {
    /// A member of a guild.
    MemberView<'a> {
        /// The user. Missing in the member of a message, whose user is its author.
        user: optional UserView<'a>;
        /// The name in the guild.
        nick: optional Cow<'a, str>;
        /// The avatar in the guild.
        avatar: optional ImageHash;
        /// The banner in the guild.
        banner: optional ImageHash;
        /// The roles, without the one that everybody has.
        roles: required ListView<'a, Id<RoleMarker>>;
        /// When the user joined. `None` for guests.
        joined_at: optional Timestamp;
        /// Since when the user boosts the guild.
        premium_since: optional Timestamp;
        /// Until when the user is timed out. May be in the past.
        communication_disabled_until: optional Timestamp;
        /// Whether the user is deafened in voice channels.
        deaf: required bool;
        /// Whether the user is muted in voice channels.
        mute: required bool;
        /// The flags.
        flags: required MemberFlags;
        /// Whether the user has not passed the membership screening yet.
        pending: defaulted bool;
        /// The permissions in the channel, in an interaction.
        permissions: optional Permissions;
    }
}

define_view! {
    /// GUILD_MEMBER_ADD: a user joined a guild.
    MemberAddView<'a> {
        /// The guild.
        guild_id: required Id<GuildMarker>;
        /// The user.
        user: required UserView<'a>;
    }
}

impl<'a> MemberAddView<'a> {
    /// The member: the same object, in the form of a member.
    #[must_use]
    pub fn member(&self) -> MemberView<'a> {
        MemberView::from(self.0.clone())
    }
}

define_view! {
    /// GUILD_MEMBER_UPDATE: a member was changed.
    MemberUpdateView<'a> {
        /// The guild.
        guild_id: required Id<GuildMarker>;
        /// The user.
        user: required UserView<'a>;
        /// The name in the guild.
        nick: optional Cow<'a, str>;
        /// The avatar in the guild.
        avatar: optional ImageHash;
        /// The roles, without the one that everybody has.
        roles: required ListView<'a, Id<RoleMarker>>;
        /// When the user joined. `None` for guests.
        joined_at: optional Timestamp;
        /// Since when the user boosts the guild.
        premium_since: optional Timestamp;
        /// Until when the user is timed out. May be in the past.
        communication_disabled_until: optional Timestamp;
        /// Whether the user is deafened in voice channels.
        deaf: optional bool;
        /// Whether the user is muted in voice channels.
        mute: optional bool;
        /// The flags.
        flags: optional MemberFlags;
        /// Whether the user has not passed the membership screening yet.
        pending: defaulted bool;
    }
}

define_view! {
    /// GUILD_MEMBER_REMOVE, GUILD_BAN_ADD or GUILD_BAN_REMOVE: a user, and a guild in which the user is not.
    GuildUserView<'a> {
        /// The guild.
        guild_id: required Id<GuildMarker>;
        /// The user.
        user: required UserView<'a>;
    }
}

define_ids_within! {
    MemberAddView: user_id = "user";
    MemberUpdateView: user_id = "user";
    GuildUserView: user_id = "user";
}
