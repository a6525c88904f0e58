//! When the second copies of events may be acknowledged.

use crate::reshard::ShardSet;
use gloaming_shard::supervision::AcknowledgementCounter;
use std::collections::{BTreeMap, VecDeque};

/// How many groups of copies are kept apart. More of them let positions advance sooner.
const MAX_GROUPS: usize = 16;

/// The number of deliveries that are not acknowledged. Clones are the same number.
pub(crate) trait PendingCount: Clone + Default {
    fn pending(&self) -> usize;
}

impl PendingCount for AcknowledgementCounter {
    fn pending(&self) -> usize {
        Self::pending(self)
    }
}

/// A shard of one of the sets.
pub(super) type SetShard = (ShardSet, u32);

/// Keeps the acknowledgements of second copies, which the consumer does not get, until the consumer has acknowledged all
/// events that it got before. The first copy is among them: if the process ended before that is handled, a resume of the
/// session of the second copy has to bring it.
///
/// Copies that were dropped one after the other form a group. It waits for the deliveries that are counted in it and in the
/// groups before. Of each shard, only the first copy in a group is kept, since the position does not pass it.
#[derive(Debug)]
pub(crate) struct CopyHolds<A, C = AcknowledgementCounter> {
    /// The last one counts new deliveries.
    groups: VecDeque<Group<A, C>>,
}

#[derive(Debug)]
struct Group<A, C> {
    deliveries: C,
    copies: BTreeMap<SetShard, A>,
}

impl<A, C: PendingCount> Group<A, C> {
    fn new() -> Self {
        Self {
            deliveries: C::default(),
            copies: BTreeMap::new(),
        }
    }
}

impl<A, C: PendingCount> CopyHolds<A, C> {
    pub(super) fn new() -> Self {
        Self {
            groups: VecDeque::from([Group::new()]),
        }
    }

    /// Returns the counter for a delivery that the consumer gets and acknowledges itself.
    pub(super) fn counter(&mut self) -> C {
        let is_used = |group: &Group<A, C>| !group.copies.is_empty();
        if self.groups.back().is_none_or(is_used) && self.groups.len() < MAX_GROUPS {
            self.groups.push_back(Group::new());
        }
        let last = self.groups.back();
        last.map(|group| group.deliveries.clone())
            .unwrap_or_default()
    }

    /// Takes the acknowledgement of a copy that was dropped. Returns it if it may be given now.
    pub(super) fn dropped(&mut self, shard: SetShard, acknowledgement: A) -> Option<A> {
        let is_pending = self.groups.iter().any(|it| it.deliveries.pending() > 0);
        match self.groups.back_mut() {
            Some(last) if is_pending && !last.copies.contains_key(&shard) => {
                last.copies.insert(shard, acknowledgement);
                None
            }
            _ => Some(acknowledgement),
        }
    }

    /// Returns the acknowledgements that may be given now.
    pub(crate) fn release(&mut self) -> Vec<A> {
        let mut released = Vec::new();
        while let Some(first) = self.groups.front_mut()
            && first.deliveries.pending() == 0
        {
            released.extend(std::mem::take(&mut first.copies).into_values());
            if self.groups.len() == 1 {
                break;
            }
            self.groups.pop_front();
        }
        released
    }

    /// Returns whether there is nothing to release, now or later.
    pub(crate) fn is_empty(&self) -> bool {
        self.groups.iter().all(|group| group.copies.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::{CopyHolds, MAX_GROUPS, PendingCount};
    use crate::reshard::ShardSet;
    use std::{cell::Cell, rc::Rc};

    const OLD: (ShardSet, u32) = (ShardSet::Old, 0);
    const NEW: (ShardSet, u32) = (ShardSet::New, 0);

    #[derive(Clone, Debug, Default)]
    struct Counter(Rc<Cell<usize>>);

    impl PendingCount for Counter {
        fn pending(&self) -> usize {
            self.0.get()
        }
    }

    /// The consumer gets an event. It is acknowledged by subtracting it again.
    fn deliver(holds: &mut CopyHolds<u32, Counter>) -> Counter {
        let counter = holds.counter();
        counter.0.set(counter.0.get() + 1);
        counter
    }

    fn acknowledge(counter: &Counter) {
        counter.0.set(counter.0.get() - 1);
    }

    #[test]
    fn copy_is_acknowledged_at_once_if_nothing_is_pending() {
        let mut holds = CopyHolds::<_, Counter>::new();
        assert_eq!(holds.dropped(OLD, 1), Some(1));
        assert!(holds.is_empty() && holds.release().is_empty());
    }

    #[test]
    fn counter_of_deliveries_starts_at_nothing_that_is_pending() {
        let mut holds: CopyHolds<_> = CopyHolds::new();
        assert_eq!(PendingCount::pending(&holds.counter()), 0);
        assert_eq!(holds.dropped(OLD, 1), Some(1));
    }

    #[test]
    fn copy_waits_for_the_deliveries_before_it_and_not_for_later_ones() {
        let mut holds = CopyHolds::new();
        let before = [deliver(&mut holds), deliver(&mut holds)];
        assert_eq!(holds.dropped(OLD, 1), None);
        let _after = deliver(&mut holds);
        acknowledge(&before[0]);
        assert!(holds.release().is_empty());
        acknowledge(&before[1]);
        assert_eq!(holds.release(), [1]);
        assert!(holds.is_empty());
    }

    #[test]
    fn later_copies_wait_for_earlier_deliveries_too() {
        let mut holds = CopyHolds::new();
        let first = deliver(&mut holds);
        assert_eq!(holds.dropped(OLD, 1), None);
        let second = deliver(&mut holds);
        assert_eq!(holds.dropped(OLD, 2), None);
        acknowledge(&second);
        assert!(holds.release().is_empty(), "the first is pending");
        acknowledge(&first);
        assert_eq!(holds.release(), [1, 2]);
    }

    #[test]
    fn of_a_group_the_first_copy_of_each_shard_is_kept() {
        let mut holds = CopyHolds::new();
        let delivery = deliver(&mut holds);
        assert_eq!(holds.dropped(OLD, 1), None);
        assert_eq!(holds.dropped(OLD, 2), Some(2), "behind the first");
        assert_eq!(holds.dropped(NEW, 3), None);
        acknowledge(&delivery);
        assert_eq!(holds.release(), [1, 3]);
    }

    #[test]
    fn number_of_groups_is_bounded() {
        let mut holds = CopyHolds::new();
        let deliveries: Vec<_> = (0..100)
            .map(|copy| {
                let delivery = deliver(&mut holds);
                holds.dropped(OLD, copy);
                delivery
            })
            .collect();
        assert_eq!(holds.groups.len(), MAX_GROUPS);
        for delivery in &deliveries[..99] {
            acknowledge(delivery);
        }
        assert_eq!(holds.release().len(), MAX_GROUPS - 1);
        assert!(!holds.is_empty());
        acknowledge(&deliveries[99]);
        assert_eq!(holds.release().len(), 1);
    }
}
