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

    fn is_in_the_session_of(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some((own, _)), Some((other, _))) => own.id() == other.id(),
            _ => false,
        }
    }

    /// Whether an event with this mark comes again to who resumes from there. No event does whose session
    /// was replaced; nor does READY, which is where its session begins.
    fn is_replayed_from(&self, place: &Self) -> bool {
        match (&self.0, &place.0) {
            (Some((_, own)), Some((_, place_sequence))) => {
                own > place_sequence && self.is_in_the_session_of(place)
            }
            _ => false,
        }
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
    /// Past everything that was buffered or wanted by nobody. Its session is the one that there is now:
    /// none other can be resumed.
    received: Mark,
    /// The first place in that session: past READY.
    begun: Mark,
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
    /// Those among them that the gateway sent.
    events: u64,
}

impl Board {
    /// A shard is about to run from here.
    pub(super) fn begin(&mut self, mark: Mark) {
        self.receive(mark);
    }

    /// All that came up to here was unwanted or has been buffered.
    pub(super) fn pass(&mut self, mark: Mark) {
        self.receive(mark);
    }

    /// This is on its way.
    pub(super) fn put(&mut self, entry: &Entry) {
        if self.waiting.events == 0 {
            // What came before it was unwanted.
            self.handed = self.received.clone();
        }
        self.waiting.items += 1;
        self.waiting.events += u64::from(entry.item.is_from_the_session());
        self.receive(entry.mark.clone());
    }

    /// What the consumer gets of an entry: past the seal, all that nobody else can get.
    pub(super) fn take(&mut self, entry: Entry) -> Option<Item> {
        let is_event = entry.item.is_from_the_session();
        self.waiting.items -= 1;
        self.waiting.events -= u64::from(is_event);
        if let Some(sealed) = &self.sealed
            && is_event
            && entry.mark.is_replayed_from(sealed)
        {
            return None;
        }
        self.handed = entry.mark;
        Some(entry.item)
    }

    pub(super) const fn received(&self) -> &Mark {
        &self.received
    }

