//! What happened and has not been told yet.

use crate::{Incoming, ReceiveMessageError, machine::Lifecycle};
use std::collections::VecDeque;

/// Kept for a consumer that takes nothing: more than any one connection gives rise to.
const LIMIT: usize = 64;

/// Something to hand over that is not a payload.
#[derive(Debug)]
pub(super) enum Happening {
    Lifecycle(Lifecycle),
    Failure(ReceiveMessageError),
}

/// A bounded queue. Past its bound the oldest of what tells of connections makes room; what tells of
/// lost events, or of the end, never does.
#[derive(Debug, Default)]
pub(super) struct Happenings {
    queue: VecDeque<Happening>,
    omitted: u64,
}

impl Happenings {
    pub(super) fn push(&mut self, happening: Happening) {
        if self.queue.len() >= LIMIT
            && let Some(oldest) = self.queue.iter().position(Happening::is_passing)
        {
            self.queue.remove(oldest);
            self.omitted += 1;
        }
        self.queue.push_back(happening);
    }

    pub(super) fn pop(&mut self) -> Option<Happening> {
        if self.omitted > 0 {
            let count = std::mem::take(&mut self.omitted);
            return Some(Happening::Lifecycle(Lifecycle::Omitted { count }));
        }
        self.queue.pop_front()
    }
}

impl Happening {
    /// Whether it is of the kind that comes again and again while no connection can be had.
    const fn is_passing(&self) -> bool {
        match self {
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

impl From<Happening> for Incoming<'_> {
    fn from(happening: Happening) -> Self {
        match happening {
            Happening::Lifecycle(event) => Self::Lifecycle(event),
            Happening::Failure(error) => Self::Failure(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Happening, Happenings, LIMIT};
    use crate::machine::{DisconnectCause, Lifecycle};

    #[test]
    fn the_oldest_makes_room_but_losses_stay() {
        let mut happenings = Happenings::default();
        let gap = Lifecycle::Gap {
            session_id: "a".into(),
            after: 1,
        };
        happenings.push(Happening::Lifecycle(gap.clone()));
        for _ in 0..LIMIT * 10 {
            happenings.push(Happening::Lifecycle(Lifecycle::Disconnected {
                cause: DisconnectCause::ConnectFailed,
                frame: None,
            }));
        }
        let last = Lifecycle::AwaitingPermit;
        happenings.push(Happening::Lifecycle(last.clone()));

        let mut kept = Vec::new();
        while let Some(Happening::Lifecycle(event)) = happenings.pop() {
            kept.push(event);
        }
        assert_eq!(kept.len(), LIMIT + 1);
        let count = (LIMIT * 10 + 2 - LIMIT) as u64;
        assert_eq!(kept[0], Lifecycle::Omitted { count });
        assert_eq!((kept.get(1), kept.last()), (Some(&gap), Some(&last)));
    }
}
