//! What the fleet's budget is told about permits. Without IO or a clock.

use crate::gate::PermitEnd;
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// How long an identify is reported again if the engine may have forgotten it.
const KEPT: Duration = Duration::from_secs(300);

/// How long the return of an unused permit is tried. A permit counts for the day if it is lost, and for nothing else.
const RETURN_TRIED: Duration = Duration::from_secs(60);

/// The time between two tries.
const RETRY: Duration = Duration::from_secs(1);

/// The number of identifies that are kept. A bot sends fewer within their time, whatever its limits are.
const MAX_KEPT: usize = 4096;

/// The ends of this node's permits, until the engine knows them for sure.
#[derive(Debug, Default)]
pub(crate) struct IdentifyReports {
    entries: VecDeque<Entry>,
    next_id: u64,
}

/// Identifies a report until it is answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct ReportId(u64);

#[derive(Debug)]
struct Entry {
    id: ReportId,
    end: PermitEnd,
    /// `None` until it was tried.
    first_tried: Option<Instant>,
    state: ReportState,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum ReportState {
    DueAt(Option<Instant>),
    Pending,
    Known,
}

/// Whether the engine has a report.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ReportOutcome {
    Known,
    Unknown,
}

impl IdentifyReports {
    /// Adds the end of a permit.
    pub(crate) fn note(&mut self, end: PermitEnd) {
        let id = ReportId(self.next_id);
        self.next_id += 1;
        if self.entries.len() >= MAX_KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry {
            id,
            end,
            first_tried: None,
            state: ReportState::DueAt(None),
        });
    }

    /// Returns a report that is due, until there is none.
    pub(crate) fn next(&mut self, now: Instant) -> Option<(ReportId, PermitEnd)> {
        self.entries.retain(|entry| !entry.is_over(now));
        let due = self.entries.iter_mut().find(|entry| match entry.state {
            ReportState::DueAt(at) => at.is_none_or(|at| at <= now),
            ReportState::Pending | ReportState::Known => false,
        })?;
        due.first_tried.get_or_insert(now);
        due.state = ReportState::Pending;
        Some((due.id, due.end))
    }

    /// Returns when the next report is due, if one waits.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let due = self.entries.iter().filter_map(|entry| match entry.state {
            ReportState::DueAt(at) => at,
            ReportState::Pending | ReportState::Known => None,
        });
        due.min()
    }

    /// Notes the answer to a report.
    pub(crate) fn answered(&mut self, now: Instant, id: ReportId, outcome: ReportOutcome) {
        let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == id) else {
            return;
        };
        if entry.state == ReportState::Pending {
            entry.state = match outcome {
                ReportOutcome::Known => ReportState::Known,
                ReportOutcome::Unknown => ReportState::DueAt(Some(now + RETRY)),
            };
        }
    }

    /// Reports the identifies of the last minutes again, since the engine may have forgotten them.
    pub(crate) fn repeat(&mut self, now: Instant) {
        for entry in &mut self.entries {
            if matches!(entry.end, PermitEnd::Sent(..)) {
                entry.state = ReportState::DueAt(Some(now));
            }
        }
    }
}

impl Entry {
    /// Returns whether nothing will be reported any more.
    fn is_over(&self, now: Instant) -> bool {
        match self.end {
            PermitEnd::Sent(_, sent) => sent + KEPT <= now,
            PermitEnd::Unused(_) => {
                let is_late = self.first_tried.is_some_and(|at| at + RETURN_TRIED <= now);
                self.state == ReportState::Known || is_late
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::now;
    use gloaming_coordinator::IdentifyPermit;
    use gloaming_queue::{RecordedIdentify, Timestamp};

    fn permit(shard: u32) -> IdentifyPermit {
        let at = Timestamp::from_millis(1);
        IdentifyPermit {
            identify: RecordedIdentify { shard, at },
        }
    }

    #[test]
    fn identify_is_reported_until_it_is_known_and_again_after_an_interruption() {
        let start = now();
        let sent = PermitEnd::Sent(permit(1), start);
        let mut reports = IdentifyReports::default();
        reports.note(sent);
        let (id, end) = reports.next(start).unwrap();
        assert_eq!(end, sent);
        assert_eq!(reports.next(start), None);
        reports.answered(start, id, ReportOutcome::Unknown);
        assert_eq!(reports.next_due(), Some(start + RETRY));
        assert_eq!(reports.next(start + RETRY), Some((id, sent)));
        reports.answered(start + RETRY, id, ReportOutcome::Known);
        assert_eq!(reports.next_due(), None);

        reports.repeat(start + 2 * RETRY);
        assert_eq!(reports.next(start + 2 * RETRY), Some((id, sent)));
        reports.answered(start + 2 * RETRY, id, ReportOutcome::Known);
        reports.repeat(start + KEPT);
        assert_eq!(reports.next(start + KEPT), None);
    }

    #[test]
    fn return_of_a_permit_is_given_up_after_a_minute() {
        let start = now();
        let mut reports = IdentifyReports::default();
        reports.note(PermitEnd::Unused(permit(1)));
        let (id, _) = reports.next(start).unwrap();
        reports.answered(start, id, ReportOutcome::Unknown);
        assert!(reports.next(start + RETURN_TRIED).is_none());
        reports.repeat(start + RETURN_TRIED);
        assert_eq!(reports.next_due(), None);
    }

    #[test]
    fn reports_are_bounded() {
        let start = now();
        let mut reports = IdentifyReports::default();
        for shard in 0..2 * MAX_KEPT {
            reports.note(PermitEnd::Sent(permit(shard as u32), start));
        }
        assert_eq!(reports.entries.len(), MAX_KEPT);
    }
}
