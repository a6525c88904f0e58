//! Commands for the gateway that any process asks the owner of a shard for.

use crate::{error::CoordinatorError, fence::Fence};
use bytes::Bytes;
use gloaming_protocol::ShardId;
use gloaming_queue::BoxFuture;
use std::{
    fmt::{self, Debug, Display, Formatter},
    num::NonZeroU32,
    sync::Arc,
};

/// Carries commands from workers to the node that owns the shard, and what became of them back.
///
/// # Contract
///
/// - A request reaches all who [serve](Self::serve) its shard at that moment. Only the owner of the shard replies, so that no
///   two nodes send the same command: one whose lease is in doubt drops the request.
/// - If nobody serves the shard, the reply is [`NoOwner`](CommandStatus::NoOwner), at once.
/// - A request has one reply. If none comes, because the owner died or the reply was lost, the future fails, and whether
///   the command was sent is not known.
///
/// # Cancel safety
///
/// Dropping the future of a request leaves the command sent or not.
///
/// # Errors
///
/// Fails if the engine does not answer, or if the owner does not in time.
pub trait Commands: Debug + Send + Sync {
    /// Takes the requests for a shard from now on, for as long as the result lives.
    fn serve(
        &self,
        shard: ShardId,
    ) -> BoxFuture<'_, Result<Box<dyn CommandRequests>, CoordinatorError>>;

    /// Asks the owner of a shard to send a command, and waits for what became of it.
    fn request(
        &self,
        request: CommandRequest,
    ) -> BoxFuture<'_, Result<CommandReply, CoordinatorError>>;
}

impl<T: Commands + ?Sized> Commands for Arc<T> {
    fn serve(
        &self,
        shard: ShardId,
    ) -> BoxFuture<'_, Result<Box<dyn CommandRequests>, CoordinatorError>> {
        (**self).serve(shard)
    }

    fn request(
        &self,
        request: CommandRequest,
    ) -> BoxFuture<'_, Result<CommandReply, CoordinatorError>> {
        (**self).request(request)
    }
}

/// The requests for one shard.
pub trait CommandRequests: Debug + Send {
    /// Waits for the next request. `None` after [`close`](Self::close), when all that had arrived were taken.
    ///
    /// # Errors
    ///
    /// Fails if no more requests arrive. Serve the shard anew then.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: no request is lost.
    fn next(&mut self) -> BoxFuture<'_, Result<Option<IncomingCommand>, CoordinatorError>>;

    /// Takes no more requests than those that are under way. From then on, requests have no owner.
    fn close(&mut self) -> BoxFuture<'_, ()>;
}

/// Identifies a request: 1 to 64 visible characters of ASCII, which no other request of the bot has.
///
/// An owner that gets a request with the id of a recent one sends nothing, and replies what became of that.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct CommandRequestId(Arc<str>);

impl CommandRequestId {
    /// The most characters of an id.
    pub const MAX_LEN: usize = 64;

    /// Makes an id. `None` if the text can't be one.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let is_id = (1..=Self::MAX_LEN).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_id.then(|| Self(text.into()))
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for CommandRequestId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A command that a worker wants to be sent.
///
/// `Debug` shows the size of the payload and not its content.
#[derive(Clone, Eq, PartialEq)]
pub struct CommandRequest {
    /// What tells it apart from other requests.
    pub id: CommandRequestId,
    /// The shard that is to send it.
    pub shard: ShardId,
    /// The command as Discord documents it, as JSON with `op` and `d`. The owner checks it, and refuses what is
    /// no [command](gloaming_protocol::CommandPayload), such as an IDENTIFY.
    pub payload: Bytes,
}

impl Debug for CommandRequest {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandRequest")
            .field("id", &self.id)
            .field("shard", &self.shard)
            .field("bytes", &self.payload.len())
            .finish()
    }
}

/// What the owner of a shard replies to a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CommandReply {
    /// What became of the command.
    pub status: CommandStatus,
    /// The fence of the owner's lease. [`Fence::NONE`] if there is no owner.
    pub fence: Fence,
}

impl CommandReply {
    /// The reply to a request for a shard that nobody serves.
    pub const NO_OWNER: Self = Self {
        status: CommandStatus::NoOwner,
        fence: Fence::NONE,
    };
}

