//! The scheduler's one door in and one door out.

use super::{
    super::{ask::Body, error::RequestErrorKind, sighting::Sighting, state::RequestState},
    HandleId,
};
use crate::machine::{CommandId, CommandOutcome};
use std::time::Instant;

/// Something that happened outside of the scheduler.
#[derive(Debug)]
pub enum Input<'a> {
    /// A caller asks these, one after another.
    Ask { handle: HandleId, bodies: Vec<Body> },
    /// A caller is not interested any more. Its handle is not named again.
    Forget(HandleId),
    /// What became of an [`Output::Submit`].
    Outcome {
        id: CommandId,
        outcome: CommandOutcome,
    },
    /// Something arrived.
    Seen(&'a Sighting<'a>),
    /// A new session is up.
    SessionReplaced,
    /// The session has no connection.
    Disconnected,
    /// The session goes on, on another connection.
    Resumed,
    /// From here on, what arrives is not read at once.
    ReadPaused,
    /// All that arrived has been read.
    CaughtUp,
    /// The deadline of [`Output::Wait`] has passed. Harmless when it has not.
    Timeout,
    /// Nothing will be sent any more.
    Close,
}

/// Something to do, in the order handed out.
#[derive(Debug, Eq, PartialEq)]
pub enum Output {
    /// Hand what was just seen to these. Comes at most once, before all else.
    Deliver(Vec<HandleId>),
    /// Send this when the send limit allows.
    Submit { id: CommandId, json: String },
    /// Send it no more, if it has not been sent yet.
    Withdraw(CommandId),
    /// Tell the caller how far it is.
    State {
        handle: HandleId,
        state: RequestState,
    },
    /// The request is over. Its handle is not named again.
    Finish {
        handle: HandleId,
        end: Result<(), RequestErrorKind>,
    },
    /// Nothing more to do until an input, or this time.
    Wait(Option<Instant>),
}
