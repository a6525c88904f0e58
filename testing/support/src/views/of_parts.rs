//! The objects that events consist of.

use super::{Agrees, At, Count, Present, Step, agree};
use gloaming_protocol::view::{
    ActivityEmojiView, ActivityTimestampsView, ActivityView, AttachmentView, ChannelView,
    ClientStatusView, CommandOptionView, CommandValueView, EmbedAuthorView, EmbedFieldView,
    EmbedFooterView, EmbedMediaView, EmbedProviderView, EmbedView, EmojiView, GuildView,
    InteractionMetadataView, MemberView, MessageReferenceView, MessageView, PresenceView,
    RoleColorsView, RoleView, StickerItemView, ThreadMetadataView, UserView, VoiceStateView,
};
use std::borrow::Cow;
use twilight_model::application::interaction::InteractionMetadata;
use twilight_model::application::interaction::application_command::{
    CommandDataOption, CommandOptionValue,
};
use twilight_model::channel::message::embed::{
    EmbedAuthor, EmbedField, EmbedFooter, EmbedImage, EmbedProvider, EmbedThumbnail, EmbedVideo,
};
use twilight_model::channel::message::sticker::MessageSticker;
use twilight_model::channel::message::{Embed, EmojiReactionType, Mention, MessageReference};
use twilight_model::channel::thread::ThreadMetadata;
use twilight_model::channel::{Attachment, Channel, Message};
use twilight_model::gateway::presence::{
    Activity, ActivityEmoji, ActivityTimestamps, ClientStatus, Presence, UserOrId,
};
use twilight_model::guild::{
    Guild, GuildFeature, Member, PartialGuild, PartialMember, Role, RoleColors,
};
use twilight_model::user::User;
use twilight_model::voice::VoiceState;

agree!(UserView<'_>, User, |model| {
    id, name, global_name, avatar, banner, bot, system, accent_color, public_flags, flags, locale, premium_type,
    member = skip,
});

agree!(UserView<'_>, Mention, |model| {
    id, name, global_name = skip, avatar, banner = skip, bot, system = skip, accent_color = skip,
    public_flags = (Some(model.public_flags)), flags = skip, locale = skip, premium_type = skip, member,
});

impl Agrees<UserOrId> for UserView<'_> {
    fn agrees(&self, model: &UserOrId, at: &At<'_>) {
        match model {
            UserOrId::User(user) => {
                self.agrees(user, at);
                assert_eq!(self.discriminator(), Ok(user.discriminator), "{at}");
            }
            UserOrId::UserId { id } => self.id().agrees(id, at),
        }
    }
}

agree!(MemberView<'_>, PartialMember, |model| {
    user, nick, avatar, banner, roles, joined_at, premium_since, communication_disabled_until, deaf, mute, flags,
    pending = skip, permissions,
});

agree!(MemberView<'_>, Member, |model| {
    user = (Some(model.user.clone())), nick, avatar, banner, roles, joined_at, premium_since,
    communication_disabled_until, deaf, mute, flags, pending, permissions = skip,
});

agree!(MessageView<'_>, Message, |model| {
    id, channel_id, guild_id, author, member, content, timestamp, edited_timestamp, kind, flags, tts, pinned,
    mention_everyone, mention_roles, mentions, attachments, embeds, components = (Count(model.components.len())),
    sticker_items, reactions = (Count(model.reactions.len())), webhook_id, application_id, reference,
    referenced_message = (model.referenced_message.as_deref().cloned()),
    interaction_metadata = (model.interaction_metadata.as_deref().cloned()), thread,
});

agree!(MessageReferenceView<'_>, MessageReference, |model| {
    message_id, channel_id, guild_id, kind,
});

agree!(StickerItemView<'_>, MessageSticker, |model| { id, name, format_type });

agree!(InteractionMetadataView<'_>, InteractionMetadata, |model| { id, kind, user });

agree!(AttachmentView<'_>, Attachment, |model| {
    id, filename, size, url, proxy_url, content_type, title, description, height, width, duration_secs, waveform,
    ephemeral, flags,
});

agree!(EmbedView<'_>, Embed, |model| {
    kind, title, description, url, timestamp, color, author, footer, provider, image, thumbnail, video, fields,
});

