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
    /// Neither sent nor returned. The lease may have ended; the scheduler knows.
    Leased(Ticket),
    Sent,
    Returned {
        /// The batch of the ledger in which that is written.
        batch: u64,
    },
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

    /// The permit was returned, which the ledger writes down in this batch.
    pub(super) fn returned(&mut self, ticket: Ticket, batch: u64) {
        self.change(ticket, PermitStatus::Returned { batch });
    }

    /// Removes an identify that the ledger refused.
    pub(super) fn refused(&mut self, ticket: Ticket) {
        self.0
            .retain(|own| own.status != PermitStatus::Leased(ticket));
    }

    /// Returns whether the scheduler itself keeps the spacing after an identify. For one whose lease has ended, the
    /// ledger may have started later than the scheduler, and decides.
    pub(super) fn are_spaced_after(
        &self,
        identify: &RecordedIdentify,
        mut is_leased: impl FnMut(Ticket) -> bool,
    ) -> bool {
        let mut same = self.0.iter().filter(|own| own.identify == *identify);
        same.any(|own| match own.status {
            PermitStatus::Leased(ticket) => is_leased(ticket),
            PermitStatus::Sent | PermitStatus::Returned { .. } => true,
        })
    }

    /// Returns the number of identifies that the ledger counts as of this batch, and the scheduler does not or not yet.
    ///
    /// The scheduler counts a permit once its lease has ended, as the ledger does. A permit that was returned is ahead
    /// only until the ledger has written that. If the write failed, the ledger goes on counting it, and refuses another
    /// one in its place.
    pub(super) fn ahead_in(
        &self,
        state: &LedgerState,
        batch: u64,
        mut is_leased: impl FnMut(Ticket) -> bool,
    ) -> u32 {
        let ahead = self.0.iter().filter(|own| match own.status {
            PermitStatus::Leased(ticket) => is_leased(ticket),
            PermitStatus::Returned { batch: written } => batch <= written,
            PermitStatus::Sent => false,
        });
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
        let leased = |_| true;
        assert_eq!(
            own.ahead_in(&state, 1, leased),
            4,
            "one is not recorded yet"
        );
        own.sent(Ticket(0));
        own.returned(Ticket(1), 2);
        own.refused(Ticket(2));
        assert_eq!(own.ahead_in(&state, 1, leased), 2);
        assert_eq!(own.ahead_in(&state, 2, leased), 2);
        assert_eq!(
            own.ahead_in(&state, 3, leased),
            1,
            "its return was written, or lost"
        );
        assert_eq!(own.ahead_in(&state, 3, |_| false), 0, "the lease has ended");
        for shard in [0, 1, 3] {
            assert!(own.are_spaced_after(&identify(shard), leased));
        }
        assert!(own.are_spaced_after(&identify(0), |_| false));
        assert!(
            !own.are_spaced_after(&identify(2), leased),
            "another process sent it"
        );
        assert!(!own.are_spaced_after(&identify(3), |_| false));

        own.add(now + KEPT, Ticket(9), identify(9));
        assert!(!own.are_spaced_after(&identify(0), leased));
        assert!(own.are_spaced_after(&identify(9), leased));
    }
}
