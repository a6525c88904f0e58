use super::define::define_view;
use super::{ListView, MemberView};
use std::borrow::Cow;
use twilight_model::id::Id;
use twilight_model::id::marker::{
    ChannelMarker, EmojiMarker, GuildMarker, MessageMarker, UserMarker,
};
use twilight_model::util::HexColor;

define_view! {
    /// A reaction of a user to a message.
    ReactionView<'a> {
        /// The user.
        user_id: required Id<UserMarker>;
        /// The channel.
        channel_id: required Id<ChannelMarker>;
        /// The message.
        message_id: required Id<MessageMarker>;
        /// The author of the message. Only if the reaction is added.
        message_author_id: optional Id<UserMarker>;
        /// The guild. `None` in private channels.
        guild_id: optional Id<GuildMarker>;
        /// The user as a member of the guild. Only if the reaction is added.
        member: optional MemberView<'a>;
        /// The emoji.
        emoji: required EmojiView<'a>;
        /// Whether it is a super reaction.
        burst: required bool;
        /// The colors of a super reaction.
        burst_colors: defaulted ListView<'a, HexColor>;
    }
}

define_view! {
    /// The emoji of a reaction: one of a guild, which has an id, or one of Unicode.
    EmojiView<'a> {
        /// The id of an emoji of a guild.
        id: optional Id<EmojiMarker>;
        /// The name of an emoji of a guild, `None` if it was deleted, or the emoji itself.
        name: optional Cow<'a, str>;
        /// Whether the emoji is animated.
        animated: optional bool;
    }
}

define_view! {
    /// MESSAGE_REACTION_REMOVE_ALL: all reactions were removed from a message.
    ReactionRemoveAllView<'a> {
        /// The channel.
        channel_id: required Id<ChannelMarker>;
        /// The message.
        message_id: required Id<MessageMarker>;
        /// The guild. `None` in private channels.
        guild_id: optional Id<GuildMarker>;
    }
}

define_view! {
    /// MESSAGE_REACTION_REMOVE_EMOJI: all reactions with an emoji were removed from a message.
    ReactionRemoveEmojiView<'a> {
        /// The channel.
        channel_id: required Id<ChannelMarker>;
        /// The message.
        message_id: required Id<MessageMarker>;
        /// The guild.
        guild_id: required Id<GuildMarker>;
        /// The emoji.
        emoji: required EmojiView<'a>;
    }
}
