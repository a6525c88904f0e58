//! Positions in a session.

use crate::Session;
use std::sync::Arc;

/// A position in a session: resuming from it replays every event that came after. It is empty while there
/// is no session.
#[derive(Clone, Debug, Default)]
pub(super) struct Cursor(Option<(Arc<Session>, u64)>);

impl Cursor {
    /// Returns the session's current position. Allocates only if the session differs from the one of
    /// `previous`.
    pub(super) fn of(session: Option<&Session>, previous: &Self) -> Self {
        Self(session.map(|session| {
            let shared = match &previous.0 {
                Some((known, _))
                    if known.id() == session.id() && known.resume_url() == session.resume_url() =>
                {
                    Arc::clone(known)
                }
                _ => Arc::new(session.clone()),
            };
            (shared, session.sequence())
        }))
    }

    /// Returns the session to resume from this position.
    pub(super) fn session(&self) -> Option<Session> {
        let (session, sequence) = self.0.as_ref()?;
        let mut session = Session::clone(session);
        session.set_sequence(*sequence);
        Some(session)
    }

    pub(super) fn is_in_same_session(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some((own, _)), Some((other, _))) => own.id() == other.id(),
            _ => false,
        }
    }

    /// Whether the gateway sends the event at this position again if the session is resumed from `start`.
    /// It does not if another session has replaced the event's; nor does it send READY again, which is at
    /// the beginning of its session.
    pub(super) fn is_replayed_from(&self, start: &Self) -> bool {
        match (&self.0, &start.0) {
            (Some((_, own)), Some((_, start_sequence))) => {
                own > start_sequence && self.is_in_same_session(start)
            }
            _ => false,
        }
    }
}
