//! What was handled by which process, and what that proves.

use super::line::HandledEvent;
use crate::{counted::Counted, failure::Faults, shared::Shared};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// All processes of a case.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// The events that were sent, from number 1 on.
    sent: Vec<Sent>,
    /// Where each process resumed, by shard.
    processes: Vec<BTreeMap<u32, ResumedAt>>,
    killed: BTreeSet<usize>,
    /// The processes that have handled an event first and again.
    again: Vec<(usize, usize)>,
    last: BTreeMap<u32, Instant>,
    /// The longest time without an event of a shard.
    silence: Duration,
    faults: Faults,
    counts: watch::Sender<Counts>,
}

/// The numbers of events, each counted once.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Counts {
    pub(crate) sent: u64,
    pub(crate) handled: u64,
}

#[derive(Debug)]
struct Sent {
    shard: u32,
    first: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
struct ResumedAt {
    /// As it was told, or 0.
    sequence: u64,
    /// Of the last event that it has handled.
    handled: u64,
}

/// What a case has found of the events.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) sent: usize,
    pub(crate) missed: u64,
    /// Handled twice, although no process that handled it was killed.
    pub(crate) twice: u64,
    /// Handled again, since a process that had handled it was killed.
    pub(crate) again: u64,
    pub(crate) silence: Duration,
}

impl Record {
    /// The next event is sent.
    pub(crate) fn sent(&mut self, shard: u32) {
        self.sent.push(Sent { shard, first: None });
        self.counts.send_modify(|counts| counts.sent += 1);
    }

    /// Another process starts. Returns its number.
    pub(crate) fn process_started(&mut self) -> usize {
        self.processes.push(BTreeMap::new());
        self.processes.len() - 1
    }

    /// A process is killed. What it has handled since its last acknowledgement may be handled again.
    pub(crate) fn killed(&mut self, process: usize) {
        self.killed.insert(process);
    }

    /// It had ended by itself before.
    pub(crate) fn not_killed(&mut self, process: usize) {
        self.killed.remove(&process);
    }

    pub(crate) fn was_killed(&self, process: usize) -> bool {
        self.killed.contains(&process)
    }

    /// Returns the number of processes that were started.
    pub(crate) const fn process_count(&self) -> usize {
        self.processes.len()
    }

    pub(crate) fn resumes(&mut self, process: usize, shard: u32, sequence: u64) {
        let handled = sequence;
        self.processes[process].insert(shard, ResumedAt { sequence, handled });
    }