/// What became of a command that a worker asked for. Each request has one.
///
/// In all but [`Sent`](Self::Sent), nothing was sent.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum CommandStatus {
    /// The command was handed to the connection.
    Sent,
    /// No node owns the shard at the moment, such as while it moves. Ask again some seconds later.
    NoOwner,
    /// The bot has another number of shards than the request says. Route the command anew.
    OtherTotal {
        /// The number of shards.
        total: NonZeroU32,
    },
    /// The command is not one that Discord documents, or belongs to another shard. Correct it.
    Invalid {
        /// Why.
        detail: String,
    },
    /// The owner has more requests than it may hold, or the queue of the shard is full. Send fewer.
    Full,
    /// The command waited too long to be sent, for a connection or for the limit of 120 commands per 60 s
    /// ([P22](gloaming_protocol::rules#p22)).
    Expired,
    /// The session for which the command was queued was replaced. The reason for it may be gone.
    SessionReplaced,
    /// A later presence update replaced this one before it was sent ([P27](gloaming_protocol::rules#p27)).
    Superseded,
    /// The shard has stopped, such as to move to another node.
    Closed,
}

impl CommandStatus {
    /// Returns the name that replies in JSON have.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::NoOwner => "no_owner",
            Self::OtherTotal { .. } => "other_total",
            Self::Invalid { .. } => "invalid",
            Self::Full => "full",
            Self::Expired => "expired",
            Self::SessionReplaced => "session_replaced",
            Self::Superseded => "superseded",
            Self::Closed => "closed",
        }
    }
}

impl Display for CommandStatus {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sent => f.write_str("sent"),
            Self::NoOwner => f.write_str("no node owns the shard at the moment"),
            Self::OtherTotal { total } => write!(f, "the bot has {total} shards"),
            Self::Invalid { detail } => write!(f, "not a command that can be sent: {detail}"),
            Self::Full => f.write_str("too many commands wait to be sent"),
            Self::Expired => f.write_str("expired while it waited to be sent"),
            Self::SessionReplaced => {
                f.write_str("the session for which it was queued was replaced")
            }
            Self::Superseded => f.write_str("replaced by a later presence update"),
            Self::Closed => f.write_str("the shard has stopped"),
        }
    }
}

/// Takes a reply to the one who asked.
type ReplySender = Box<dyn FnOnce(CommandReply) -> BoxFuture<'static, ()> + Send>;

/// A request that has arrived. Dropping it is no reply.
pub struct IncomingCommand {
    request: CommandRequest,
    reply: ReplySender,
}

impl IncomingCommand {
    /// Makes one of a request, and of what takes the reply to the one who asked.
    pub fn new(
        request: CommandRequest,
        reply: impl FnOnce(CommandReply) -> BoxFuture<'static, ()> + Send + 'static,
    ) -> Self {
        let reply = Box::new(reply);
        Self { request, reply }
    }

    /// Returns the request.
    #[must_use]
    pub const fn request(&self) -> &CommandRequest {
        &self.request
    }

    /// Replies. A reply that is lost on its way is not noticed.
    pub async fn reply(self, reply: CommandReply) {
        (self.reply)(reply).await;
    }
}

impl Debug for IncomingCommand {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IncomingCommand")
            .field(&self.request)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_short_and_visible() {
        for text in ["a", "01J9-x:7", &"~".repeat(64)] {
            assert_eq!(CommandRequestId::new(text).unwrap().as_str(), text);
        }
        for text in ["", " ", "a b", "ä", "a\n", &"x".repeat(65)] {
            assert_eq!(CommandRequestId::new(text), None, "{text}");
        }
    }

    #[test]
    fn debug_shows_no_payload() {
        let request = CommandRequest {
            id: CommandRequestId::new("a").unwrap(),
            shard: ShardId::ONE,
            payload: Bytes::from_static(b"private"),
        };
        let incoming = IncomingCommand::new(request, |_| Box::pin(std::future::ready(())));
        let shown = format!("{incoming:?}");
        assert!(
            shown.contains("bytes: 7") && !shown.contains("private"),
            "{shown}"
        );
    }
}
