//! Believable events, made up from a seed.

mod chat;
mod deck;
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
    chat::{Author, Chat},
    deck::{Deck, Decks, RUN},
    event::Event,
    schedule::Traffic,
};
