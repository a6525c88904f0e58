//! What goes into the scheduler and what comes out of it.

use super::super::{
    error::RequestErrorKind, id::RequestId, payload::RequestPayload, reply_match::ReplyMatch,
    state::RequestState,
};
use crate::{CommandId, CommandOutcome, reader::Reader};
use std::time::Instant;

/// Something that happened outside of the scheduler.
#[derive(Debug)]
pub(crate) enum Input<'a> {
    /// A caller opens a request, of one payload after another.
    Open {
        request_id: RequestId,
        payloads: Vec<RequestPayload>,
    },
    /// The caller dropped the request. Its id is not used in any later output.
    Forget(RequestId),
    /// The outcome of an [`Output::Submit`].
    Outcome {
        id: CommandId,
        outcome: CommandOutcome,
    },
    /// A payload arrived that may be a reply.
    Matched(&'a ReplyMatch<'a>),
    /// A new session began.
    SessionReplaced,
    /// The session has no connection.
    Disconnected,
    /// The session goes on, on another connection.
    Resumed,
    /// Everything that had arrived has been read; there was a backlog since this time.
    ReadResumed { backlogged_since: Instant },
    /// The transport has written what was stuck in it since then. The gateway counts it from now
    /// ([P25](gloaming_protocol::rules#p25)).
    Flushed { stuck_since: Instant },
    /// The deadline has passed. Harmless if it has not.
    Timeout(Reader),
    /// Nothing will be sent any more.
    Close,
}

/// Something to do, in the order given.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Output {
    /// Hand the matched payload to the callers of these requests. At most once, and first.
    Reply(Vec<RequestId>),
    /// Queue this command.
    Submit { id: CommandId, json: String },
    /// Withdraw this command if it has not been sent yet.
    Withdraw(CommandId),
    /// The state of a request changed.
    State {
        request_id: RequestId,
        state: RequestState,
    },
    /// The request ended. Its id is not used in any later output.
    Ended {
        request_id: RequestId,
        result: Result<(), RequestErrorKind>,
    },
}
