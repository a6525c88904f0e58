//! The gateway without its sockets: what Discord would answer, as a state machine.
//!
//! [`Gateway`] is what the server of this crate is built on, and what a simulation drives in virtual time.

mod app_commands;
mod chat;
mod commands;
mod connection;
mod controls;
mod deeds;
mod director;
mod ended;
mod fan_out;
mod frame;
mod gateway;
mod heartbeat;
mod identify;
mod input;
mod interactions;
mod lifecycle;
mod oddities;
mod payload;
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
    ended::{EndedSession, SessionEnd},
    frame::{Dispatch, Frame, Run},
    gateway::{Gateway, SessionStartLimit},
    input::{Action, ConnectionId, Handshake, Host, Input, Output},
    query::Compression,
};
