use super::define::{define_ids_within, define_view};
use super::{AttachmentView, EmbedView, InteractionMetadataView, ListView, MemberView, UserView};
use super::{ChannelView, ObjectView};
use std::borrow::Cow;
use twilight_model::channel::message::sticker::StickerFormatType;
use twilight_model::channel::message::{MessageFlags, MessageReferenceType, MessageType};
use twilight_model::id::Id;
use twilight_model::id::marker::{
    ApplicationMarker, ChannelMarker, GuildMarker, MessageMarker, RoleMarker, StickerMarker,
    WebhookMarker,
};
use twilight_model::util::Timestamp;

define_view! {
    /// A message.
    MessageView<'a> {
        /// The id.
        id: required Id<MessageMarker>;
        /// The channel.
        channel_id: required Id<ChannelMarker>;
        /// The guild. `None` in private channels.
        guild_id: optional Id<GuildMarker>;
        /// The user who sent the message, or the webhook in the form of a user.
        author: required UserView<'a>;
        /// The author as a member of the guild, without the user.
        member: optional MemberView<'a>;
        /// The text. Empty if the bot lacks the intent to read it.
        content: required Cow<'a, str>;
        /// When the message was sent.
        timestamp: required Timestamp;
        /// When the message was edited last.
        edited_timestamp: optional Timestamp;
        /// The type.
        kind = "type": required MessageType;
        /// The flags.
        flags: optional MessageFlags;
        /// Whether the message is read aloud.
        tts: required bool;
        /// Whether the message is pinned.
        pinned: required bool;
        /// Whether the message mentions everyone.
        mention_everyone: required bool;
        /// The roles that the message mentions.
        mention_roles: required ListView<'a, Id<RoleMarker>>;
        /// The users that the message mentions, with their member if there is a guild.
        mentions: required ListView<'a, UserView<'a>>;
        /// The attached files.
        attachments: required ListView<'a, AttachmentView<'a>>;
        /// The embeds.
        embeds: required ListView<'a, EmbedView<'a>>;
        /// The components, such as buttons.
        components: defaulted ListView<'a, ObjectView<'a>>;
        /// The stickers.
        sticker_items: defaulted ListView<'a, StickerItemView<'a>>;
        /// The reactions.
        reactions: defaulted ListView<'a, ObjectView<'a>>;
        /// The webhook that sent the message.
        webhook_id: optional Id<WebhookMarker>;
        /// The application that sent the message as an answer to an interaction.
        application_id: optional Id<ApplicationMarker>;
        /// Where the message that this one refers to is.
        reference = "message_reference": optional MessageReferenceView<'a>;
        /// The message that this one refers to.
        referenced_message: optional MessageView<'a>;
        /// The interaction that the message answers.
        interaction_metadata: optional InteractionMetadataView<'a>;
        /// The thread that was started from the message.
        thread: optional ChannelView<'a>;
    }
}

define_ids_within! {
    MessageView: author_id = "author";
}

define_view! {
    /// Where the message is that another one refers to.
    MessageReferenceView<'a> {
        /// The message.
        message_id: optional Id<MessageMarker>;
        /// Its channel.
        channel_id: optional Id<ChannelMarker>;
        /// Its guild.
        guild_id: optional Id<GuildMarker>;
        /// Whether the message is answered or forwarded.
        kind = "type": defaulted MessageReferenceType;
    }
}

define_view! {
    /// A sticker of a message.
    StickerItemView<'a> {
        /// The id.
        id: required Id<StickerMarker>;
        /// The name.
        name: required Cow<'a, str>;
        /// The format of the image.
        format_type: required StickerFormatType;
    }
}

define_view! {
    /// MESSAGE_DELETE: a message was deleted.
    MessageDeleteView<'a> {
        /// The message.
        id: required Id<MessageMarker>;
        /// Its channel.
        channel_id: required Id<ChannelMarker>;
        /// Its guild. `None` in private channels.
        guild_id: optional Id<GuildMarker>;
    }
}

define_view! {
    /// MESSAGE_DELETE_BULK: several messages were deleted at once.
    MessageDeleteBulkView<'a> {
        /// The messages.
        ids: required ListView<'a, Id<MessageMarker>>;
        /// Their channel.
        channel_id: required Id<ChannelMarker>;
        /// Their guild. `None` in private channels.
        guild_id: optional Id<GuildMarker>;
    }
}
