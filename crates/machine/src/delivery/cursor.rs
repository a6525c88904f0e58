//! Positions in a session.

use crate::Session;
use std::sync::Arc;

/// A position in a session: resuming from it replays every event that came after. It is empty while there
/// is no session.
///
/// Cursors of one session share it, so that a clone does not allocate.
#[derive(Clone, Debug, Default)]
pub struct Cursor(Option<(Arc<Session>, u64)>);

impl Cursor {
    /// Returns the session's current position. Allocates only if the session differs from the one of
    /// `previous`.
    #[must_use]
    pub fn of(session: Option<&Session>, previous: &Self) -> Self {
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
    #[must_use]
    pub fn session(&self) -> Option<Session> {
        let (session, sequence) = self.0.as_ref()?;
        let mut session = Session::clone(session);
        session.set_sequence(*sequence);
        Some(session)
    }

    /// Returns the id of the session.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.0.as_ref().map(|(session, _)| session.id())
    }

    /// Returns the sequence of the last event before this position.
    #[must_use]
    pub fn sequence(&self) -> Option<u64> {
        self.0.as_ref().map(|(_, sequence)| *sequence)
    }

    /// Returns whether both positions are in one session.
    #[must_use]
    pub fn is_in_same_session(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some((own, _)), Some((other, _))) => Arc::ptr_eq(own, other) || own.id() == other.id(),
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

    /// Whether there is no session.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Moves to another position in the same session. Does nothing if there is no session.
    pub const fn move_to(&mut self, sequence: u64) {
        if let Some((_, own)) = &mut self.0 {
            *own = sequence;
        }
    }

    /// Returns another position in the same session.
    #[must_use]
    pub fn at(&self, sequence: u64) -> Self {
        let session = self.0.as_ref().map(|(session, _)| Arc::clone(session));
        Self(session.map(|session| (session, sequence)))
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;
    use crate::Session;
    use std::sync::Arc;

    #[test]
    fn position_moves_in_its_session() {
        let session = Session::new(7, "s".to_owned());
        let mut cursor = Cursor::of(Some(&session), &Cursor::default());
        cursor.move_to(9);
        assert_eq!(cursor.session().unwrap().sequence(), 9);
        let mut empty = Cursor::default();
        empty.move_to(9);
        assert!(empty.is_empty() && !cursor.is_empty());
    }

    #[test]
    fn position_shares_its_session_until_that_changes() {
        let of = |id: &str, url: Option<&str>, previous: &Cursor| {
            let mut session = Session::new(7, id.to_owned());
            if let Some(url) = url {
                session = session.with_resume_url(url.to_owned());
            }
            Cursor::of(Some(&session), previous)
        };
        let shares = |one: &Cursor, other: &Cursor| {
            let [one, other] = [one, other].map(|cursor| &cursor.0.as_ref().unwrap().0);
            Arc::ptr_eq(one, other)
        };
        let known = of("s", Some("wss://one.example"), &Cursor::default());
        let same = of("s", Some("wss://one.example"), &known);
        assert!(shares(&known, &same));
        for (id, url) in [
            ("t", Some("wss://one.example")),
            ("s", Some("wss://other.example")),
            ("s", None),
        ] {
            let changed = of(id, url, &known);
            assert!(!shares(&known, &changed));
            let session = changed.session().unwrap();
            assert_eq!((session.id(), session.resume_url()), (id, url));
        }
    }
}
