//! The gateway without its sockets: what Discord would answer, as a state machine.
//!
//! [`Gateway`] is what the server of this crate is built on, and what a simulation drives in virtual time.

mod app_commands;
mod chat;
mod commands;
mod connection;
mod controls;
mod director;
mod ended;
mod fan_out;
mod faults;
mod gateway;
mod heartbeat;
mod identify;
mod input;
mod interactions;
mod lifecycle;
mod oddities;
mod payload;
mod payload_text;
mod player;
mod query;
mod replay_buffer;
mod resume;
mod send_window;
mod session;
mod session_starts;
mod timers;

pub(crate) use self::{
    app_commands::{Place, Unregistrable},
    interactions::{Callback, MESSAGE, PROMISE, Unanswerable},
};
pub use self::{
    chat::BotMessage,
    controls::{Mute, SessionInfo},
    ended::{EndedSession, SessionEndReason},
    gateway::{Gateway, SessionStartLimit},
    input::{ConnectionId, Handshake, Host, Input, Operation, Output},
    payload_text::{Dispatch, DispatchBatch, Payload},
    query::Compression,
};
