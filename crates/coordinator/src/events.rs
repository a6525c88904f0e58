//! Where the owner of a shard publishes its events for the workers.

use crate::{error::CoordinatorError, event_loss::EventLoss, fence::Fence};
use bytes::Bytes;
use gloaming_protocol::ShardId;
use gloaming_queue::BoxFuture;
use std::{
    fmt::{self, Debug, Display, Formatter},
    sync::Arc,
};

/// Takes the events of all shards, for workers in any process.
///
/// # Contract
///
/// - An event counts as published when its future returns [`Accepted`](PublishOutcome::Accepted) or
///   [`Duplicate`](PublishOutcome::Duplicate), and not before: only then may the cursor of the shard pass it.
/// - Events of one shard with one fence keep the order in which their futures were polled first. If one of them fails, wait for
///   all that are under way, and publish from it on again: those behind it have failed with it, or may be stored before it.
/// - That events are [lost](Self::publish_loss) has its place among the events of the shard, and is delivered once, like an event.
/// - An event with the [`MessageId`] of one that was accepted before is not delivered again, within a window of at least
///   two minutes. So the owner that resumes a session publishes what is replayed without a thought.
/// - An event with a lower fence than one that was accepted for its shard is refused. An engine that can't compare fences
///   in one step with accepting an event delivers the fence with it, and leaves the comparison to the consumer's side.
///
/// # Cancel safety
///
/// Dropping a future leaves the event published or not. Publish it again with the same id.
///
/// # Errors
///
/// Fails if the engine does not answer, answers with an error of its own, or has no room
/// ([`Full`](crate::CoordinatorErrorKind::Full)). The event is not known to be published then.
pub trait Events: Debug + Send + Sync {
    /// Publishes an event.
    fn publish(
        &self,
        event: PublishedEvent,
    ) -> BoxFuture<'_, Result<PublishOutcome, CoordinatorError>>;

    /// Tells consumers that events are lost. It counts as an event of the shard: the contract is the same.
    fn publish_loss(
        &self,
        loss: EventLoss,
    ) -> BoxFuture<'_, Result<PublishOutcome, CoordinatorError>>;
}

/// Identifies an event of a bot over all deliveries: the session, and the sequence in it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct MessageId {
    /// The id of the session.
    pub session: Arc<str>,
    /// The sequence of the event in that session ([P14](gloaming_protocol::rules#p14)).
    pub sequence: u64,
}

/// The session id and the sequence, with a colon between them.
impl Display for MessageId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.session, self.sequence)
    }
}

/// An event for the workers.
///
/// `Debug` shows the size of the payload and not its content.
#[derive(Clone, Eq, PartialEq)]
pub struct PublishedEvent {
    /// The shard that received it.
    pub shard: ShardId,
    /// The fence of the owner's lease.
    pub fence: Fence,
    /// What tells it apart from other events.
    pub id: MessageId,
    /// The name of the event, such as `MESSAGE_CREATE`.
    pub name: Arc<str>,
    /// The `d` of the payload as Discord sent it.
    pub payload: Bytes,
}

impl Debug for PublishedEvent {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublishedEvent")
            .field("shard", &self.shard)
            .field("fence", &self.fence)
            .field("id", &self.id)
            .field("name", &self.name)
            .field("bytes", &self.payload.len())
            .finish()
    }
}

/// The answer to [`Events::publish`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PublishOutcome {
    /// The event will be delivered.
    Accepted {
        /// The position of the event in the engine's stream.
        position: u64,
    },
    /// The event was accepted before.
    Duplicate,
    /// The event is refused, since the shard has an owner with a higher fence.
    Fenced {
        /// The fence of that owner.
        by: Fence,
    },
}
