//! A gateway with one session at a time, which it keeps until it is lost.

use gloaming_machine::delivery::Lane;

/// The number of a session. Its id is made of it.
pub(super) type SessionNumber = u32;

/// An event: its session and sequence. READY has sequence 1.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Event {
    pub(super) session: SessionNumber,
    pub(super) sequence: u64,
}

impl Event {
    /// Whether the bot does not want events of this kind.
    pub(super) const fn is_filtered(self) -> bool {
        self.sequence > 1 && (self.sequence + self.session as u64).is_multiple_of(5)
    }

    /// Whether it overtakes others.
    pub(super) const fn lane(self) -> Lane {
        match self.sequence > 1 && self.sequence.is_multiple_of(7) {
            true => Lane::Overtaking,
            false => Lane::Ordered,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Gateway {
    /// The last sequence of each session. The last session is the current one.
    sessions: Vec<u64>,
}

impl Gateway {
    /// Answers IDENTIFY.
    pub(super) fn identify(&mut self) -> SessionNumber {
        self.sessions.push(1);
        self.current().unwrap_or_default()
    }

    pub(super) fn current(&self) -> Option<SessionNumber> {
        let last = self.sessions.len().checked_sub(1)?;
        SessionNumber::try_from(last).ok()
    }

    /// Returns the number of the session that the next IDENTIFY begins.
    pub(super) fn next(&self) -> SessionNumber {
        self.current().map_or(0, |current| current + 1)
    }

    pub(super) fn create_event(&mut self) {
        if let Some(last) = self.sessions.last_mut() {
            *last += 1;
        }
    }

    pub(super) fn last_sequence(&self, session: SessionNumber) -> u64 {
        self.sessions[session as usize]
    }

    /// All events that the bot wants, without READY.
    pub(super) fn wanted(&self) -> impl Iterator<Item = Event> {
        (0..).zip(&self.sessions).flat_map(|(session, last)| {
            (2..=*last)
                .map(move |sequence| Event { session, sequence })
                .filter(|event| !event.is_filtered())
        })
    }
}
