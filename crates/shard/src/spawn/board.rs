//! How far a shard's task and its consumer have come.

use super::Crash;
use crate::{Item, Session};
use std::{collections::VecDeque, sync::Arc};

/// Crashes that may wait for room in the buffer. Each carries their count, so that none goes unnoticed.
const CRASHES: usize = 8;

/// A place in a session: who resumes from it misses nothing that came after.
#[derive(Clone, Debug, Default)]
pub(super) struct Mark(Option<(Arc<Session>, u64)>);

impl Mark {
    /// The session's place now. Allocates only when the session is another one than `last`'s.
    pub(super) fn of(session: Option<&Session>, last: &Self) -> Self {
        Self(session.map(|session| {
            let known = match &last.0 {
                Some((known, _))
                    if known.id() == session.id() && known.resume_url() == session.resume_url() =>
                {
                    Arc::clone(known)
                }
                _ => Arc::new(session.clone()),
            };
            (known, session.sequence())
        }))
    }

    pub(super) fn session(&self) -> Option<Session> {
        let (session, sequence) = self.0.as_ref()?;
        let mut session = Session::clone(session);
        session.set_sequence(*sequence);
        Some(session)
    }
}

/// An item on its way, and the place in the session past it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) item: Item,
    pub(super) mark: Mark,
}

/// Kept outside of the task, so that it survives the task's panic.
#[derive(Debug, Default)]
pub(super) struct Board {
    /// Past everything that was buffered or wanted by nobody.
    received: Mark,
    /// Past the last item that the consumer took.
    handed: Mark,
    waiting: Waiting,
    /// Where the consumer's part ends: later events are for whoever resumes.
    sealed: Option<Mark>,
    crashes: VecDeque<Crash>,
}

/// What is in the buffer.
#[derive(Debug, Default)]
struct Waiting {
    items: u64,
    /// Those among them that a resume brings again.
    events: u64,
}

impl Board {
    /// A shard is about to run from here.
    pub(super) fn begin(&mut self, mark: Mark) {
        self.received = mark;
    }

    /// All that came up to here was unwanted or has been buffered.
    pub(super) fn pass(&mut self, mark: Mark) {
        self.received = mark;
    }

    /// This is on its way.
    pub(super) fn put(&mut self, entry: &Entry) {
        if self.waiting.events == 0 {
            // What came before it was unwanted.
            self.handed = self.received.clone();
        }
        self.waiting.items += 1;
        self.waiting.events += u64::from(entry.item.is_from_the_session());
        self.received = entry.mark.clone();
    }

    /// What the consumer gets of an entry.
    pub(super) fn take(&mut self, entry: Entry) -> Option<Item> {
        let is_event = entry.item.is_from_the_session();
        self.waiting.items -= 1;
        self.waiting.events -= u64::from(is_event);
        if self.sealed.is_some() && is_event {
            return None;
        }
        self.handed = entry.mark;
        Some(entry.item)
    }

    pub(super) const fn received(&self) -> &Mark {
        &self.received
    }

    pub(super) const fn handed(&self) -> &Mark {
        match &self.sealed {
            Some(mark) => mark,
            // What came after the last item taken was unwanted.
            None if self.waiting.events == 0 => &self.received,
            None => &self.handed,
        }
    }

    pub(super) const fn waiting(&self) -> u64 {
        self.waiting.items
    }

    pub(super) fn seal(&mut self) -> Option<Session> {
        let mark = self.handed().clone();
        self.sealed.insert(mark).session()
    }

    pub(super) fn report(&mut self, crash: Crash) {
        if self.crashes.len() == CRASHES {
            self.crashes.pop_front();
        }
        self.crashes.push_back(crash);
    }

    pub(super) fn next_report(&mut self) -> Option<Crash> {
        self.crashes.pop_front()
    }

    pub(super) fn has_reports(&self) -> bool {
        !self.crashes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{Board, Entry, Mark};
    use crate::{Item, Lifecycle, OwnedPayload, Payload, Session};
    use gloaming_protocol::{Decoded, JsonParser, decode_event};

    fn mark(sequence: u64) -> Mark {
        let session = Session::new(sequence, "s".to_owned());
        Mark::of(Some(&session), &Mark::default())
    }

    fn event(sequence: u64) -> Entry {
        let text = format!(r#"{{"t":"WHO_KNOWS","s":{sequence},"op":0,"d":{{}}}}"#);
        let payload: OwnedPayload = Payload::parse(&text).unwrap().to_owned_payload();
        let payload = Payload::parse(payload.text()).unwrap();
        let Ok(Decoded::Unknown(event)) = decode_event(&payload, JsonParser::Serde) else {
            panic!("nobody knows it");
        };
        Entry {
            item: Item::Unknown(event),
            mark: mark(sequence),
        }
    }

    fn lifecycle(sequence: u64) -> Entry {
        Entry {
            item: Item::Lifecycle(Lifecycle::AwaitingPermit),
            mark: mark(sequence),
        }
    }

    fn sequence(session: Option<Session>) -> Option<u64> {
        session.as_ref().map(Session::sequence)
    }

    #[test]
    fn what_waits_is_not_handed_over() {
        let mut board = Board::default();
        board.begin(mark(1));
        assert_eq!(sequence(board.handed().session()), Some(1));
        board.pass(mark(4));
        board.put(&event(5));
        board.put(&event(6));
        board.pass(mark(9));
        assert_eq!(sequence(board.received().session()), Some(9));
        assert_eq!(sequence(board.handed().session()), Some(4));
        assert_eq!(board.waiting(), 2);
        board.take(event(5)).unwrap();
        assert_eq!(sequence(board.handed().session()), Some(5));
        board.take(event(6)).unwrap();
        assert_eq!(sequence(board.handed().session()), Some(9), "unwanted");
    }

    #[test]
    fn what_is_no_event_holds_nothing_up() {
        let mut board = Board::default();
        board.begin(mark(1));
        board.put(&lifecycle(1));
        board.pass(mark(7));
        board.put(&lifecycle(7));
        assert_eq!(sequence(board.handed().session()), Some(7));
        board.put(&event(8));
        board.take(lifecycle(1)).unwrap();
        assert_eq!(sequence(board.handed().session()), Some(1));
        board.take(lifecycle(7)).unwrap();
        assert_eq!(sequence(board.handed().session()), Some(7));
    }

    #[test]
    fn nothing_is_handed_over_past_the_seal_but_what_is_no_event() {
        let mut board = Board::default();
        board.begin(mark(1));
        board.put(&event(2));
        board.put(&lifecycle(2));
        assert_eq!(sequence(board.seal()), Some(1));
        assert!(board.take(event(2)).is_none());
        assert!(board.take(lifecycle(2)).is_some());
        assert_eq!(sequence(board.seal()), Some(1), "as often as asked");
    }
}
