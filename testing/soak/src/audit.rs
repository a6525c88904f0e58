//! Settles sessions in the ledger when the gateway reports their end.

use gloaming_emulator::model::SessionEndReason;

use crate::ledger::{Ledger, SentEvents, SessionOutcome};

/// Passes until an ended session is settled whose events were delivered.
const PASSES: u32 = 2;

/// Passes until an ended session is settled whose READY may still be buffered.
const MAX_PASSES: u32 = 24;

/// Whether sessions may have ended without a report.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum MissedEnds {
    /// The gateway reported every end.
    #[default]
    None,
    /// More sessions ended between two reports than the gateway keeps.
    Some,
}

/// A session that ended, according to the gateway.
#[derive(Clone, Debug)]
pub struct EndedSession {
    /// The session's id.
    pub id: String,
    /// The shard's number.
    pub shard: u32,
    /// The sequence number of the last event.
    pub sequence: u64,
    /// The reason of the end.
    pub reason: SessionEndReason,
}

/// A session that is active, according to the gateway.
#[derive(Clone, Debug)]
pub struct ActiveSession {
    /// The session's id.
    pub id: String,
    /// The shard's number.
    pub shard: u32,
    /// The sequence number of the last event.
    pub sequence: u64,
}

/// Settles sessions in the ledger when the gateway reports their end. The memory is bounded by the number of
/// sessions that end within some minutes.
#[derive(Debug, Default)]
pub struct Audit {
    /// The last session that was reported.
    last: Option<String>,
    /// The sessions that are not settled, with the passes since their report.
    pending: Vec<(EndedSession, u32)>,
    missed_ends: MissedEnds,
}

impl Audit {
    /// Adds the sessions that ended last, oldest first. They may include sessions of earlier reports.
    pub fn report(&mut self, ended: Vec<EndedSession>) {
        let known = match &self.last {
            Some(last) => ended.iter().rposition(|it| it.id == *last),
            None => None,
        };
        if self.last.is_some() && known.is_none() {
            self.missed_ends = MissedEnds::Some;
        }
        if let Some(newest) = ended.last() {
            self.last = Some(newest.id.clone());
        }
        let new = ended.into_iter().skip(known.map_or(0, |known| known + 1));
        self.pending.extend(new.map(|ended| (ended, 0)));
    }

    /// Makes a pass: settles the sessions without events in transit. Call this regularly.
    pub fn pass(&mut self, ledger: &mut Ledger) {
        self.pending.retain_mut(|(ended, passes)| {
            *passes += 1;
            if ledger.is_current(ended.shard, &ended.id) {
                return true;
            }
            let is_complete = match ledger.last_delivered(&ended.id) {
                Some(last) if last > 0 => *passes > PASSES,
                _ => *passes > MAX_PASSES,
            };
            if is_complete {
                settle(ledger, ended);
            }
            !is_complete
        });
    }

    /// Settles all sessions, including the active ones. No events may be in transit.
    pub fn finish(&mut self, ledger: &mut Ledger, active: &[ActiveSession]) {
        for (ended, _) in self.pending.drain(..) {
            settle(ledger, &ended);
        }
        for ActiveSession {
            id,
            shard,
            sequence,
        } in active
        {
            let outcome = match ledger.is_current(*shard, id) {
                true => SessionOutcome::Active,
                false => SessionOutcome::Abandoned,
            };
            ledger.settle(&SentEvents {
                session: id,
                shard: *shard,
                sequence: *sequence,
                outcome,
            });
        }
    }

    /// Returns whether sessions may have ended without a report.
    #[must_use]
    pub const fn missed_ends(&self) -> MissedEnds {
        self.missed_ends
    }
}

fn settle(ledger: &mut Ledger, ended: &EndedSession) {
    ledger.settle(&SentEvents {
        session: &ended.id,
        shard: ended.shard,
        sequence: ended.sequence,
        outcome: outcome(ended.reason),
    });
}

