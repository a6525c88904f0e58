//! Lifecycle events and failures that wait for the consumer.

use crate::{Incoming, ReceiveMessageError, machine::Lifecycle};
use gloaming_protocol::RepairReport;
use std::collections::VecDeque;

/// The most that is kept for a consumer that takes nothing: more than any one connection causes.
const LIMIT: usize = 64;

/// An item for the consumer that is not a payload.
#[derive(Debug)]
pub(super) enum PendingEvent {
    Repaired(Box<RepairReport>),
    Lifecycle(Lifecycle),
    Failure(ReceiveMessageError),
}

/// A bounded queue. Past its bound, the oldest event about connecting is dropped and counted. Events that report a loss,
/// a repair or the end are never dropped.
#[derive(Debug, Default)]
pub(super) struct PendingEvents {
    queue: VecDeque<PendingEvent>,
    omitted: u64,
}

impl PendingEvents {
    pub(super) fn push(&mut self, event: PendingEvent) {
        if self.queue.len() >= LIMIT
            && let Some(oldest) = self.queue.iter().position(PendingEvent::is_repeating)
        {
            self.queue.remove(oldest);
            self.omitted += 1;
        }
        self.queue.push_back(event);
    }

    pub(super) fn pop(&mut self) -> Option<PendingEvent> {
        if self.omitted > 0 {
            let count = std::mem::take(&mut self.omitted);
            return Some(PendingEvent::Lifecycle(Lifecycle::Omitted { count }));
        }
        self.queue.pop_front()
    }
}

impl PendingEvent {
    /// Whether it is of the kind that repeats while no connection can be opened.
    const fn is_repeating(&self) -> bool {
        match self {
            Self::Repaired(_) => false,
            Self::Failure(error) => !error.is_fatal(),
            Self::Lifecycle(event) => !matches!(
                event,
                Lifecycle::SessionShardMismatch { .. }
                    | Lifecycle::Gap { .. }
                    | Lifecycle::Skipped { .. }
                    | Lifecycle::Stopped { .. }
            ),
        }
    }
}

impl From<PendingEvent> for Incoming<'_> {
    fn from(event: PendingEvent) -> Self {
        match event {
            PendingEvent::Repaired(report) => Self::Repaired(report),
            PendingEvent::Lifecycle(event) => Self::Lifecycle(event),
            PendingEvent::Failure(error) => Self::Failure(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LIMIT, PendingEvent, PendingEvents};
    use crate::machine::{DisconnectCause, GapCause, Lifecycle};

    #[test]
    fn the_oldest_is_dropped_but_losses_are_kept() {
        let mut pending = PendingEvents::default();
        let gap = Lifecycle::Gap {
            session_id: "a".into(),
            after: 1,
            cause: GapCause::SessionLost,
        };
        pending.push(PendingEvent::Lifecycle(gap.clone()));
        for _ in 0..LIMIT * 10 {
            pending.push(PendingEvent::Lifecycle(Lifecycle::Disconnected {
                cause: DisconnectCause::ConnectFailed,
                frame: None,
            }));
        }
        let last = Lifecycle::AwaitingPermit;
        pending.push(PendingEvent::Lifecycle(last.clone()));

        let mut kept = Vec::new();
        while let Some(PendingEvent::Lifecycle(event)) = pending.pop() {
            kept.push(event);
        }
        assert_eq!(kept.len(), LIMIT + 1);
        let count = (LIMIT * 10 + 2 - LIMIT) as u64;
        assert_eq!(kept[0], Lifecycle::Omitted { count });
        assert_eq!((kept.get(1), kept.last()), (Some(&gap), Some(&last)));
    }
}
