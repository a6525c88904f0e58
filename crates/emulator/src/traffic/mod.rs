//! Believable events, made up from a seed.

mod chat;
mod deck;
mod draft;
mod event;
mod maker;
mod schedule;

mod interactions;
mod members;
mod messages;
mod presences;
mod reactions;
mod voice;

pub(crate) use self::{
    chat::{Chat, Sort, Writer},
    deck::{Deck, Decks, RUN},
    draft::{Draft, NoDraft, flags_of, is_ephemeral},
    event::Event,
    schedule::Traffic,
};
