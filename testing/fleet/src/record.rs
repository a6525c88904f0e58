//! What was sent, and what was handled by which node.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The number of a node. A later one has a higher number.
pub(crate) type NodeNumber = usize;

/// The events of a scenario, and who handled them.
#[derive(Debug, Default)]
pub(crate) struct Record {
    sent: Vec<Sent>,
    handled: u64,
    again: u64,
    out_of_order: u64,
    lags: Vec<Duration>,
    /// The number of the last event before them.
    before: u64,
    /// The node that handled an event of a shard last, and the number of the event.
    last: BTreeMap<u32, (NodeNumber, u64)>,
    faults: Vec<String>,
}

#[derive(Clone, Copy, Debug)]
struct Sent {
    shard: u32,
    at: Instant,
    is_handled: bool,
}

/// What a scenario has found of the events.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Findings {
    pub(crate) sent: usize,
    pub(crate) lost: usize,
    /// Handled again, by any node.
    pub(crate) duplicates: u64,
    /// Handled after a later one of the same shard, by the same node or worker.
    pub(crate) out_of_order: u64,
    /// Of 99 in 100 events, from the gateway to the reader of the node.
    pub(crate) p99: Duration,
    pub(crate) longest: Duration,
    pub(crate) faults: Vec<String>,
}

impl Record {
    /// The next event is sent. Returns its number.
    pub(crate) fn sent(&mut self, at: Instant, shard: u32) -> u64 {
        let is_handled = false;
        self.sent.push(Sent {
            shard,
            at,
            is_handled,
        });
        self.before + self.sent.len() as u64
    }

    pub(crate) fn handled(&mut self, now: Instant, node: NodeNumber, shard: u32, number: u64) {
        let position = number.checked_sub(self.before + 1);
        let position = position.and_then(|position| usize::try_from(position).ok());
        let Some(sent) = position.and_then(|position| self.sent.get_mut(position)) else {
            // All events of the scenario before were handled.
            self.again += 1;
            return;
        };
        if sent.shard != shard {
            self.faults
                .push(format!("event {number} came to shard {shard}"));
        }
        if sent.is_handled {
            self.again += 1;
        } else {
            sent.is_handled = true;
            self.handled += 1;
            self.lags.push(now.saturating_duration_since(sent.at));
        }
        // A node that has a shard after another one begins where that one had stored its position.
        if let Some((before, last)) = self.last.insert(shard, (node, number))
            && before == node
            && number <= last
        {
            self.out_of_order += 1;
        }
    }

    pub(crate) fn fault(&mut self, fault: impl Into<String>) {
        self.faults.push(fault.into());
    }

    pub(crate) const fn counts(&self) -> (usize, u64) {
        (self.sent.len(), self.handled)
    }

    /// Returns the figures.
    pub(crate) fn finish(mut self) -> Findings {
        self.lags.sort_unstable();
        let p99 = self.lags.len().saturating_sub(1) * 99 / 100;
        Findings {
            sent: self.sent.len(),
            lost: self.sent.iter().filter(|sent| !sent.is_handled).count(),
            duplicates: self.again,
            out_of_order: self.out_of_order,
            p99: self.lags.get(p99).copied().unwrap_or_default(),
            longest: self.lags.last().copied().unwrap_or_default(),
            faults: self.faults,
        }
    }
}

/// A record that several tasks share.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedRecord(Arc<Mutex<Record>>);

impl SharedRecord {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the record of a scenario. The numbers of the next one go on from there.
    pub(crate) fn take(&self) -> Record {
        let mut record = self.lock();
        let next = Record {
            before: record.before + record.sent.len() as u64,
            ..Record::default()
        };
        std::mem::replace(&mut *record, next)
    }
}

#[cfg(test)]
mod tests {
    use super::{Record, SharedRecord};
    use gloaming_test_support::start_of_time;
    use std::time::Duration;

    #[test]
    fn lost_and_repeated_events_are_counted() {
        let start = start_of_time();
        let mut record = Record::default();
        for shard in [0, 1, 0] {
            record.sent(start, shard);
        }
        record.handled(start + Duration::from_millis(5), 0, 0, 1);
        record.handled(start + Duration::from_millis(9), 1, 0, 1);
        record.handled(start + Duration::from_millis(7), 1, 0, 3);
        assert_eq!(record.counts(), (3, 2));
        let found = record.finish();
        assert_eq!((found.sent, found.lost, found.duplicates), (3, 1, 1));
        assert_eq!(found.longest, Duration::from_millis(7));
        assert_eq!(found.faults, [""; 0]);
    }

    #[test]
    fn order_of_a_shard_is_kept_until_another_node_has_it() {
        let start = start_of_time();
        let mut record = Record::default();
        for _ in 0..4 {
            record.sent(start, 0);
        }
        for (node, number) in [(0, 2), (1, 3), (0, 1), (0, 1)] {
            record.handled(start, node, 0, number);
        }
        record.handled(start, 0, 1, 4);
        let found = record.finish();
        assert_eq!(found.out_of_order, 1);
        assert_eq!(found.faults, ["event 4 came to shard 1"]);
    }

    #[test]
    fn numbers_go_on_in_the_next_scenario() {
        let (start, shared) = (start_of_time(), SharedRecord::default());
        assert_eq!(shared.lock().sent(start, 0), 1);
        assert_eq!(shared.take().finish().lost, 1);
        assert_eq!(shared.lock().sent(start, 0), 2);
        for number in [1, 2] {
            shared.lock().handled(start, 0, 0, number);
        }
        let found = shared.take().finish();
        assert_eq!((found.lost, found.duplicates), (0, 1));
    }
}
