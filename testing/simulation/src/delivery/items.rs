//! What is in the buffer, in the hands of the handlers, and in the store.

use super::{
    World,
    gateway::{Event, SessionNumber},
};
use gloaming_machine::{
    Session,
    delivery::{Cursor, UnhandledLoss},
};

impl World {
    /// Stores a checkpoint, or removes the one that is stored.
    pub(super) fn store(&mut self, at: Option<Event>, loss: Option<UnhandledLoss>) {
        let is_empty = at.is_none() && loss.is_none();
        self.stored = (!is_empty).then_some(Position { at, loss });
    }
}

/// A checkpoint.
#[derive(Clone, Debug)]
pub(super) struct Position {
    /// Where to resume.
    pub(super) at: Option<Event>,
    /// The lost sessions of which not all events are handled.
    pub(super) loss: Option<UnhandledLoss>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Buffered {
    Event(Event),
    Report(Report),
    /// A change of the connection, at this position.
    Other(Event),
}

/// What a handler has.
#[derive(Clone, Copy, Debug)]
pub(super) enum Taken {
    Event(Event),
    Report(Report),
}

impl Taken {
    pub(super) const fn of(item: Buffered) -> Option<Self> {
        match item {
            Buffered::Event(event) => Some(Self::Event(event)),
            Buffered::Report(report) => Some(Self::Report(report)),
            Buffered::Other(_) => None,
        }
    }
}

/// The report of a loss: the events after one, and all of the sessions after that until another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Report {
    pub(super) after: Event,
    pub(super) until: SessionNumber,
}

pub(super) fn cursor(event: Event) -> Cursor {
    let session = Session::new(event.sequence, event.session.to_string());
    Cursor::of(Some(&session), &Cursor::default())
}

pub(super) fn event(cursor: &Cursor) -> Option<Event> {
    Some(Event {
        session: cursor.session_id()?.parse().ok()?,
        sequence: cursor.sequence()?,
    })
}

/// Returns the last event before a loss.
pub(super) fn lost_event(loss: &UnhandledLoss) -> Option<Event> {
    Some(Event {
        session: loss.session_id().parse().ok()?,
        sequence: loss.after(),
    })
}
