//! Settles sessions in the ledger as the gateway tells of their ends.

use gloaming_emulator::model::SessionEndReason;

use crate::ledger::{Fate, Ledger, Made};

/// Looks until an ended session is settled of which all is long since handed over.
const LOOKS: u32 = 2;

/// Looks until an ended session is settled whose READY may still wait to be taken.
const MOST_LOOKS: u32 = 24;

/// Whether sessions may have ended of which nobody was told.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Overlooked {
    /// No.
    #[default]
    Nothing,
    /// More ended between two looks than the gateway keeps.
    Some,
}

/// A session that ended, by the gateway's word.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Its id.
    pub session: String,
    /// The shard's number.
    pub shard: u32,
    /// Sequence of the last event made for it.
    pub sequence: u64,
    /// What ended it.
    pub end: SessionEndReason,
}

/// A session that lives, by the gateway's word.
#[derive(Clone, Debug)]
pub struct Living {
    /// Its id.
    pub session: String,
    /// The shard's number.
    pub shard: u32,
    /// Sequence of the last event made for it.
    pub sequence: u64,
}

/// Settles sessions in the ledger as the gateway tells of their ends. Bounded by how many end within some minutes.
#[derive(Debug, Default)]
pub struct Audit {
    /// The last one that the gateway told of.
    last: Option<String>,
    /// Not settled yet, with the looks since.
    waiting: Vec<(Ended, u32)>,
    overlooked: Overlooked,
}

impl Audit {
    /// The gateway tells of the last sessions that ended, oldest first, those among them that it told of before.
    pub fn tell(&mut self, ended: Vec<Ended>) {
        let known = match &self.last {
            Some(last) => ended.iter().rposition(|it| it.session == *last),
            None => None,
        };
        if self.last.is_some() && known.is_none() {
            self.overlooked = Overlooked::Some;
        }
        if let Some(newest) = ended.last() {
            self.last = Some(newest.session.clone());
        }
        let new = ended.into_iter().skip(known.map_or(0, |known| known + 1));
        self.waiting.extend(new.map(|ended| (ended, 0)));
    }

    /// Settles those of which nothing is on its way any more. To be called every now and then.
    pub fn look(&mut self, ledger: &mut Ledger) {
        self.waiting.retain_mut(|(ended, looks)| {
            *looks += 1;
            if ledger.is_current(ended.shard, &ended.session) {
                return true;
            }
            let is_over = match ledger.reached(&ended.session) {
                Some(last) if last > 0 => *looks > LOOKS,
                _ => *looks > MOST_LOOKS,
            };
            if is_over {
                settle(ledger, ended);
            }
            !is_over
        });
    }

    /// Settles all: nothing is on its way any more but for those that live.
    pub fn close(&mut self, ledger: &mut Ledger, living: &[Living]) {
        for (ended, _) in self.waiting.drain(..) {
            settle(ledger, &ended);
        }
        for Living {
            session,
            shard,
            sequence,
        } in living
        {
            let fate = match ledger.is_current(*shard, session) {
                true => Fate::Lives,
                false => Fate::LeftBehind,
            };
            ledger.settle(&Made {
                session,
                shard: *shard,
                sequence: *sequence,
                fate,
            });
        }
    }

    /// Whether the gateway kept all ended sessions until it told of them.
    #[must_use]
    pub const fn overlooked(&self) -> Overlooked {
        self.overlooked
    }
}

fn settle(ledger: &mut Ledger, ended: &Ended) {
    ledger.settle(&Made {
        session: &ended.session,
        shard: ended.shard,
        sequence: ended.sequence,
        fate: fate(ended.end),
    });
}

/// Whether the client could have gone on.
const fn fate(end: SessionEndReason) -> Fate {
    match end {
        SessionEndReason::ClosedByClient
        | SessionEndReason::Expired
        | SessionEndReason::TokenReset => Fate::LeftBehind,
        _ => Fate::GivenUp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(session: &str, sequence: u64, end: SessionEndReason) -> Ended {
        Ended {
            session: session.to_owned(),
            shard: 0,
            sequence,
            end,
        }
    }

    #[test]
    fn what_is_on_its_way_is_waited_for() {
        let (mut ledger, mut audit) = (Ledger::default(), Audit::default());
        ledger.ready(0, "a", 1);
        audit.tell(vec![ended("a", 3, SessionEndReason::Forgotten)]);
        for _ in 0..100 {
            audit.look(&mut ledger);
        }
        assert_eq!(ledger.sums().sessions, 0);
        ledger.numbered(0, 2);
        ledger.numbered(0, 3);
        ledger.ready(0, "b", 1);
        audit.look(&mut ledger);
        assert_eq!((ledger.sums().sessions, ledger.sums().delivered), (1, 3));
        assert!(ledger.sums().is_well());
    }

    #[test]
    fn a_ready_that_is_on_its_way_is_waited_for_longer() {
        let (mut ledger, mut audit) = (Ledger::default(), Audit::default());
        audit.tell(vec![ended("a", 2, SessionEndReason::Forgotten)]);
        for _ in 0..MOST_LOOKS {
            audit.look(&mut ledger);
        }
        ledger.ready(0, "a", 1);
        ledger.numbered(0, 2);
        ledger.ready(0, "b", 1);
        audit.look(&mut ledger);
        assert_eq!((ledger.sums().delivered, ledger.sums().unheard), (2, 0));
    }

    #[test]
    fn who_lets_a_session_expire_has_lost_its_events() {
        for (end, lost) in [
            (SessionEndReason::Expired, 4),
            (SessionEndReason::ClosedByClient, 4),
            (SessionEndReason::Invalidated, 0),
            (SessionEndReason::ClosedByGateway, 0),
        ] {
            let (mut ledger, mut audit) = (Ledger::default(), Audit::default());
            ledger.ready(0, "a", 1);
            audit.tell(vec![ended("a", 5, end)]);
            audit.close(&mut ledger, &[]);
            assert_eq!(ledger.sums().lost, lost, "{end:?}");
        }
    }

    #[test]
    fn one_that_lives_beside_another_was_left_behind() {
        let (mut ledger, mut audit) = (Ledger::default(), Audit::default());
        ledger.ready(0, "a", 1);
        ledger.ready(0, "b", 1);
        let living = ["a", "b", "c"].map(|session| Living {
            session: session.to_owned(),
            shard: 0,
            sequence: 2,
        });
        ledger.numbered(0, 2);
        audit.close(&mut ledger, &living);
        let sums = ledger.sums();
        assert_eq!(
            (sums.lost, sums.unheard),
            (1, 2),
            "of a; and nobody heard of c"
        );
    }

    #[test]
    fn ends_are_told_of_once_and_none_is_overlooked() {
        let (mut ledger, mut audit) = (Ledger::default(), Audit::default());
        let all = |ids: &[&str]| -> Vec<Ended> {
            let one = |id: &&str| ended(id, 1, SessionEndReason::Forgotten);
            ids.iter().map(one).collect()
        };
        audit.tell(all(&["a", "b"]));
        audit.tell(all(&["a", "b"]));
        audit.tell(all(&["b", "c"]));
        assert_eq!(audit.overlooked(), Overlooked::Nothing);
        audit.tell(all(&["e", "f"]));
        assert_eq!(audit.overlooked(), Overlooked::Some);
        audit.close(&mut ledger, &[]);
        assert_eq!(ledger.sums().sessions, 5);
    }
}
