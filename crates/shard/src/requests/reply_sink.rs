//! Where the replies to a request go.

use super::{
    error::RequestError,
    handles::GuildAnswer,
    reply_channel::{ReplySender, SendResult},
};
use gloaming_machine::requests::RequestState;
use gloaming_protocol::OwnedPayload;
use twilight_model::gateway::payload::incoming::MemberChunk;

/// The caller of one request.
#[derive(Debug)]
pub(super) enum ReplySink {
    Members(ReplySender<MemberChunk>),
    Guilds(ReplySender<GuildAnswer>),
}

/// A reply, to be handed to all callers of the request.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    Members(MemberChunk),
    Guild(OwnedPayload),
}

impl ReplySink {
    pub(super) fn send(&self, reply: Reply) -> SendResult {
        match (self, reply) {
            (Self::Members(sender), Reply::Members(chunk)) => sender.send(chunk),
            (Self::Guilds(sender), Reply::Guild(payload)) => match GuildAnswer::of(payload) {
                Some(reply) => sender.send(reply),
                None => SendResult::Buffered,
            },
            // The machine matches replies by their kind.
            _ => SendResult::Buffered,
        }
    }

    pub(super) fn set_state(&self, state: RequestState) {
        match self {
            Self::Members(sender) => sender.set_state(state),
            Self::Guilds(sender) => sender.set_state(state),
        }
    }

    pub(super) fn end(self, result: Result<(), RequestError>) {
        self.set_state(RequestState::Ended);
        match self {
            Self::Members(sender) => sender.end(result),
            Self::Guilds(sender) => sender.end(result),
        }
    }

    /// Whether the caller dropped its handle.
    pub(super) fn is_closed(&self) -> bool {
        match self {
            Self::Members(sender) => sender.is_closed(),
            Self::Guilds(sender) => sender.is_closed(),
        }
    }
}
