//! Faults of the gateway during a switch.

use gloaming_emulator::{Emulator, Selector};
use gloaming_test_support::Random;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Display, Formatter},
    time::Duration,
};

/// The latest moment of a fault, from the beginning of the switch.
const MAX_DELAY: u64 = 1_500;

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Kind {
    /// A connection ends without a close frame.
    Cut,
    /// Op 7.
    Reconnect,
    /// Op 9 for a session that can be resumed.
    InvalidResumable,
    /// Op 9 for a session of the new set that can't be resumed.
    InvalidFinal,
}

/// The faults of a switch, and the shards that can have one.
#[derive(Debug)]
pub(crate) struct FaultPlan {
    /// The next one is the last of these.
    planned: Vec<(Duration, Kind)>,
    injected: BTreeMap<Kind, u64>,
    /// Number and total of the shards that have a session, as the bot has told since their last fault. A fault on another
    /// shard could end a session that the bot does not know yet, which would cost another IDENTIFY.
    connected: BTreeSet<(u32, u32)>,
    new_total: u32,
}

impl FaultPlan {
    /// Plans two faults of each kind that can be resumed, and in every other switch one that can't.
    pub(crate) fn new(random: &mut Random, switch: u64, new_total: u32) -> Self {
        let mut kinds = [Kind::Cut, Kind::Reconnect, Kind::InvalidResumable].repeat(2);
        if switch % 2 == 1 {
            kinds.push(Kind::InvalidFinal);
        }
        let planned = kinds.into_iter();
        let mut planned: Vec<_> = planned
            .map(|kind| (random.millis(0, MAX_DELAY), kind))
            .collect();
        planned.sort_unstable_by(|one, other| other.cmp(one));
        Self {
            planned,
            injected: BTreeMap::new(),
            connected: BTreeSet::new(),
            new_total,
        }
    }

    /// The bot says that a shard has a session.
    pub(crate) fn connected(&mut self, shard: u32, total: u32) {
        self.connected.insert((shard, total));
    }

    /// Returns the time of the next fault, from the beginning of the switch, if a shard can have it.
    pub(crate) fn next(&self) -> Option<Duration> {
        let (at, kind) = self.planned.last()?;
        self.candidates(*kind).next().map(|_| *at)
    }

    /// Injects the next fault.
    pub(crate) fn inject(&mut self, random: &mut Random, emulator: &Emulator) {
        let Some((_, kind)) = self.planned.last().copied() else {
            return;
        };
        let candidates: Vec<_> = self.candidates(kind).collect();
        if candidates.is_empty() {
            return;
        }
        let shard = random.pick(&candidates);
        self.planned.pop();
        self.connected.remove(&shard);
        let session = emulator.sessions().into_iter();
        let session = session
            .filter(|session| session.connection.is_some())
            .find(|session| (session.shard[0], session.shard[1]) == shard);
        let Some(session) = session else {
            return;
        };
        let session = Selector::Session(session.id);
        let count = match kind {
            Kind::Cut => emulator.drop_connections(session),
            Kind::Reconnect => emulator.reconnect(session),
            Kind::InvalidResumable => emulator.invalidate(session, true),
            Kind::InvalidFinal => emulator.invalidate(session, false),
        };
        *self.injected.entry(kind).or_default() += count as u64;
    }

    fn candidates(&self, kind: Kind) -> impl Iterator<Item = (u32, u32)> {
        let is_possible = move |(_, total): &&(u32, u32)| match kind {
            Kind::InvalidFinal => *total == self.new_total,
            Kind::Cut | Kind::Reconnect | Kind::InvalidResumable => true,
        };
        self.connected.iter().filter(is_possible).copied()
    }

    pub(crate) fn injected(&self, kind: Kind) -> u64 {
        self.injected.get(&kind).copied().unwrap_or_default()
    }
}

impl Display for FaultPlan {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "connections cut {}, op 7 {}, op 9 resumable {}, op 9 final {}",
            self.injected(Kind::Cut),
            self.injected(Kind::Reconnect),
            self.injected(Kind::InvalidResumable),
            self.injected(Kind::InvalidFinal)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{FaultPlan, Kind};
    use gloaming_test_support::Random;

    #[test]
    fn faults_are_planned_in_order_and_wait_for_a_shard() {
        let mut plan = FaultPlan::new(&mut Random::new(1), 1, 7);
        assert_eq!(plan.planned.len(), 7);
        assert!(plan.planned.is_sorted_by(|one, next| one >= next));
        assert_eq!(plan.next(), None);
        plan.connected(2, 4);
        assert_eq!(plan.candidates(Kind::InvalidFinal).count(), 0);
        plan.connected(3, 7);
        assert_eq!(plan.next(), plan.planned.last().map(|(at, _)| *at));
        assert_eq!(FaultPlan::new(&mut Random::new(1), 2, 7).planned.len(), 6);
    }
}
