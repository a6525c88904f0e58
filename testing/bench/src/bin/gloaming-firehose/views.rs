//! What a bot reads of each event through a view: what the event is about, and a few values more of the usual ones.

use std::hint::black_box;

use gloaming::protocol::{
    Payload,
    view::{EventView, ViewError},
};

pub(crate) fn read(payload: &Payload<'_>) -> Result<(), ViewError> {
    let event = payload.view()?;
    black_box((event.guild_id(), event.channel_id(), event.user_id()));
    match &event {
        EventView::MessageCreate(message) => {
            let author = message.author()?;
            black_box((author.name()?, author.bot()?));
            black_box((message.id()?, message.kind()?, message.timestamp()?));
            black_box(message.content()?);
            for user in message.mentions()? {
                black_box(user?.id()?);
            }
        }
        EventView::PresenceUpdate(presence) => {
            black_box(presence.status()?);
            for activity in presence.activities()? {
                let activity = activity?;
                black_box((activity.name()?, activity.kind()?));
            }
        }
        EventView::ReactionAdd(reaction) => {
            black_box((reaction.message_id()?, reaction.emoji()?.name()?));
        }
        EventView::VoiceStateUpdate(voice) => {
            black_box((voice.session_id()?, voice.self_deaf()?, voice.self_mute()?));
        }
        EventView::MemberUpdate(member) => {
            black_box(member.nick()?);
            for role in member.roles()? {
                black_box(role?);
            }
        }
        EventView::InteractionCreate(interaction) => {
            black_box((interaction.id()?, interaction.token()?));
            if let Some(data) = interaction.data()? {
                black_box(data.name()?);
                for option in data.options()? {
                    let option = option?;
                    black_box((option.name()?, option.value()?));
                }
            }
        }
        _ => {}
    }
    Ok(())
}
