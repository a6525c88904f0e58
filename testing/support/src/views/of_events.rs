//! The events.

use super::{Agrees, At, Count, Present, Step, agree};
use gloaming_protocol::Event;
use gloaming_protocol::view::{
    ChannelPinsUpdateView, EventView, GuildDeleteView, GuildUserView, InteractionDataView,
    InteractionView, MemberAddView, MemberUpdateView, MessageDeleteBulkView, MessageDeleteView,
    ReactionRemoveAllView, ReactionRemoveEmojiView, ReactionView, RoleChangeView, RoleDeleteView,
    ThreadDeleteView, TypingStartView,
};
use twilight_model::application::interaction::application_command::CommandData;
use twilight_model::application::interaction::message_component::MessageComponentInteractionData;
use twilight_model::application::interaction::modal::ModalInteractionData;
use twilight_model::application::interaction::{Interaction, InteractionData};
use twilight_model::gateway::GatewayReaction;
use twilight_model::gateway::payload::incoming::{
    BanAdd, BanRemove, ChannelPinsUpdate, GuildCreate, GuildDelete, MemberAdd, MemberRemove,
    MemberUpdate, MessageDelete, MessageDeleteBulk, ReactionRemoveAll, ReactionRemoveEmoji,
    RoleCreate, RoleDelete, RoleUpdate, ThreadDelete, TypingStart,
};

/// Compares all that a view returns with the event that was decoded from the same payload.
///
/// # Panics
///
/// Panics if something differs, or if the view can't read what the model has.
pub fn assert_agrees(view: &EventView<'_>, event: &Event) {
    let at = &At {
        parent: None,
        step: Step::Event(view.kind()),
    };
    if view.object().is_some() {
        assert_eq!(view.guild_id(), event.guild_id(), "{at}");
    }
    match (view, event) {
        (EventView::MessageCreate(view), Event::MessageCreate(event)) => {
            view.author_id().agrees(&event.author.id, at);
            view.agrees(&***event, at);
            let discriminator = view.author().and_then(|author| author.discriminator());
            assert_eq!(discriminator, Ok(event.author.discriminator));
        }
        (EventView::MessageUpdate(view), Event::MessageUpdate(event)) => view.agrees(&event.0, at),
        (EventView::MessageDelete(view), Event::MessageDelete(event)) => view.agrees(event, at),
        (EventView::MessageDeleteBulk(view), Event::MessageDeleteBulk(event)) => {
            view.agrees(event, at);
        }
        (EventView::PresenceUpdate(view), Event::PresenceUpdate(event)) => {
            view.agrees(&event.0, at);
            assert_eq!(view.user_id(), Ok(event.user.id()));
        }
        (EventView::TypingStart(view), Event::TypingStart(event)) => view.agrees(&**event, at),
        (EventView::ReactionAdd(view), Event::ReactionAdd(event)) => view.agrees(&event.0, at),
        (EventView::ReactionRemove(view), Event::ReactionRemove(event)) => {
            view.agrees(&event.0, at);
        }
        (EventView::ReactionRemoveAll(view), Event::ReactionRemoveAll(event)) => {
            view.agrees(event, at);
        }
        (EventView::ReactionRemoveEmoji(view), Event::ReactionRemoveEmoji(event)) => {
            view.agrees(event, at);
        }
        (EventView::MemberAdd(view), Event::MemberAdd(event)) => {
            view.agrees(&**event, at);
            view.member().agrees(&event.member, at);
            view.user_id().agrees(&event.member.user.id, at);
        }
        (EventView::MemberUpdate(view), Event::MemberUpdate(event)) => view.agrees(&**event, at),
        (EventView::MemberRemove(view), Event::MemberRemove(event)) => view.agrees(event, at),
        (EventView::BanAdd(view), Event::BanAdd(event)) => view.agrees(event, at),
        (EventView::BanRemove(view), Event::BanRemove(event)) => view.agrees(event, at),
        (EventView::VoiceStateUpdate(view), Event::VoiceStateUpdate(event)) => {
            view.agrees(&event.0, at);
        }
        (EventView::InteractionCreate(view), Event::InteractionCreate(event)) => {
            view.agrees(&event.0, at);
            view.author_id().agrees(&event.author_id(), at);
        }
        (EventView::ChannelCreate(view), Event::ChannelCreate(event)) => view.agrees(&event.0, at),
        (EventView::ChannelUpdate(view), Event::ChannelUpdate(event)) => view.agrees(&event.0, at),
        (EventView::ChannelDelete(view), Event::ChannelDelete(event)) => view.agrees(&event.0, at),
        (EventView::ChannelPinsUpdate(view), Event::ChannelPinsUpdate(event)) => {
            view.agrees(event, at);
        }
        (EventView::ThreadCreate(view), Event::ThreadCreate(event)) => view.agrees(&event.0, at),
        (EventView::ThreadUpdate(view), Event::ThreadUpdate(event)) => view.agrees(&event.0, at),
        (EventView::ThreadDelete(view), Event::ThreadDelete(event)) => view.agrees(event, at),
        (EventView::GuildCreate(view), Event::GuildCreate(event)) => match &**event {
            GuildCreate::Available(guild) => view.agrees(guild, at),
            GuildCreate::Unavailable(guild) => {
                view.id().agrees(&guild.id, at);
                view.unavailable().agrees(&Some(guild.unavailable), at);
            }
        },
        (EventView::GuildUpdate(view), Event::GuildUpdate(event)) => view.agrees(&event.0, at),
        (EventView::GuildDelete(view), Event::GuildDelete(event)) => view.agrees(event, at),
        (EventView::RoleCreate(view), Event::RoleCreate(event)) => view.agrees(event, at),
        (EventView::RoleUpdate(view), Event::RoleUpdate(event)) => view.agrees(event, at),
        (EventView::RoleDelete(view), Event::RoleDelete(event)) => view.agrees(event, at),
        (EventView::Other(_), _) => {}
        _ => panic!("{at}: the event is {:?}", event.kind()),
    }
}

