//! How much memory the busiest events hold, by their values.
//!
//! That is told sooner, and more exactly, than by [counting the objects](super::item_size) in the text of a payload.

use gloaming_protocol::Event;
use twilight_model::{
    channel::{
        Message,
        message::{Embed, Mention, Reaction},
    },
    gateway::{GatewayReaction, presence::Presence},
    guild::{Member, PartialMember},
};

/// Returns how many bytes the event holds in addition to itself and its texts, or `None` if it is of another kind, or has values
/// that are not counted here.
pub(super) fn event_bytes(event: &Event) -> Option<usize> {
    Some(match event {
        Event::PresenceUpdate(presence) => presence_bytes(presence),
        Event::MessageCreate(message) => message_bytes(message)?,
        Event::MessageUpdate(message) => message_bytes(message)?,
        Event::MessageDelete(_) => 0,
        Event::TypingStart(typing) => boxed(&**typing) + member_bytes(typing.member.as_ref()),
        Event::ReactionAdd(reaction) => reaction_bytes(reaction),
        Event::ReactionRemove(reaction) => reaction_bytes(reaction),
        Event::VoiceStateUpdate(state) => boxed(&**state) + member_bytes(state.member.as_ref()),
        Event::MemberUpdate(member) => boxed(&**member) + list(&member.roles),
        _ => return None,
    })
}

/// The memory of a value that is in a box.
const fn boxed<T>(_: &T) -> usize {
    size_of::<T>()
}

/// The memory of a list whose values hold only texts.
const fn list<T>(values: &Vec<T>) -> usize {
    values.capacity().saturating_mul(size_of::<T>())
}

/// The memory of a list whose values hold this much in addition.
fn list_of<T>(values: &Vec<T>, held: impl Fn(&T) -> usize) -> usize {
    list(values) + values.iter().map(held).sum::<usize>()
}

fn presence_bytes(presence: &Presence) -> usize {
    let activities = list_of(&presence.activities, |activity| list(&activity.buttons));
    boxed(presence) + activities
}

fn reaction_bytes(reaction: &GatewayReaction) -> usize {
    boxed(reaction) + list(&reaction.burst_colors) + member_bytes(reaction.member.as_ref())
}

fn member_bytes(member: Option<&Member>) -> usize {
    member.map_or(0, |member| list(&member.roles))
}

fn partial_member_bytes(member: Option<&PartialMember>) -> usize {
    member.map_or(0, |member| list(&member.roles))
}

/// Of a message without values that hold others.
#[expect(
    deprecated,
    reason = "Discord still sends the older form of a message's interaction"
)]
fn message_bytes(message: &Message) -> Option<usize> {
    let Message {
        attachments,
        call,
        components,
        embeds,
        interaction,
        interaction_metadata: None,
        member,
        mention_channels,
        mention_roles,
        mentions,
        message_snapshots,
        poll: None,
        reactions,
        referenced_message: None,
        sticker_items,
        thread: None,
        ..
    } = message
    else {
        return None;
    };
    if components.capacity() + message_snapshots.capacity() > 0 {
        return None;
    }
    let call = call.as_ref().map_or(0, |call| list(&call.participants));
    let interaction = interaction.as_ref();
    let held = [
        boxed(message),
        list(attachments),
        call,
        list_of(embeds, |embed: &Embed| list(&embed.fields)),
        interaction.map_or(0, |it| partial_member_bytes(it.member.as_ref())),
        partial_member_bytes(member.as_ref()),
        list(mention_channels),
        list(mention_roles),
        list_of(mentions, |mention: &Mention| {
            partial_member_bytes(mention.member.as_ref())
        }),
        list_of(reactions, |reaction: &Reaction| {
            list(&reaction.burst_colors)
        }),
        list(sticker_items),
    ];
    Some(held.into_iter().sum())
}
