use super::ObjectView;
use super::define::define_view;
use std::borrow::Cow;
use twilight_model::guild::{Permissions, RoleFlags};
use twilight_model::id::Id;
use twilight_model::id::marker::{GuildMarker, RoleMarker};
use twilight_model::util::ImageHash;

define_view! {
    /// A role.
    RoleView<'a> {
        /// The id.
        id: required Id<RoleMarker>;
        /// The name.
        name: required Cow<'a, str>;
        /// The permissions.
        permissions: required Permissions;
        /// The position among the roles.
        position: required i64;
        /// The colors.
        colors: required RoleColorsView<'a>;
        /// Whether its members are shown apart from others.
        hoist: required bool;
        /// Whether an integration manages the role.
        managed: required bool;
        /// Whether everyone can mention the role.
        mentionable: required bool;
        /// The flags.
        flags: required RoleFlags;
        /// The icon.
        icon: optional ImageHash;
        /// The emoji in place of an icon.
        unicode_emoji: optional Cow<'a, str>;
        /// What the role is for: a bot, an integration, boosts.
        tags: optional ObjectView<'a>;
    }
}

define_view! {
    /// The colors of a role.
    RoleColorsView<'a> {
        /// The color, or the first of a gradient.
        primary_color: required u32;
        /// The second color of a gradient.
        secondary_color: optional u32;
        /// The third color of a gradient.
        tertiary_color: optional u32;
    }
}

define_view! {
    /// GUILD_ROLE_CREATE or GUILD_ROLE_UPDATE: a role was created or changed.
    RoleChangeView<'a> {
        /// The guild.
        guild_id: required Id<GuildMarker>;
        /// The role.
        role: required RoleView<'a>;
    }
}

define_view! {
    /// GUILD_ROLE_DELETE: a role was deleted.
    RoleDeleteView<'a> {
        /// The guild.
        guild_id: required Id<GuildMarker>;
        /// The role.
        role_id: required Id<RoleMarker>;
    }
}
