use super::MemberView;
use super::define::define_view;
use twilight_model::id::Id;
use twilight_model::id::marker::{ChannelMarker, GuildMarker, UserMarker};

define_view! {
    /// TYPING_START: a user started to type.
    TypingStartView<'a> {
        /// The channel.
        channel_id: required Id<ChannelMarker>;
        /// The guild. `None` in private channels.
        guild_id: optional Id<GuildMarker>;
        /// The user.
        user_id: required Id<UserMarker>;
        /// When, in seconds since 1970.
        timestamp: required u64;
        /// The user as a member of the guild.
        member: optional MemberView<'a>;
    }
}
