use super::define::define_view;
use super::{
    ChannelView, ListView, MemberView, ObjectView, PresenceView, RoleView, VoiceStateView,
};
use std::borrow::Cow;
use twilight_model::id::Id;
use twilight_model::id::marker::{ApplicationMarker, ChannelMarker, GuildMarker, UserMarker};
use twilight_model::util::{ImageHash, Timestamp};

define_view! {
    /// A guild.
    ///
    /// In GUILD_CREATE, it may be [unavailable](Self::unavailable), and then it has nothing but its id. The lists of
    /// channels, threads, members, presences and voice states are there in an available guild's GUILD_CREATE only, and
    /// empty otherwise.
    GuildView<'a> {
        /// The id.
        id: required Id<GuildMarker>;
        /// Whether the guild is unavailable, because of an outage.
        unavailable: optional bool;
        /// The name.
        name: required Cow<'a, str>;
        /// The owner.
        owner_id: required Id<UserMarker>;
        /// The icon.
        icon: optional ImageHash;
        /// The banner.
        banner: optional ImageHash;
        /// The description.
        description: optional Cow<'a, str>;
        /// The number of members.
        member_count: optional u64;
        /// When the bot joined.
        joined_at: optional Timestamp;
        /// Whether the guild has more members than are sent at once.
        large: defaulted bool;
        /// The names of its features.
        features: required ListView<'a, Cow<'a, str>>;
        /// The language.
        preferred_locale: required Cow<'a, str>;
        /// The code of its own invite URL.
        vanity_url_code: optional Cow<'a, str>;
        /// The number of boosts.
        premium_subscription_count: optional u64;
        /// The application that created the guild.
        application_id: optional Id<ApplicationMarker>;
        /// The channel for members that are away.
        afk_channel_id: optional Id<ChannelMarker>;
        /// The channel of the guild's rules.
        rules_channel_id: optional Id<ChannelMarker>;
        /// The channel of system messages.
        system_channel_id: optional Id<ChannelMarker>;
        /// The channel of notices to the moderators.
        public_updates_channel_id: optional Id<ChannelMarker>;
        /// The roles.
        roles: required ListView<'a, RoleView<'a>>;
        /// The emojis.
        emojis: defaulted ListView<'a, ObjectView<'a>>;
        /// The channels, without threads.
        channels: defaulted ListView<'a, ChannelView<'a>>;
        /// The active threads that the bot can view.
        threads: defaulted ListView<'a, ChannelView<'a>>;
        /// The members: of a large guild, those that are online, and the bot.
        members: defaulted ListView<'a, MemberView<'a>>;
        /// The presences of the members, which lack the guild.
        presences: defaulted ListView<'a, PresenceView<'a>>;
        /// The voice states of the members, which lack the guild.
        voice_states: defaulted ListView<'a, VoiceStateView<'a>>;
    }
}

define_view! {
    /// GUILD_DELETE: a guild became unavailable, or the bot left it.
    GuildDeleteView<'a> {
        /// The guild.
        id: required Id<GuildMarker>;
        /// Whether the guild is unavailable. If this is missing, the bot was removed.
        unavailable: optional bool;
    }
}
