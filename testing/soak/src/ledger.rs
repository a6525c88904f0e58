//! What shards were given, and how it stands to what was made for them.
//!
//! Bounded, however long a soak lasts: a session is a few numbers while it lives, and part of the sums once it is settled.

mod account;
mod sums;

use std::collections::BTreeMap;

use self::account::Account;
pub use self::sums::{Fate, Finding, Made, Sums};

/// What the consumers of shards were given, by session.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Sessions that are not settled, by id.
    open: BTreeMap<Box<str>, Account>,
    /// The session that each shard's events are of.
    current: BTreeMap<u32, Box<str>>,
    sums: Sums,
}

impl Ledger {
    /// The shard said that it has this session. Its READY may never be handed over.
    pub fn known(&mut self, shard: u32, session: &str) {
        self.account(shard, session);
    }

    /// READY was handed over: what comes next is of this session.
    pub fn ready(&mut self, shard: u32, session: &str, sequence: u64) {
        self.account(shard, session).numbered(sequence);
        self.current.insert(shard, session.into());
    }

    /// An event with this sequence was handed over.
    pub fn numbered(&mut self, shard: u32, sequence: u64) {
        match self.current_of(shard) {
            Some(account) => account.numbered(sequence),
            None => self.sums.strays += 1,
        }
    }

    /// An event was handed over that does not tell its sequence: the next one, if all is well.
    pub fn counted(&mut self, shard: u32) {
        match self.current_of(shard) {
            Some(account) => account.counted(),
            None => self.sums.strays += 1,
        }
    }

    /// Among events that are only [counted](Self::counted), one with its sequence.
    pub fn anchor(&mut self, shard: u32, sequence: u64) {
        match self.current_of(shard) {
            Some(account) => account.anchor(sequence),
            None => self.sums.strays += 1,
        }
    }

    /// The shard told that it lost what came after.
    pub fn gap(&mut self, session: &str) {
        if let Some(account) = self.open.get_mut(session) {
            account.tell_gap();
        }
    }

    /// The shard's program was closed. Sessions of which nothing was handed over until then, their READYs withheld, are
    /// nobody's: the next program goes on with the one before them, or begins anew.
    pub fn closed(&mut self, shard: u32) {
        self.open
            .retain(|_, account| account.shard != shard || account.last() > 0);
    }

    /// Whether events of this session may still be on their way to whoever takes them.
    #[must_use]
    pub fn is_current(&self, shard: u32, session: &str) -> bool {
        self.current.get(&shard).is_some_and(|id| **id == *session)
    }

    /// How far a session was handed over: nothing is 0. `None` if nobody knows it.
    #[must_use]
    pub fn reached(&self, session: &str) -> Option<u64> {
        self.open.get(session).map(Account::last)
    }

    /// Holds a session against what was made for it. It is forgotten then.
    pub fn settle(&mut self, made: &Made<'_>) {
        let account = self.open.remove(made.session);
        self.sums.add(made, account.as_ref());
    }

    /// Events handed over so far, each once.
    #[must_use]
    pub fn delivered(&self) -> u64 {
        let open = self.open.values().map(Account::delivered);
        self.sums.delivered + open.sum::<u64>()
    }

    /// What the settled sessions come to.
    #[must_use]
    pub const fn sums(&self) -> &Sums {
        &self.sums
    }

    /// Sessions that are not settled.
    #[must_use]
    pub fn open(&self) -> usize {
        self.open.len()
    }

    fn account(&mut self, shard: u32, session: &str) -> &mut Account {
        self.open
            .entry(session.into())
            .or_insert_with(|| Account::new(shard))
    }