agree!(EmbedAuthorView<'_>, EmbedAuthor, |model| { name, url, icon_url });

agree!(EmbedFooterView<'_>, EmbedFooter, |model| { text, icon_url });

agree!(EmbedProviderView<'_>, EmbedProvider, |model| { name, url });

agree!(EmbedFieldView<'_>, EmbedField, |model| { name, value, inline });

agree!(EmbedMediaView<'_>, EmbedImage, |model| {
    url = (Some(model.url.clone())), proxy_url, height, width,
});

agree!(EmbedMediaView<'_>, EmbedThumbnail, |model| {
    url = (Some(model.url.clone())), proxy_url, height, width,
});

agree!(EmbedMediaView<'_>, EmbedVideo, |model| { url, proxy_url, height, width });

agree!(PresenceView<'_>, Presence, |model| { user, guild_id, status, client_status, activities });

agree!(ClientStatusView<'_>, ClientStatus, |model| { desktop, mobile, web, vr });

agree!(ActivityView<'_>, Activity, |model| {
    name, kind, id, application_id, details, state, url, created_at, timestamps, emoji, instance, flags,
});

impl Agrees<EmojiReactionType> for EmojiView<'_> {
    fn agrees(&self, model: &EmojiReactionType, at: &At<'_>) {
        match model {
            EmojiReactionType::Custom { animated, id, name } => {
                assert_eq!(
                    self.animated().map(Option::unwrap_or_default),
                    Ok(*animated),
                    "{at}"
                );
                self.id().agrees(&Some(*id), at);
                self.name().agrees(name, at);
            }
            EmojiReactionType::Unicode { name } => self.name().agrees(&Some(name.clone()), at),
        }
    }
}

agree!(ActivityTimestampsView<'_>, ActivityTimestamps, |model| { start, end });

agree!(ActivityEmojiView<'_>, ActivityEmoji, |model| { name, id, animated });

agree!(ChannelView<'_>, Channel, |model| {
    id, guild_id, kind, name, topic, parent_id, position,
    permission_overwrites = (model.permission_overwrites.as_ref().map(|list| Count(list.len()))),
    owner_id, application_id, recipients, icon, last_message_id, last_pin_timestamp, rate_limit_per_user, nsfw, flags,
    bitrate, user_limit, rtc_region, thread_metadata, member_count, message_count, total_message_sent, newly_created,
    applied_tags,
});

agree!(ThreadMetadataView<'_>, ThreadMetadata, |model| {
    archived, archive_timestamp, create_timestamp, locked, invitable,
});

agree!(GuildView<'_>, Guild, |model| {
    id, unavailable, name, owner_id, icon, banner, description, member_count, joined_at, large,
    features = (names(&model.features)),
    preferred_locale, vanity_url_code, premium_subscription_count, application_id, afk_channel_id, rules_channel_id,
    system_channel_id, public_updates_channel_id, roles, emojis = (Count(model.emojis.len())), channels, threads,
    members, presences, voice_states,
});

agree!(GuildView<'_>, PartialGuild, |model| {
    id, unavailable = skip, name, owner_id, icon, banner, description, member_count, joined_at = skip, large = skip,
    features = (names(&model.features)),
    preferred_locale, vanity_url_code, premium_subscription_count, application_id, afk_channel_id, rules_channel_id,
    system_channel_id, public_updates_channel_id, roles, emojis = (Count(model.emojis.len())), channels = skip,
    threads = skip, members = skip, presences = skip, voice_states = skip,
});

fn names(features: &[GuildFeature]) -> Vec<String> {
    let names = features
        .iter()
        .map(|feature| Cow::from(feature.clone()).into_owned());
    names.collect()
}

agree!(RoleView<'_>, Role, |model| {
    id, name, permissions, position, colors, hoist, managed, mentionable, flags, icon, unicode_emoji,
    tags = (Present(model.tags.is_some())),
});

agree!(RoleColorsView<'_>, RoleColors, |model| { primary_color, secondary_color, tertiary_color });

agree!(VoiceStateView<'_>, VoiceState, |model| {
    user_id, channel_id, guild_id, member, session_id, deaf, mute, self_deaf, self_mute, self_stream, self_video,
    suppress, request_to_speak_timestamp,
});

impl Agrees<CommandDataOption> for CommandOptionView<'_> {
    fn agrees(&self, model: &CommandDataOption, at: &At<'_>) {
        use CommandOptionValue as Model;
        use CommandValueView as View;

        self.name().agrees(&model.name, at);
        self.kind().agrees(&model.value.kind(), at);
        let value = self.value().unwrap_or_else(|error| panic!("{at}: {error}"));
        match (value, &model.value) {
            (View::Attachment(id), Model::Attachment(model)) => id.agrees(model, at),
            (View::Boolean(value), Model::Boolean(model)) => value.agrees(model, at),
            (View::Channel(id), Model::Channel(model)) => id.agrees(model, at),
            (View::Focused(text, kind), Model::Focused(model, kind_of_model)) => {
                text.agrees(model, at);
                kind.agrees(kind_of_model, at);
            }
            (View::Integer(value), Model::Integer(model)) => value.agrees(model, at),
            (View::Mentionable(id), Model::Mentionable(model)) => id.agrees(model, at),
            (View::Number(value), Model::Number(model)) => value.agrees(model, at),
            (View::Role(id), Model::Role(model)) => id.agrees(model, at),
            (View::String(text), Model::String(model)) => text.agrees(model, at),
            (View::SubCommand(options), Model::SubCommand(model))
            | (View::SubCommandGroup(options), Model::SubCommandGroup(model)) => {
                options.agrees(model, at);
            }
            (View::User(id), Model::User(model)) => id.agrees(model, at),
            (value, model) => panic!("{at}: {value:?} is not {model:?}"),
        }
    }
}
