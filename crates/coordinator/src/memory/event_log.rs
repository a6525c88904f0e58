//! The events that an engine accepts, without IO.

use crate::{
    error::{CoordinatorError, CoordinatorErrorKind},
    events::{MessageId, PublishOutcome, PublishedEvent},
    fence::Fence,
};
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
    accepted: VecDeque<(Duration, MessageId)>,
    ids: HashSet<MessageId>,
    waiting: VecDeque<PublishedEvent>,
    /// The highest fence, by the number and total of the shard.
    fences: HashMap<(u32, u32), Fence>,
    position: u64,
}

impl EventLog {
    pub(super) fn publish(
        &mut self,
        now: Duration,
        event: PublishedEvent,
    ) -> Result<PublishOutcome, CoordinatorError> {
        self.forget_before(now.saturating_sub(DEDUPE));
        let shard = (event.shard.number(), event.shard.total());
        let fence = self.fences.entry(shard).or_default();
        if event.fence < *fence {
            return Ok(PublishOutcome::Fenced { by: *fence });
        }
        if self.ids.contains(&event.id) {
            *fence = event.fence;
            return Ok(PublishOutcome::Duplicate);
        }
        if self.waiting.len() >= MAX_WAITING {
            return Err(CoordinatorErrorKind::Full.into());
        }
        *fence = event.fence;
        self.ids.insert(event.id.clone());
        self.accepted.push_back((now, event.id.clone()));
        self.waiting.push_back(event);
        self.position += 1;
        Ok(PublishOutcome::Accepted {
            position: self.position,
        })
    }

    /// Returns the oldest event that no consumer has taken.
    pub(super) fn take(&mut self) -> Option<PublishedEvent> {
        self.waiting.pop_front()
    }

    /// Forgets what was accepted after `cutoff`, unless a consumer has it.
    pub(super) fn forget_after(&mut self, cutoff: Duration) {
        while self.accepted.back().is_some_and(|(at, _)| *at > cutoff)
            && let Some((_, id)) = self.accepted.pop_back()
        {
            self.ids.remove(&id);
            if self.waiting.back().is_some_and(|event| event.id == id) {
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
