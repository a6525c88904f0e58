//! Which events of which guild were handled.

use crate::{failure::Faults, shared::Shared};
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::watch;

/// The numbered events of all guilds.
#[derive(Debug, Default)]
pub(crate) struct Record {
    guilds: BTreeMap<u64, Guild>,
    doubled: u64,
    /// Handled after a later one of the guild.
    late: u64,
    faults: Faults,
    handled: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Guild {
    sent: u64,
    /// The number of the event after all that were handled.
    next: u64,
    /// The numbers before it that were not.
    missing: BTreeSet<u64>,
}

/// What a case has found of the events.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Findings {
    pub(crate) sent: u64,
    pub(crate) missing: u64,
    pub(crate) doubled: u64,
    pub(crate) late: u64,
}

impl Record {
    /// The next event of a guild is sent. Returns its number.
    pub(crate) fn sent(&mut self, guild: u64) -> u64 {
        let guild = self.guilds.entry(guild).or_default();
        guild.sent += 1;
        guild.sent - 1
    }

    pub(crate) fn handled(&mut self, guild: u64, number: u64) {
        let of_guild = self.guilds.entry(guild).or_default();
        if number >= of_guild.sent {
            let fault = format!("event {number} of guild {guild} was not sent");
            return self.faults.add(fault);
        }
        if number >= of_guild.next {
            of_guild.missing.extend(of_guild.next..number);
            of_guild.next = number + 1;
        } else if of_guild.missing.remove(&number) {
            self.late += 1;
        } else {
            self.doubled += 1;
            return;
        }
        self.handled.send_modify(|handled| *handled += 1);
    }

    /// The number of events that were handled, each counted once.
    pub(crate) fn watch_handled(&self) -> watch::Receiver<u64> {
        self.handled.subscribe()
    }

    pub(crate) fn fault(&mut self, fault: impl Into<String>) {
        self.faults.add(fault);
    }

    /// Returns the figures, and everything that must not have happened.
    pub(crate) fn finish(mut self) -> (Findings, Faults) {
        let guilds = self.guilds.values();
        let (mut sent, mut missing) = (0, 0);
        for guild in guilds {
            sent += guild.sent;
            missing += guild.sent - guild.next + guild.missing.len() as u64;
        }
        let findings = Findings {
            sent,
            missing,
            doubled: self.doubled,
            late: self.late,
        };
        self.faults.add_some(missing, "were not handled");
        self.faults.add_some(findings.doubled, "were handled twice");
        let late = "were handled after a later one of their guild";
        self.faults.add_some(findings.late, late);
        (findings, self.faults)
    }
}

/// A record that several tasks share.
pub(crate) type SharedRecord = Shared<Record>;

#[cfg(test)]
mod tests {
    use super::{Findings, Record};

    #[test]
    fn missing_doubled_and_late_events_are_told_apart() {
        let mut record = Record::default();
        for guild in [7, 7, 7, 7, 8, 8] {
            record.sent(guild);
        }
        for number in [0, 2, 1, 2] {
            record.handled(7, number);
        }
        record.handled(8, 1);
        record.handled(8, 2);
        assert_eq!(*record.watch_handled().borrow(), 4);
        let (findings, faults) = record.finish();
        let expected = Findings {
            sent: 6,
            missing: 2,
            doubled: 1,
            late: 1,
        };
        assert_eq!(findings, expected);
        assert_eq!(faults.len(), 4, "{faults}");
    }

    #[test]
    fn each_event_once_and_in_order_is_no_fault() {
        let mut record = Record::default();
        for number in 0..3 {
            assert_eq!(record.sent(7), number);
            record.handled(7, number);
        }
        assert_eq!(record.finish().1.len(), 0);
    }
}