    pub(crate) fn handled(&mut self, now: Instant, process: usize, event: HandledEvent) {
        let HandledEvent {
            number,
            shard,
            sequence,
        } = event;
        let position = usize::try_from(number)
            .unwrap_or(usize::MAX)
            .wrapping_sub(1);
        let Some(sent) = self.sent.get_mut(position) else {
            return self.faults.add(format!("event {number} was not sent"));
        };
        if sent.shard != shard {
            self.faults
                .add(format!("event {number} came to shard {shard}"));
        }
        match sent.first {
            Some(first) => self.again.push((first, process)),
            None => {
                sent.first = Some(process);
                self.counts.send_modify(|counts| counts.handled += 1);
            }
        }
        let resumed_at = self.processes[process].entry(shard).or_insert(ResumedAt {
            sequence: 0,
            handled: 0,
        });
        if sequence <= resumed_at.sequence {
            self.faults.add(format!(
                "process {process} resumed shard {shard} at {}, and handled {sequence} after that",
                resumed_at.sequence
            ));
        } else if sequence <= resumed_at.handled {
            self.faults.add(format!(
                "process {process} handled {sequence} of shard {shard} after {}",
                resumed_at.handled
            ));
        }
        resumed_at.handled = resumed_at.handled.max(sequence);
        if let Some(last) = self.last.insert(shard, now) {
            self.silence = self.silence.max(now.saturating_duration_since(last));
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        *self.counts.borrow()
    }

    pub(crate) fn watch_counts(&self) -> watch::Receiver<Counts> {
        self.counts.subscribe()
    }

    /// Returns what the state of a shard must have counted if it counted each event once.
    pub(crate) fn expected(&self, shard: u32) -> Counted {
        let mut counted = Counted::default();
        for (number, sent) in (1..).zip(&self.sent) {
            if sent.shard == shard {
                counted.add(number);
            }
        }
        counted
    }

    pub(crate) fn fault(&mut self, fault: impl Into<String>) {
        self.faults.add(fault);
    }

    /// Returns the figures, and everything that must not have happened.
    pub(crate) fn finish(mut self) -> (Findings, Faults) {
        let is_permitted = |(first, next): &(usize, usize)| {
            first != next && (self.killed.contains(first) || self.killed.contains(next))
        };
        let again = self.again.iter().filter(|both| is_permitted(both)).count();
        let missed = self.sent.iter().filter(|sent| sent.first.is_none()).count();
        let findings = Findings {
            sent: self.sent.len(),
            missed: missed as u64,
            twice: (self.again.len() - again) as u64,
            again: again as u64,
            silence: self.silence,
        };
        self.faults.add_some(findings.missed, "were not handled");
        let twice = "were handled twice although they were acknowledged";
        self.faults.add_some(findings.twice, twice);
        (findings, self.faults)
    }
}

/// A record that several tasks share.
pub(crate) type SharedRecord = Shared<Record>;

#[cfg(test)]
mod tests {
    use super::{HandledEvent, Record};
    use gloaming_test_support::start_of_time;
    use std::time::Duration;

    fn handled(record: &mut Record, process: usize, number: u64) {
        let event = HandledEvent {
            number,
            shard: 0,
            sequence: 10 + number,
        };
        let now = start_of_time();
        record.handled(now, process, event);
    }

    /// Three events of shard 0, the first of which was handled by the first of two processes.
    fn record() -> Record {
        let mut record = Record::default();
        for _ in 0..3 {
            record.sent(0);
        }
        for _ in 0..2 {
            record.process_started();
        }
        handled(&mut record, 0, 1);
        record
    }

    #[test]
    fn next_process_goes_on_after_the_acknowledged_event() {
        let mut record = record();
        record.resumes(1, 0, 11);
        let counts = record.counts();
        assert_eq!((counts.sent, counts.handled), (3, 1));
        handled(&mut record, 1, 2);
        handled(&mut record, 1, 3);
        assert_eq!(record.expected(0).sum, 6);
        let (findings, faults) = record.finish();
        assert_eq!((findings.sent, findings.missed), (3, 0));
        assert_eq!((findings.twice, findings.again), (0, 0));
        assert_eq!(faults.len(), 0, "{faults}");
    }

    #[test]
    fn events_may_be_handled_again_only_after_a_kill() {
        for (killed, expected) in [(None, (1, 0)), (Some(0), (0, 1)), (Some(1), (0, 1))] {
            let mut record = record();
            record.resumes(1, 0, 10);
            if let Some(killed) = killed {
                record.killed(killed);
            }
            handled(&mut record, 1, 1);
            let (findings, _) = record.finish();
            assert_eq!((findings.twice, findings.again), expected);
        }
    }

    #[test]
    fn missing_early_and_late_events_are_faults() {
        let mut record = record();
        record.killed(0);
        record.resumes(1, 0, 11);
        handled(&mut record, 1, 1);
        handled(&mut record, 1, 3);
        handled(&mut record, 1, 2);
        let (_, faults) = record.finish();
        assert_eq!(faults.len(), 2, "{faults}");
        assert_eq!(self::record().finish().1.len(), 1);
    }

    #[test]
    fn longest_time_without_an_event_is_kept() {
        let mut record = record();
        let event = HandledEvent {
            number: 2,
            shard: 0,
            sequence: 12,
        };
        record.handled(start_of_time() + Duration::from_secs(60), 0, event);
        let (findings, _) = record.finish();
        assert!(findings.silence >= Duration::from_secs(60));
    }
}
