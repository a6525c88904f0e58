//! What an engine does with its ledger of identifies.

use crate::budget::{IdentifyPermit, PermitOutcome};
use gloaming_queue::{
    BootId, BootTime, ClockReading, LedgerEntry, LedgerState, LedgerVerdict, LimitSnapshot,
    QueueSettings, RecordedIdentify, Timestamp, WaitReason,
};
use std::time::Duration;

/// The ledger of an engine at a moment of the engine's clock: the decisions behind its [`Budget`](crate::Budget), without IO.
///
/// An engine reads its ledger, calls a method, and stores the ledger if it was [changed](LedgerChange::Changed), in one step: a
/// change of another node in between must not be overwritten. The clock counts as one boot that does not end. Where it runs
/// backward, the ledger takes no time as passed.
///
/// ```
/// use gloaming_coordinator::{FleetLedger, LedgerChange, PermitOutcome};
/// use gloaming_queue::{LedgerState, QueueSettings, Timestamp};
///
/// let (mut stored, settings) = (LedgerState::default(), QueueSettings::default());
/// let now = Timestamp::from_millis(1_796_036_069_887);
/// let change = FleetLedger::at(&mut stored, now).permit(0, &settings);
/// assert!(matches!(change, LedgerChange::Changed(PermitOutcome::Granted(_))));
/// // Five seconds have to pass (P11).
/// let change = FleetLedger::at(&mut stored, now).permit(0, &settings);
/// assert!(matches!(change, LedgerChange::Unchanged(PermitOutcome::Refused { .. })));
/// ```
#[derive(Debug)]
pub struct FleetLedger<'a> {
    state: &'a mut LedgerState,
    now: Timestamp,
}

/// Whether a ledger has to be stored, with the answer of the engine.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use = "a ledger that was changed has to be stored"]
pub enum LedgerChange<T> {
    /// It has to be stored before the answer is given.
    Changed(T),
    /// It is as it was.
    Unchanged(T),
}

impl<T> LedgerChange<T> {
    /// Returns the answer, for an engine whose ledger needs no storing.
    #[must_use]
    pub fn into_answer(self) -> T {
        match self {
            Self::Changed(answer) | Self::Unchanged(answer) => answer,
        }
    }
}

impl<'a> FleetLedger<'a> {
    /// Returns the ledger at this time of the engine.
    #[must_use]
    pub const fn at(state: &'a mut LedgerState, now: Timestamp) -> Self {
        Self { state, now }
    }

    /// Permits an identify of the shard with this number, if the limits allow it; see [`Budget::permit`](crate::Budget::permit).
    pub fn permit(self, shard: u32, settings: &QueueSettings) -> LedgerChange<PermitOutcome> {
        let now = reading(self.now);
        let identify = RecordedIdentify {
            shard,
            at: now.wall,
        };
        let reason = match self.state.spend(identify, settings, &now) {
            LedgerVerdict::Recorded => {
                return LedgerChange::Changed(PermitOutcome::Granted(IdentifyPermit { identify }));
            }
            LedgerVerdict::Refused(reason) => reason,
            _ => WaitReason::Budget,
        };
        let refused = PermitOutcome::refused(self.state, reason, shard, settings, &now);
        LedgerChange::Unchanged(refused)
    }

    /// Records that IDENTIFY was sent so long ago, also if the engine has forgotten the permit; see
    /// [`Budget::sent`](crate::Budget::sent).
    pub fn sent(self, permit: IdentifyPermit, ago: Duration) -> LedgerChange<()> {
        let (identify, now) = (permit.identify, reading(self.now));
        if !self.knows(permit) {
            self.state.apply(&LedgerEntry::Spent(identify), &now);
        }
        let ago = u64::try_from(ago.as_millis()).unwrap_or(u64::MAX);
        let sent_at = Timestamp::from_millis(self.now.as_millis().saturating_sub(ago));
        let at = reading(sent_at);
        self.state.apply(&LedgerEntry::Sent { identify, at }, &now);
        LedgerChange::Changed(())
    }

    /// Gives a permit back; see [`Budget::give_back`](crate::Budget::give_back).
    pub fn give_back(self, permit: IdentifyPermit) -> LedgerChange<()> {
        if !self.knows(permit) {
            return LedgerChange::Unchanged(());
        }
        let returned = LedgerEntry::Returned(permit.identify);
        self.state.apply(&returned, &reading(self.now));
        LedgerChange::Changed(())
    }

    /// Notes how many identifies are left of the day by these settings, if that is less than the ledger knows.
    pub fn assume_limit(self, settings: &QueueSettings) -> LedgerChange<()> {
        let assumed = LedgerEntry::LimitAssumed(self.limit_of(settings));
        self.note_limit(&assumed)
    }

    /// Notes how many identifies are left of the day by what Discord has just reported.
    pub fn report_limit(self, settings: &QueueSettings) -> LedgerChange<()> {
        let reported = LedgerEntry::LimitReported(self.limit_of(settings));
        self.note_limit(&reported)
    }

    fn limit_of(&self, settings: &QueueSettings) -> LimitSnapshot {
        LimitSnapshot {
            at: self.now,
            remaining: settings.remaining,
            total: settings.total,
            resets_at: self.now.saturating_add(settings.reset_after),
        }
    }

    fn note_limit(self, limit: &LedgerEntry) -> LedgerChange<()> {
        let before = self.state.limit().cloned();
        self.state.apply(limit, &reading(self.now));
        match self.state.limit() == before.as_ref() {
            true => LedgerChange::Unchanged(()),
            false => LedgerChange::Changed(()),
        }
    }

    fn knows(&self, permit: IdentifyPermit) -> bool {
        self.state.spent().any(|known| known == permit.identify)
    }
}

fn reading(now: Timestamp) -> ClockReading {
    ClockReading {
        wall: now,
        boot: Some(BootTime {
            id: BootId::new(1),
            uptime: now.as_millis(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_796_036_069_887);

    fn granted(state: &mut LedgerState) -> IdentifyPermit {
        match FleetLedger::at(state, NOW).permit(3, &QueueSettings::default()) {
            LedgerChange::Changed(PermitOutcome::Granted(permit)) => permit,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn identify_that_was_forgotten_is_recorded_again() {
        let permit = granted(&mut LedgerState::default());
        let mut forgetful = LedgerState::default();
        let sent = FleetLedger::at(&mut forgetful, NOW).sent(permit, Duration::from_secs(2));
        assert_eq!(sent, LedgerChange::Changed(()));
        assert!(forgetful.spent().eq([permit.identify]));
    }

    #[test]
    fn permit_is_given_back_once() {
        let mut state = LedgerState::default();
        let permit = granted(&mut state);
        for expected in [LedgerChange::Changed(()), LedgerChange::Unchanged(())] {
            let change = FleetLedger::at(&mut state, NOW).give_back(permit);
            assert_eq!(change, expected);
        }
        assert_eq!(granted(&mut state), permit, "it keeps no key");
    }

    #[test]
    fn limit_that_is_known_changes_nothing() {
        let mut state = LedgerState::default();
        let settings = QueueSettings {
            remaining: 7,
            ..QueueSettings::default()
        };
        for expected in [LedgerChange::Changed(()), LedgerChange::Unchanged(())] {
            let change = FleetLedger::at(&mut state, NOW).assume_limit(&settings);
            assert_eq!(change, expected);
        }
    }
}