agree!(MessageDeleteView<'_>, MessageDelete, |model| { id, channel_id, guild_id });

agree!(MessageDeleteBulkView<'_>, MessageDeleteBulk, |model| { ids, channel_id, guild_id });

agree!(TypingStartView<'_>, TypingStart, |model| { channel_id, guild_id, user_id, timestamp, member });

agree!(ReactionView<'_>, GatewayReaction, |model| {
    user_id, channel_id, message_id, message_author_id, guild_id, member, emoji, burst, burst_colors,
});

agree!(ReactionRemoveAllView<'_>, ReactionRemoveAll, |model| { channel_id, message_id, guild_id });

agree!(ReactionRemoveEmojiView<'_>, ReactionRemoveEmoji, |model| {
    channel_id, message_id, guild_id, emoji,
});

agree!(MemberAddView<'_>, MemberAdd, |model| { guild_id, user = (model.member.user) });

agree!(MemberUpdateView<'_>, MemberUpdate, |model| {
    guild_id, user, nick, avatar, roles, joined_at, premium_since, communication_disabled_until, deaf, mute, flags,
    pending,
});

agree!(GuildUserView<'_>, MemberRemove, |model| { guild_id, user });

agree!(GuildUserView<'_>, BanAdd, |model| { guild_id, user });

agree!(GuildUserView<'_>, BanRemove, |model| { guild_id, user });

agree!(ChannelPinsUpdateView<'_>, ChannelPinsUpdate, |model| { channel_id, guild_id, last_pin_timestamp });

agree!(ThreadDeleteView<'_>, ThreadDelete, |model| { id, guild_id, parent_id, kind });

agree!(GuildDeleteView<'_>, GuildDelete, |model| { id, unavailable });

agree!(RoleChangeView<'_>, RoleCreate, |model| { guild_id, role });

agree!(RoleChangeView<'_>, RoleUpdate, |model| { guild_id, role });

agree!(RoleDeleteView<'_>, RoleDelete, |model| { guild_id, role_id });

agree!(InteractionView<'_>, Interaction, |model| {
    id, application_id, kind, token, guild_id, channel_id, channel, member, user, locale, guild_locale,
    app_permissions, attachment_size_limit, data, message,
});

impl Agrees<InteractionData> for InteractionDataView<'_> {
    fn agrees(&self, model: &InteractionData, at: &At<'_>) {
        match model {
            InteractionData::ApplicationCommand(data) => self.agrees(&**data, at),
            InteractionData::MessageComponent(data) => self.agrees(&**data, at),
            InteractionData::ModalSubmit(data) => self.agrees(&**data, at),
            other => panic!("{at}: {other:?} is new"),
        }
    }
}

agree!(InteractionDataView<'_>, CommandData, |model| {
    id = (Some(model.id)), name = (Some(model.name.clone())), kind = (Some(model.kind)), options, guild_id, target_id,
    custom_id = skip, component_type = skip, values = skip, components = skip,
    resolved = (Present(model.resolved.is_some())),
});

agree!(InteractionDataView<'_>, MessageComponentInteractionData, |model| {
    id = skip, name = skip, kind = skip, options = skip, guild_id = skip, target_id = skip,
    custom_id = (Some(model.custom_id.clone())), component_type = (Some(model.component_type)), values,
    components = skip, resolved = (Present(model.resolved.is_some())),
});

agree!(InteractionDataView<'_>, ModalInteractionData, |model| {
    id = skip, name = skip, kind = skip, options = skip, guild_id = skip, target_id = skip,
    custom_id = (Some(model.custom_id.clone())), component_type = skip, values = skip,
    components = (Count(model.components.len())), resolved = (Present(model.resolved.is_some())),
});
