//! The identifies that a queue itself recorded in its ledger, to tell them from those of other processes.

use std::time::{Duration, Instant};

use crate::{
    ledger::{LedgerState, RecordedIdentify},
    limits::PERMIT_LEASE,
    ticket::Ticket,
};

/// For how long the ledger may name an identify as a reason to wait: until its lease and the spacing after it end.
const KEPT: Duration = PERMIT_LEASE.saturating_mul(2);

#[derive(Debug, Default)]
pub(super) struct OwnIdentifies(Vec<Own>);

#[derive(Debug)]
struct Own {
    identify: RecordedIdentify,
    status: PermitStatus,
    until: Instant,
}

/// What became of a permit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum PermitStatus {
    Leased(Ticket),
    Sent,
    Returned,
}

impl OwnIdentifies {
    /// Adds an identify that will be recorded for a permit.
    pub(super) fn add(&mut self, now: Instant, ticket: Ticket, identify: RecordedIdentify) {
        self.0.retain(|own| own.until > now);
        self.0.push(Own {
            identify,
            status: PermitStatus::Leased(ticket),
            until: now + KEPT,
        });
    }

    pub(super) fn sent(&mut self, ticket: Ticket) {
        self.change(ticket, PermitStatus::Sent);
    }

    pub(super) fn returned(&mut self, ticket: Ticket) {
        self.change(ticket, PermitStatus::Returned);
    }

    /// Removes an identify that the ledger refused.
    pub(super) fn refused(&mut self, ticket: Ticket) {
        self.0
            .retain(|own| own.status != PermitStatus::Leased(ticket));
    }

    pub(super) fn contains(&self, identify: &RecordedIdentify) -> bool {
        self.0.iter().any(|own| own.identify == *identify)
    }

    /// Returns the number of identifies that the ledger counts, and this process does not or not yet.
    pub(super) fn ahead_in(&self, state: &LedgerState) -> u32 {
        let ahead = self.0.iter().filter(|own| own.status != PermitStatus::Sent);
        let ahead = ahead.filter(|own| state.spent().any(|spent| spent == own.identify));
        u32::try_from(ahead.count()).unwrap_or(u32::MAX)
    }

    fn change(&mut self, ticket: Ticket, to: PermitStatus) {
        for own in &mut self.0 {
            if own.status == PermitStatus::Leased(ticket) {
                own.status = to;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{KEPT, OwnIdentifies};
    use crate::{
        clock_reading::ClockReading,
        ledger::{LedgerEntry, LedgerState, RecordedIdentify},
        ticket::Ticket,
        timestamp::Timestamp,
    };
    use std::time::Instant;

    const AT: Timestamp = Timestamp::from_millis(1_750_000_000_000);

    fn identify(shard: u32) -> RecordedIdentify {
        RecordedIdentify { shard, at: AT }
    }

    #[test]
    fn identifies_that_are_not_sent_yet_are_counted_by_the_ledger_alone() {
        let now = Instant::now();
        let mut own = OwnIdentifies::default();
        let mut state = LedgerState::default();
        for shard in 0..4 {
            own.add(now, Ticket(shard.into()), identify(shard));
            let entry = LedgerEntry::Spent(identify(shard));
            state.apply(&entry, &ClockReading::of_wall(AT));
        }
        own.add(now, Ticket(4), identify(4));
        assert_eq!(own.ahead_in(&state), 4, "one is not recorded yet");
        own.sent(Ticket(0));
        own.returned(Ticket(1));
        own.refused(Ticket(2));
        assert_eq!(own.ahead_in(&state), 2);
        assert!(own.contains(&identify(0)) && own.contains(&identify(1)));
        assert!(!own.contains(&identify(2)));

        own.add(now + KEPT, Ticket(9), identify(9));
        assert!(!own.contains(&identify(0)));
        assert!(own.contains(&identify(9)));
    }
}
