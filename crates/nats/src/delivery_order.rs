//! Whether events arrive in their order. Without IO.

use gloaming_coordinator::{Fence, PublishedEvent};
use std::{collections::HashMap, sync::Arc};

/// The place of an event among those of its shard that the same [`Worker`](crate::Worker) has taken before.
///
/// It says nothing of events that other workers of the group have taken.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum DeliveryOrder {
    /// It comes after all of them.
    InOrder,
    /// A later event of the same session was taken before, or one of a later session: a publication had failed, or the event is
    /// delivered again.
    Late {
        /// The highest sequence that was taken of the session that was taken last.
        highest: u64,
    },
    /// An owner of the shard with a higher fence has published one that was taken before. This one was published late by an
    /// owner before that, or is delivered again.
    Superseded {
        /// The highest fence.
        by: Fence,
    },
}

/// What was taken of each shard.
#[derive(Debug, Default)]
pub(crate) struct TakenEvents(HashMap<u32, Taken>);

#[derive(Debug)]
struct Taken {
    fence: Fence,
    session: Arc<str>,
    highest: u64,
    /// The session before.
    earlier: Option<Arc<str>>,
}

impl TakenEvents {
    pub(crate) fn take(&mut self, event: &PublishedEvent) -> DeliveryOrder {
        let (session, sequence) = (&event.id.session, event.id.sequence);
        let Some(taken) = self.0.get_mut(&event.shard.number()) else {
            let taken = Taken {
                fence: event.fence,
                session: Arc::clone(session),
                highest: sequence,
                earlier: None,
            };
            self.0.insert(event.shard.number(), taken);
            return DeliveryOrder::InOrder;
        };
        if event.fence < taken.fence {
            return DeliveryOrder::Superseded { by: taken.fence };
        }
        taken.fence = event.fence;
        if taken.earlier.as_ref() == Some(session)
            || (taken.session == *session && sequence <= taken.highest)
        {
            let highest = taken.highest;
            return DeliveryOrder::Late { highest };
        }
        if taken.session != *session {
            taken.earlier = Some(std::mem::replace(&mut taken.session, Arc::clone(session)));
        }
        taken.highest = sequence;
        DeliveryOrder::InOrder
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use gloaming_coordinator::MessageId;
    use gloaming_protocol::ShardId;

    #[test]
    fn each_event_has_its_place() {
        let late = |highest| DeliveryOrder::Late { highest };
        let by = Fence::new(8);
        let mut taken = TakenEvents::default();
        for (shard, fence, session, sequence, expected) in [
            (3, 7, "a", 1, DeliveryOrder::InOrder),
            (3, 7, "a", 4, DeliveryOrder::InOrder),
            (3, 7, "a", 3, late(4)),
            (3, 7, "a", 4, late(4)),
            (4, 7, "b", 2, DeliveryOrder::InOrder),
            (3, 7, "a", 5, DeliveryOrder::InOrder),
            (3, 8, "a", 6, DeliveryOrder::InOrder),
            (3, 7, "a", 7, DeliveryOrder::Superseded { by }),
            (3, 8, "c", 1, DeliveryOrder::InOrder),
            (3, 8, "a", 7, late(1)),
            (3, 8, "c", 2, DeliveryOrder::InOrder),
        ] {
            let event = PublishedEvent {
                shard: ShardId::new(shard, 16),
                fence: Fence::new(fence),
                id: MessageId {
                    session: session.into(),
                    sequence,
                },
                name: "X".into(),
                payload: Bytes::new(),
            };
            assert_eq!(taken.take(&event), expected, "{event:?}");
        }
    }
}