/// A session is abandoned if the client could have resumed it.
const fn outcome(reason: SessionEndReason) -> SessionOutcome {
    match reason {
        SessionEndReason::ClosedByClient
        | SessionEndReason::Expired
        | SessionEndReason::TokenReset => SessionOutcome::Abandoned,
        _ => SessionOutcome::EndedByGateway,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(id: &str, sequence: u64, reason: SessionEndReason) -> EndedSession {
        EndedSession {
            id: id.to_owned(),
            shard: 0,
            sequence,
            reason,
        }
    }

    #[test]
    fn events_in_transit_are_awaited() {
        let (mut ledger, mut audit) = (Ledger::default(), Audit::default());
        ledger.ready(0, "a", 1);
        audit.report(vec![ended("a", 3, SessionEndReason::Forgotten)]);
        for _ in 0..100 {
            audit.pass(&mut ledger);
        }
        assert_eq!(ledger.totals().sessions, 0);
        ledger.sequenced(0, 2);
        ledger.sequenced(0, 3);
        ledger.ready(0, "b", 1);
        audit.pass(&mut ledger);
        assert_eq!(
            (ledger.totals().sessions, ledger.totals().delivered),
            (1, 3)
        );
        assert!(ledger.totals().is_ok());
    }

    #[test]
    fn ready_in_transit_is_awaited_longer() {
        let (mut ledger, mut audit) = (Ledger::default(), Audit::default());
        audit.report(vec![ended("a", 2, SessionEndReason::Forgotten)]);
        for _ in 0..MAX_PASSES {
            audit.pass(&mut ledger);
        }
        ledger.ready(0, "a", 1);
        ledger.sequenced(0, 2);
        ledger.ready(0, "b", 1);
        audit.pass(&mut ledger);
        assert_eq!(
            (ledger.totals().delivered, ledger.totals().never_ready),
            (2, 0)
        );
    }

    #[test]
    fn events_of_an_abandoned_session_are_lost() {
        for (reason, lost) in [
            (SessionEndReason::Expired, 4),
            (SessionEndReason::ClosedByClient, 4),
            (SessionEndReason::Invalidated, 0),
            (SessionEndReason::ClosedByGateway, 0),
        ] {
            let (mut ledger, mut audit) = (Ledger::default(), Audit::default());
            ledger.ready(0, "a", 1);
            audit.report(vec![ended("a", 5, reason)]);
            audit.finish(&mut ledger, &[]);
            assert_eq!(ledger.totals().lost, lost, "{reason:?}");
        }
    }

    #[test]
    fn active_session_beside_the_current_one_is_abandoned() {
        let (mut ledger, mut audit) = (Ledger::default(), Audit::default());
        ledger.ready(0, "a", 1);
        ledger.ready(0, "b", 1);
        let active = ["a", "b", "c"].map(|id| ActiveSession {
            id: id.to_owned(),
            shard: 0,
            sequence: 2,
        });
        ledger.sequenced(0, 2);
        audit.finish(&mut ledger, &active);
        let totals = ledger.totals();
        assert_eq!(
            (totals.lost, totals.never_ready),
            (1, 2),
            "a lost an event, and no shard knows c"
        );
    }

    #[test]
    fn sessions_of_overlapping_reports_are_settled_once() {
        let (mut ledger, mut audit) = (Ledger::default(), Audit::default());
        let all = |ids: &[&str]| -> Vec<EndedSession> {
            let one = |id: &&str| ended(id, 1, SessionEndReason::Forgotten);
            ids.iter().map(one).collect()
        };
        audit.report(all(&["a", "b"]));
        audit.report(all(&["a", "b"]));
        audit.report(all(&["b", "c"]));
        assert_eq!(audit.missed_ends(), MissedEnds::None);
        audit.report(all(&["e", "f"]));
        assert_eq!(audit.missed_ends(), MissedEnds::Some);
        audit.finish(&mut ledger, &[]);
        assert_eq!(ledger.totals().sessions, 5);
    }
}
