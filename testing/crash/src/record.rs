//! What was handled by which process, and what that proves.

use crate::{line::HandledEvent, state::Counted};
use std::collections::BTreeMap;

/// All processes of a campaign.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// The events that were sent, by number.
    sent: BTreeMap<u64, Sent>,
    /// Where each process resumed, by shard.
    processes: Vec<BTreeMap<u32, u64>>,
    again: u64,
    faults: Vec<String>,
}

#[derive(Debug)]
struct Sent {
    shard: u32,
    first: Option<Handled>,
}

#[derive(Clone, Copy, Debug)]
struct Handled {
    process: usize,
    sequence: u64,
}

impl Record {
    pub(crate) fn sent(&mut self, number: u64, shard: u32) {
        self.sent.insert(number, Sent { shard, first: None });
    }

    /// Another process starts.
    pub(crate) fn process_started(&mut self) {
        self.processes.push(BTreeMap::new());
    }

    pub(crate) fn resumes(&mut self, shard: u32, sequence: u64) {
        let before = self.processes.iter().rev().skip(1);
        let before = before.filter_map(|process| process.get(&shard)).next();
        if before.is_some_and(|before| *before > sequence) {
            let fault = format!("shard {shard} resumed at {sequence}, and at a later event before");
            self.faults.push(fault);
        }
        if let Some(process) = self.processes.last_mut() {
            process.insert(shard, sequence);
        }
    }

    pub(crate) fn handled(&mut self, event: HandledEvent) {
        let process = self.processes.len() - 1;
        let HandledEvent {
            number,
            shard,
            sequence,
        } = event;
        let Some(sent) = self.sent.get_mut(&number) else {
            self.faults.push(format!("event {number} was not sent"));
            return;
        };
        if sent.shard != shard {
            self.faults
                .push(format!("event {number} came to shard {shard}"));
        }
        if self.processes[process]
            .get(&shard)
            .is_some_and(|resumed_at| sequence <= *resumed_at)
        {
            let fault = format!("event {number} was handled again after it was acknowledged");
            self.faults.push(fault);
        }
        match sent.first {
            None => sent.first = Some(Handled { process, sequence }),
            Some(first) => {
                self.again += 1;
                if first.process == process {
                    self.faults
                        .push(format!("one process handled event {number} twice"));
                }
                if first.sequence != sequence {
                    let fault = format!(
                        "event {number} has sequences {} and {sequence}",
                        first.sequence
                    );
                    self.faults.push(fault);
                }
            }
        }
    }

    /// Returns the number of events that were not handled yet.
    pub(crate) fn missing(&self) -> usize {
        self.sent
            .values()
            .filter(|sent| sent.first.is_none())
            .count()
    }

    /// Returns how many events were handled a second time or more.
    pub(crate) const fn again(&self) -> u64 {
        self.again
    }

    /// Returns what the state of a shard must have counted if it counted each event once.
    pub(crate) fn expected(&self, shard: u32) -> Counted {
        let mut counted = Counted::default();
        for (number, sent) in &self.sent {
            if sent.shard == shard {
                counted.add(*number);
            }
        }
        counted
    }

    pub(crate) fn fault(&mut self, fault: String) {
        self.faults.push(fault);
    }

    /// Returns everything that must not have happened.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = self.faults.clone();
        for (number, sent) in &self.sent {
            let Some(first) = sent.first else {
                faults.push(format!("event {number} was not handled"));
                continue;
            };
            // A process that resumed after an event which no process before had handled has lost it.
            let passed = (0..=first.process).find(|process| {
                let resumed_at = self.processes[*process].get(&sent.shard);
                resumed_at.is_some_and(|resumed_at| first.sequence <= *resumed_at)
            });
            if let Some(process) = passed {
                faults.push(format!(
                    "process {process} resumed after event {number}, which was not handled"
                ));
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::{HandledEvent, Record};

    fn handled(record: &mut Record, number: u64, sequence: u64) {
        record.handled(HandledEvent {
            number,
            shard: 0,
            sequence,
        });
    }

    /// Two events of shard 0, the first of which was handled by the first process.
    fn record() -> Record {
        let mut record = Record::default();
        record.process_started();
        record.sent(1, 0);
        record.sent(2, 0);
        handled(&mut record, 1, 10);
        record
    }

    #[test]
    fn event_that_is_handled_again_after_a_resume_is_counted() {
        let mut record = record();
        record.process_started();
        record.resumes(0, 9);
        handled(&mut record, 1, 10);
        assert_eq!(record.missing(), 1);
        handled(&mut record, 2, 11);
        assert_eq!((record.again(), record.missing()), (1, 0));
        assert!(record.faults().is_empty());
    }

    #[test]
    fn acknowledged_event_must_not_be_handled_again() {
        let mut record = record();
        record.process_started();
        record.resumes(0, 10);
        handled(&mut record, 1, 10);
        handled(&mut record, 2, 11);
        assert_eq!(record.faults().len(), 1, "{:?}", record.faults());
    }

    #[test]
    fn missing_and_passed_events_are_faults() {
        let mut passed = record();
        assert_eq!(passed.faults(), ["event 2 was not handled"]);
        passed.process_started();
        passed.resumes(0, 11);
        passed.process_started();
        passed.resumes(0, 10);
        handled(&mut passed, 2, 11);
        assert_eq!(passed.faults().len(), 2, "{:?}", passed.faults());
    }

    #[test]
    fn one_process_must_not_handle_an_event_twice() {
        let mut record = record();
        handled(&mut record, 1, 10);
        handled(&mut record, 2, 11);
        assert_eq!(record.faults(), ["one process handled event 1 twice"]);
    }

    #[test]
    fn state_counts_each_event_once() {
        let expected = record().expected(0);
        assert_eq!((expected.events, expected.sum), (2, 3));
    }
}