    fn current_of(&mut self, shard: u32) -> Option<&mut Account> {
        let session = self.current.get(&shard)?;
        self.open.get_mut(session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(sequence: u64, fate: Fate) -> Made<'static> {
        Made {
            session: "s",
            shard: 3,
            sequence,
            fate,
        }
    }

    /// One session of shard 3 that was given these sequences.
    fn given(sequences: impl IntoIterator<Item = u64>) -> Ledger {
        let mut ledger = Ledger::default();
        ledger.ready(3, "s", 1);
        for sequence in sequences {
            ledger.numbered(3, sequence);
        }
        ledger
    }

    fn settled(mut ledger: Ledger, sequence: u64, fate: Fate) -> Sums {
        ledger.settle(&made(sequence, fate));
        assert_eq!(ledger.open(), 0);
        ledger.sums().clone()
    }

    #[test]
    fn each_event_once_is_well() {
        let sums = settled(given(2..=100), 100, Fate::Lives);
        assert_eq!((sums.made, sums.delivered), (100, 100));
        assert!(sums.is_well(), "{sums:?}");
    }

    #[test]
    fn a_hole_is_lost_whatever_became_of_the_session() {
        for fate in [Fate::Lives, Fate::LeftBehind, Fate::GivenUp] {
            let sums = settled(given([2, 3, 6, 7]), 7, fate);
            assert_eq!((sums.lost, sums.delivered), (2, 5), "{fate:?}");
            assert_eq!(
                sums.findings[0].to_string(),
                "shard 3 lost 2 of session s, the first after 3"
            );
        }
    }

    #[test]
    fn an_end_that_never_came_is_lost_if_the_session_could_be_resumed() {
        assert_eq!(settled(given([2, 3]), 5, Fate::Lives).lost, 2);
        let left_behind = settled(given([2, 3]), 5, Fate::LeftBehind);
        assert_eq!(left_behind.lost, 2);
        assert!(!left_behind.is_well());
    }

    #[test]
    fn what_the_gateway_gave_up_is_not_lost_but_must_be_told() {
        let mut ledger = given([2, 3]);
        ledger.gap("s");
        let sums = settled(ledger, 5, Fate::GivenUp);
        assert_eq!((sums.lost, sums.given_up, sums.untold), (0, 2, 0));
        assert!(sums.is_well());

        let sums = settled(given([2, 3]), 5, Fate::GivenUp);
        assert_eq!((sums.given_up, sums.untold), (2, 2));
        assert!(!sums.is_well());
    }

    #[test]
    fn what_comes_twice_is_seen() {
        let sums = settled(given([2, 3, 4, 3, 5]), 5, Fate::Lives);
        assert_eq!((sums.duplicated, sums.lost, sums.delivered), (1, 0, 5));
        assert!(!sums.is_well());
    }

    #[test]
    fn late_is_not_lost_but_out_of_order() {
        let sums = settled(given([2, 4, 3, 5]), 5, Fate::Lives);
        assert_eq!((sums.late, sums.lost, sums.duplicated), (1, 0, 0));
        assert!(!sums.is_well());
    }

    #[test]
    fn events_without_a_number_are_held_against_those_that_have_one() {
        let counting = |steps: &str, last| {
            let mut ledger = given([]);
            for step in steps.chars() {
                match step.to_digit(10) {
                    Some(sequence) => ledger.anchor(3, u64::from(sequence)),
                    None => ledger.counted(3),
                }
            }
            settled(ledger, last, Fate::Lives)
        };
        let well = counting("..4..7", 7);
        assert!(well.is_well() && well.delivered == 7, "{well:?}");
        let lost = counting("..5..8", 8);
        assert_eq!((lost.lost, lost.duplicated), (1, 0));
        let twice = counting("..3..6", 6);
        assert_eq!((twice.lost, twice.duplicated), (0, 1));
        assert_eq!(twice.delivered, 6);
        let beyond = counting("...", 3);
        assert_eq!((beyond.invented, beyond.lost), (1, 0));
        assert!(!beyond.is_well());
    }

    #[test]
    fn a_session_that_nobody_heard_of_is_lost_to_nobody() {
        let mut ledger = Ledger::default();
        ledger.settle(&made(9, Fate::LeftBehind));
        let sums = ledger.sums();
        assert_eq!((sums.unheard, sums.lost), (9, 0));
        // But one that the shard had, and went away from, is.
        ledger.known(3, "s");
        ledger.settle(&made(9, Fate::LeftBehind));
        assert_eq!(ledger.sums().lost, 9);
    }

    #[test]
    fn a_session_withheld_at_a_close_is_nobodys_but_one_that_was_begun_is_not() {
        let mut ledger = given([2]);
        ledger.known(3, "withheld");
        ledger.known(4, "of another");
        ledger.closed(3);
        assert_eq!(ledger.reached("withheld"), None);
        assert_eq!(ledger.reached("of another"), Some(0));
        assert_eq!(settled_at(ledger, 5).lost, 3);
    }

    fn settled_at(mut ledger: Ledger, sequence: u64) -> Sums {
        ledger.settle(&made(sequence, Fate::LeftBehind));
        ledger.sums().clone()
    }

    #[test]
    fn an_event_of_no_session_is_seen() {
        let mut ledger = Ledger::default();
        ledger.numbered(3, 1);
        assert!(!ledger.sums().is_well());
    }

    #[test]
    fn a_new_session_begins_anew() {
        let mut ledger = given([2, 3]);
        assert!(ledger.is_current(3, "s"));
        ledger.ready(3, "t", 1);
        ledger.numbered(3, 2);
        assert!(!ledger.is_current(3, "s"));
        assert_eq!(
            (ledger.reached("s"), ledger.reached("t")),
            (Some(3), Some(2))
        );
        assert_eq!(ledger.delivered(), 5);
    }

    #[test]
    fn it_is_bounded() {
        let mut ledger = Ledger::default();
        for session in 0..1000 {
            let id = session.to_string();
            ledger.ready(3, &id, 1);
            // A hole after each: more than are kept apart.
            for event in 1..200 {
                ledger.numbered(3, 1 + 2 * event);
            }
            ledger.settle(&Made {
                session: &id,
                shard: 3,
                sequence: 399,
                fate: Fate::Lives,
            });
        }
        let sums = ledger.sums();
        assert_eq!((ledger.open(), sums.lost), (0, 199 * 1000));
        assert_eq!(sums.findings.len(), Sums::MOST_FINDINGS);
    }
}
