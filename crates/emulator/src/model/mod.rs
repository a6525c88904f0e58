//! The gateway without sockets, as a state machine.
//!
//! The server of this crate is built on [`Gateway`], and a simulation can drive it in virtual time.

mod client_log;
mod client_payload;
mod commands;
mod connections;
mod delivery;
mod effects;
mod faults;
mod gateway;
mod identify;
mod io;
mod message;
mod recording_player;
mod rest;
mod session_info;
mod session_key;
mod sessions;
mod timers;

pub(crate) use self::{
    delivery::PORTION_BYTES,
    rest::{
        CHANNEL_MESSAGE, DEFERRED_CHANNEL_MESSAGE, EditError, InitialResponse, InteractionError,
        MAX_EMOJIS, MAX_INVITES_PER_GUILD, MessagePage, PagePosition, Webhook,
    },
};
pub use self::{
    gateway::{Gateway, SessionStartLimit},
    io::{Input, Operation, Output},
    rest::BotMessage,
    session_info::SessionInfo,
    sessions::{EndedSession, SessionEndReason},
};
pub use crate::{
    compression::Compression,
    connection::{ConnectionId, Handshake, Host},
    encoding::Encoding,
    mute::Mute,
    payload::{Dispatch, Payload},
    rest::{RestRequest, RestResponse},
    traffic::DispatchBatch,
};
