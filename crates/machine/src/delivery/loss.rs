//! Sessions that were lost before all of their events were handled.

use super::Cursor;
use crate::{GapCause, Lifecycle, Session};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

/// Sessions that were lost, and not all of their events are handled, or the report of the loss is not.
///
/// No resume brings these events again. If the process ends before they are handled, the next one is to
/// [report](Self::into_gap) them. Several losses are one value, whose size does not grow: it begins in the first session.
///
/// Serializes to a small map.
///
/// ```
/// use gloaming_machine::delivery::UnhandledLoss;
/// use std::num::NonZeroU32;
///
/// let loss = UnhandledLoss::new("d8c3b5", 40, 42, NonZeroU32::MIN);
/// let stored = serde_json::to_string(&loss)?;
/// assert_eq!(serde_json::from_str::<UnhandledLoss>(&stored)?, loss);
/// assert!(loss.into_gap().to_string().contains("the events after 40 of session d8c3b5"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct UnhandledLoss {
    session_id: Box<str>,
    after: u64,
    until: u64,
    sessions: NonZeroU32,
}

impl UnhandledLoss {
    /// Creates a loss that begins after a sequence of a session, of which events up to `until` were received, and that
    /// concerns this number of sessions, one after another.
    #[must_use]
    pub fn new(
        session_id: impl Into<Box<str>>,
        after: u64,
        until: u64,
        sessions: NonZeroU32,
    ) -> Self {
        Self {
            session_id: session_id.into(),
            after,
            until,
            sessions,
        }
    }

    /// Returns the id of the first session that was lost.
    #[must_use]
    pub const fn session_id(&self) -> &str {
        &self.session_id
    }

    /// Returns the last sequence in the first session up to which all events are handled.
    #[must_use]
    pub const fn after(&self) -> u64 {
        self.after
    }

    /// Returns the last sequence that was received in the first session. If it is [`after`](Self::after), all that was
    /// received is handled, and only the report is not that the session was lost.
    #[must_use]
    pub const fn until(&self) -> u64 {
        self.until
    }

    /// Returns how many sessions were lost. All events of those after the first may be unhandled.
    #[must_use]
    pub const fn sessions(&self) -> NonZeroU32 {
        self.sessions
    }

    /// Returns the report of the loss, as the process is to give it that follows.
    #[must_use]
    pub fn into_gap(self) -> Lifecycle {
        Lifecycle::Gap {
            session_id: self.session_id,
            after: self.after,
            cause: GapCause::NotHandled {
                until: self.until,
                sessions: self.sessions,
            },
        }
    }
}

/// What is known of lost sessions.
#[derive(Debug, Default)]
pub(super) struct Losses {
    /// May be out of date: what is lost may be handled since.
    lost: Option<LostSessions>,
    /// The reports of the shard that are not in the buffer yet.
    pending: u32,
    restored: RestoredReport,
    /// The reports in the buffer.
    buffered: u32,
}

/// Whether the report of a process before is in the buffer yet.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum RestoredReport {
    #[default]
    Absent,
    Pending,
}

#[derive(Debug)]
pub(super) struct LostSessions {
    /// The first session, where everything before was handled when it was lost.
    pub(super) first: Cursor,
    until: u64,
    sessions: NonZeroU32,
    pub(super) extent: Extent,
}

/// How exactly it is known what is handled.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Extent {
    /// By the positions of the events: there is one lost session, and it is of this process.
    Tracked,
    /// Nothing counts until all is handled.
    Whole,
}

/// Whether anything of the sessions that were lost before is unhandled.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Before {
    Handled,
    Unhandled,
}

impl Losses {
    /// The current session ends at this position, of which the other is acknowledged.
    pub(super) fn session_ends(
        &mut self,
        received: &Cursor,
        acknowledged: &Cursor,
        before: Before,
    ) {
        let Some(until) = received.sequence() else {
            // There was no session.
            if before == Before::Handled {
                self.lost = None;
            }
            return;
        };
        self.pending = self.pending.saturating_add(1);
        match &mut self.lost {
            Some(lost) if before == Before::Unhandled => {
                lost.sessions = lost.sessions.saturating_add(1);
                lost.extent = Extent::Whole;
            }
            lost => {
                *lost = Some(LostSessions {
                    first: acknowledged.clone(),
                    until,
                    sessions: NonZeroU32::MIN,
                    extent: Extent::Tracked,
                });
            }
        }
    }

    /// Adds what a process before has lost.
    pub(super) fn restore(&mut self, loss: &UnhandledLoss) {
        let session = Session::new(loss.after, loss.session_id.to_string());
        self.lost = Some(LostSessions {
            first: Cursor::of(Some(&session), &Cursor::default()),
            until: loss.until,
            sessions: loss.sessions,
            extent: Extent::Whole,
        });
        self.restored = RestoredReport::Pending;
    }

    pub(super) const fn report_buffered(&mut self) {
        match self.restored {
            RestoredReport::Pending => self.restored = RestoredReport::Absent,
            RestoredReport::Absent => self.pending = self.pending.saturating_sub(1),
        }
        self.buffered = self.buffered.saturating_add(1);
    }

    /// A report leaves the buffer. Returns the position right before it.
    pub(super) fn report_leaves(&mut self) -> Option<Cursor> {
        self.buffered = self.buffered.saturating_sub(1);
        let lost = self.lost.as_ref()?;
        Some(lost.first.at(lost.until))
    }

    /// No report of the shard follows any more.
    pub(super) const fn no_more_reports(&mut self) {
        self.pending = 0;
    }

    pub(super) const fn has_reports(&self) -> bool {
        self.pending > 0 || self.buffered > 0 || matches!(self.restored, RestoredReport::Pending)
    }

    pub(super) const fn lost(&self) -> Option<&LostSessions> {
        self.lost.as_ref()
    }
}

impl LostSessions {
    /// Returns the loss, with the position after which events are not handled, if there are some.
    pub(super) fn loss(&self, after: Option<u64>) -> Option<UnhandledLoss> {
        let after = match self.extent {
            Extent::Tracked => after.unwrap_or(self.until),
            Extent::Whole => self.first.sequence()?,
        };
        Some(UnhandledLoss {
            session_id: self.first.session_id()?.into(),
            after,
            until: self.until,
            sessions: self.sessions,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Before, Losses};
    use crate::{Session, delivery::Cursor};

    fn cursor(id: &str, sequence: u64) -> Cursor {
        let session = Session::new(sequence, id.to_owned());
        Cursor::of(Some(&session), &Cursor::default())
    }

    #[test]
    fn a_loss_that_was_handled_does_not_count_for_the_next() {
        for (before, first, sessions) in [(Before::Handled, "b", 1), (Before::Unhandled, "a", 2)] {
            let mut losses = Losses::default();
            losses.session_ends(&cursor("a", 3), &cursor("a", 2), Before::Handled);
            losses.session_ends(&cursor("b", 7), &cursor("b", 6), before);
            let loss = losses.lost().unwrap().loss(None).unwrap();
            assert_eq!(
                (loss.session_id(), loss.sessions().get()),
                (first, sessions)
            );
        }
    }
}