    /// Where to resume so that each event that waits comes again, if it can.
    pub(super) fn handed(&self) -> &Mark {
        match &self.sealed {
            Some(mark) => mark,
            // What came after the last item taken was unwanted.
            None if self.waiting.events == 0 => &self.received,
            None if self.handed.is_in_the_session_of(&self.received) => &self.handed,
            // The consumer has not come to the session that there is now.
            None => &self.begun,
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

    fn receive(&mut self, mark: Mark) {
        if !mark.is_in_the_session_of(&self.received) {
            self.begun = mark.clone();
        }
        self.received = mark;
    }
}

#[cfg(test)]
mod tests {
    use super::{Board, Entry, Mark};
    use crate::{Item, Lifecycle, OwnedPayload, Payload, Session};
    use gloaming_protocol::{Decoded, JsonParser, decode_event};

    const NO_SESSION: Mark = Mark(None);

    fn mark(sequence: u64) -> Mark {
        mark_in("s", sequence)
    }

    fn mark_in(session: &str, sequence: u64) -> Mark {
        let session = Session::new(sequence, session.to_owned());
        Mark::of(Some(&session), &Mark::default())
    }

    fn event(sequence: u64) -> Entry {
        event_at(mark(sequence))
    }

    /// READY or any other event.
    fn event_at(mark: Mark) -> Entry {
        let sequence = mark.session().map_or(0, |session| session.sequence());
        let text = format!(r#"{{"t":"WHO_KNOWS","s":{sequence},"op":0,"d":{{}}}}"#);
        let payload: OwnedPayload = Payload::parse(&text).unwrap().to_owned_payload();
        let payload = Payload::parse(payload.text()).unwrap();
        let Ok(Decoded::Unknown(event)) = decode_event(&payload, JsonParser::Serde) else {
            panic!("nobody knows it");
        };
        Entry {
            item: Item::Unknown(event),
            mark,
        }
    }

    fn lifecycle(sequence: u64) -> Entry {
        lifecycle_at(mark(sequence))
    }

    fn lifecycle_at(mark: Mark) -> Entry {
        Entry {
            item: Item::Lifecycle(Lifecycle::AwaitingPermit),
            mark,
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
    /// What is sealed, as session and sequence.
    fn seal(board: &mut Board) -> Option<(String, u64)> {
        let session = board.seal()?;
        Some((session.id().to_owned(), session.sequence()))
    }

    fn place(session: &str, sequence: u64) -> Option<(String, u64)> {
        Some((session.to_owned(), sequence))
    }

    #[test]
    fn ready_can_not_be_had_again_and_is_handed_over() {
        let mut board = Board::default();
        board.begin(mark_in("s1", 9));
        // In place of RESUMED.
        board.put(&event_at(mark_in("s2", 1)));
        assert_eq!(seal(&mut board), place("s2", 1));
        assert!(board.take(event_at(mark_in("s2", 1))).is_some());
        assert_eq!(seal(&mut board), place("s2", 1));
    }

    #[test]
    fn a_shard_without_a_session_is_sealed_at_its_first() {
        let mut board = Board::default();
        board.begin(NO_SESSION);
        board.put(&lifecycle_at(NO_SESSION));
        board.put(&event_at(mark_in("s1", 1)));
        board.put(&event_at(mark_in("s1", 2)));
        assert_eq!(seal(&mut board), place("s1", 1));
        assert!(board.take(lifecycle_at(NO_SESSION)).is_some());
        assert!(board.take(event_at(mark_in("s1", 1))).is_some());
        assert!(board.take(event_at(mark_in("s1", 2))).is_none(), "replayed");
    }

    #[test]
    fn events_of_a_replaced_session_are_handed_over_past_the_seal() {
        let mut board = Board::default();
        board.begin(mark_in("s1", 9));
        board.put(&event_at(mark_in("s1", 10)));
        board.put(&lifecycle_at(NO_SESSION));
        board.put(&event_at(mark_in("s2", 1)));
        board.put(&event_at(mark_in("s2", 2)));
        board.put(&event_at(mark_in("s2", 3)));
        assert_eq!(seal(&mut board), place("s2", 1));
        assert!(board.take(event_at(mark_in("s1", 10))).is_some());
        assert!(board.take(lifecycle_at(NO_SESSION)).is_some());
        assert!(board.take(event_at(mark_in("s2", 1))).is_some());
        assert!(board.take(event_at(mark_in("s2", 2))).is_none(), "replayed");
        assert!(board.take(event_at(mark_in("s2", 3))).is_none(), "replayed");
        assert_eq!(seal(&mut board), place("s2", 1), "as often as asked");
    }

    #[test]
    fn the_seal_is_in_the_new_session_wherever_the_consumer_is() {
        let entries = || {
            [
                event_at(mark_in("s1", 10)),
                lifecycle_at(NO_SESSION),
                event_at(mark_in("s2", 1)),
                event_at(mark_in("s2", 2)),
                event_at(mark_in("s2", 3)),
            ]
        };
        for (taken, sealed_at) in [(0, 1), (1, 1), (2, 1), (3, 1), (4, 2), (5, 3)] {
            let mut board = Board::default();
            board.begin(mark_in("s1", 9));
            entries().iter().for_each(|entry| board.put(entry));
            for entry in entries().into_iter().take(taken) {
                board.take(entry).unwrap();
            }
            let handed = board.handed().session().map(|session| session.sequence());
            assert_eq!(handed, Some(sealed_at), "{taken} taken");
            assert_eq!(seal(&mut board), place("s2", sealed_at), "{taken} taken");
        }
    }

    #[test]
    fn the_last_of_many_sessions_counts() {
        let mut board = Board::default();
        board.begin(mark_in("s1", 9));
        board.put(&event_at(mark_in("s2", 1)));
        board.put(&event_at(mark_in("s2", 2)));
        board.put(&event_at(mark_in("s3", 1)));
        board.put(&event_at(mark_in("s3", 2)));
        assert_eq!(seal(&mut board), place("s3", 1));
        for handed in [("s2", 1), ("s2", 2), ("s3", 1)] {
            let entry = event_at(mark_in(handed.0, handed.1));
            assert!(board.take(entry).is_some(), "{handed:?}");
        }
        assert!(board.take(event_at(mark_in("s3", 2))).is_none());
    }

    #[test]
    fn without_a_session_nothing_is_withheld() {
        let mut board = Board::default();
        board.begin(mark_in("s1", 9));
        board.put(&event_at(mark_in("s1", 10)));
        board.put(&lifecycle_at(NO_SESSION));
        assert_eq!(seal(&mut board), None, "it is lost, and there is no other");
        assert!(board.take(event_at(mark_in("s1", 10))).is_some());
    }

    #[test]
    fn a_ready_that_nobody_wanted_is_where_its_session_begins() {
        let mut board = Board::default();
        board.begin(mark_in("s1", 9));
        board.put(&event_at(mark_in("s1", 10)));
        board.pass(mark_in("s2", 1));
        board.pass(mark_in("s2", 4));
        board.put(&event_at(mark_in("s2", 5)));
        assert_eq!(seal(&mut board), place("s2", 1));
    }

    #[test]
    fn another_shard_that_goes_on_with_the_session_changes_nothing() {
        let mut board = Board::default();
        board.begin(NO_SESSION);
        board.put(&event_at(mark_in("s1", 1)));
        board.put(&event_at(mark_in("s1", 2)));
        board.begin(mark_in("s1", 2));
        board.put(&event_at(mark_in("s1", 3)));
        assert_eq!(seal(&mut board), place("s1", 1));
    }
}
