//! What a switch needs to know of an item.

use crate::reshard::{EventRole, EventScope, EventSummary};
use gloaming_protocol::{Event, OwnedPayload};
use gloaming_shard::Item;
use std::{
    fmt::{self, Debug, Write},
    hash::{BuildHasher, Hash as _, Hasher, RandomState},
};
use twilight_model::gateway::payload::incoming::GuildCreate;

/// Summarizes events, of which the payload is mostly not kept.
pub(super) fn summary(item: &Item, hasher: &RandomState) -> Option<EventSummary> {
    match item {
        Item::Event(event) => of_event(event, hasher),
        Item::EventWithPayload(event) => of_event(event.event(), hasher),
        Item::Unknown(event) => of_payload(event.payload(), hasher),
        Item::Undecodable(error) => of_payload(error.payload(), hasher),
        _ => None,
    }
}

fn of_payload(payload: &OwnedPayload, hasher: &RandomState) -> Option<EventSummary> {
    EventSummary::of(&payload.as_payload(), hasher)
}

fn of_event(event: &Event, hasher: &RandomState) -> Option<EventSummary> {
    let role = match event {
        // Of the connection.
        Event::GatewayHeartbeat
        | Event::GatewayHeartbeatAck
        | Event::GatewayHello(_)
        | Event::GatewayInvalidateSession(_)
        | Event::GatewayReconnect
        | Event::GatewayClose(_) => return None,
        Event::Ready(_) | Event::Resumed | Event::MemberChunk(_) => EventRole::OfSession,
        Event::GuildCreate(guild) if matches!(**guild, GuildCreate::Available(_)) => {
            EventRole::GuildCreate
        }
        Event::GuildDelete(guild) if guild.unavailable != Some(true) => EventRole::GuildRemoved,
        _ => EventRole::Shared,
    };
    let guild = event.guild_id();
    let mut state = hasher.build_hasher();
    event.kind().name().hash(&mut state);
    match event {
        // Its members and presences depend on the session.
        Event::GuildCreate(_) => guild.hash(&mut state),
        // It has maps, whose order differs between copies.
        Event::InteractionCreate(interaction) => interaction.id.hash(&mut state),
        _ => hash_debug(event, &mut state),
    }
    Some(EventSummary {
        scope: guild.map_or(EventScope::Direct, |id| EventScope::Guild(id.get())),
        role,
        fingerprint: state.finish(),
    })
}

/// The types of events have no hash, but their debug output has all fields.
fn hash_debug(value: &impl Debug, hasher: &mut impl Hasher) {
    struct Sink<'a, H>(&'a mut H);

    impl<H: Hasher> Write for Sink<'_, H> {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.write(text.as_bytes());
            Ok(())
        }
    }

    // A sink does not fail.
    _ = write!(Sink(hasher), "{value:?}");
}
