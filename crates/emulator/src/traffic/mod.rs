//! Generated events, from a seed.

mod command_options;
mod draft;
mod event;
mod event_pool;
mod generator;
mod message_factory;
mod scene;
mod schedule;

mod interactions;
mod members;
mod messages;
mod presences;
mod reactions;
mod voice;

pub use self::event_pool::DispatchBatch;
pub(crate) use self::{
    draft::{Draft, DraftError, flags_of, is_ephemeral},
    event::Event,
    event_pool::{BATCH, EventPool, EventPools},
    message_factory::{Author, MessageFactory, MessageKind},
    schedule::Traffic,
};
