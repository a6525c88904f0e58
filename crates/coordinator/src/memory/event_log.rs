//! The events that an engine accepts, without IO.

use crate::{
    error::{CoordinatorError, CoordinatorErrorKind},
    event_loss::{EventLoss, LossCause, StreamItem},
    events::{MessageId, PublishOutcome},
    fence::Fence,
};
use gloaming_protocol::ShardId;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    time::Duration,
};

/// How long the id of an event is known.
const DEDUPE: Duration = Duration::from_secs(120);

/// How many ids are known, however recent they are.
const MAX_IDS: usize = 1_000_000;

/// How many events wait for a consumer.
pub(super) const MAX_WAITING: usize = 65_536;

/// The events of a bot, as [`Events`](crate::Events) describes them.
#[derive(Debug, Default)]
pub(super) struct EventLog {
    accepted: VecDeque<(Duration, ItemId)>,
    ids: HashSet<ItemId>,
    waiting: VecDeque<StreamItem>,
    /// The highest fence, by the number and total of the shard.
    fences: HashMap<(u32, u32), Fence>,
    position: u64,
}

/// What tells an item apart from others.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
enum ItemId {
    Event(MessageId),
    /// Events are lost after this one.
    Lost(MessageId, LossCause),
}

impl ItemId {
    fn of(item: &StreamItem) -> Self {
        match item {
            StreamItem::Event(event) => Self::Event(event.id.clone()),
            StreamItem::Lost(EventLoss {
                session,
                after,
                cause,
                ..
            }) => {
                let id = MessageId {
                    session: session.clone(),
                    sequence: *after,
                };
                Self::Lost(id, *cause)
            }
        }
    }
}

impl EventLog {
    pub(super) fn publish(
        &mut self,
        now: Duration,
        item: StreamItem,
    ) -> Result<PublishOutcome, CoordinatorError> {
        self.forget_before(now.saturating_sub(DEDUPE));
        let (shard, id): (ShardId, _) = (item.shard(), ItemId::of(&item));
        let fence = self.fences.entry((shard.number(), shard.total()));
        let fence = fence.or_default();
        if item.fence() < *fence {
            return Ok(PublishOutcome::Fenced { by: *fence });
        }
        if self.ids.contains(&id) {
            *fence = item.fence();
            return Ok(PublishOutcome::Duplicate);
        }
        if self.waiting.len() >= MAX_WAITING {
            return Err(CoordinatorErrorKind::Full.into());
        }
        *fence = item.fence();
        self.ids.insert(id.clone());
        self.accepted.push_back((now, id));
        self.waiting.push_back(item);
        self.position += 1;
        Ok(PublishOutcome::Accepted {
            position: self.position,
        })
    }

    /// Returns the oldest item that no consumer has taken.
    pub(super) fn take(&mut self) -> Option<StreamItem> {
        self.waiting.pop_front()
    }

    /// Forgets what was accepted after `cutoff`, unless a consumer has it.
    pub(super) fn forget_after(&mut self, cutoff: Duration) {
        while self.accepted.back().is_some_and(|(at, _)| *at > cutoff)
            && let Some((_, id)) = self.accepted.pop_back()
        {
            self.ids.remove(&id);
            if self
                .waiting
                .back()
                .is_some_and(|item| ItemId::of(item) == id)
            {
                self.waiting.pop_back();
            }
        }
    }

    fn forget_before(&mut self, cutoff: Duration) {
        while let Some((at, _)) = self.accepted.front()
            && (*at < cutoff || self.accepted.len() > MAX_IDS)
        {
            if let Some((_, id)) = self.accepted.pop_front() {
                self.ids.remove(&id);
            }
        }
    }
}
