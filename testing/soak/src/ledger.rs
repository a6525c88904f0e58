//! The events that shards delivered, compared with those that the gateway sent.
//!
//! The memory is bounded for any duration: an open session takes a few numbers, and a settled session is only
//! part of the totals.

mod deliveries;
mod totals;

use std::collections::BTreeMap;

use self::deliveries::Deliveries;
pub use self::totals::{Finding, SentEvents, SessionOutcome, Totals};

/// The events that shards delivered, by session.
#[derive(Debug, Default)]
pub struct Ledger {
    /// The sessions that are not settled, by id.
    open: BTreeMap<Box<str>, Deliveries>,
    /// The session of each shard's events.
    current: BTreeMap<u32, Box<str>>,
    totals: Totals,
}

impl Ledger {
    /// The shard reported that it has this session. Its READY may never be delivered.
    pub fn session_started(&mut self, shard: u32, session: &str) {
        self.deliveries(shard, session);
    }

    /// READY was delivered: the following events belong to this session.
    pub fn ready(&mut self, shard: u32, session: &str, sequence: u64) {
        self.deliveries(shard, session).sequenced(sequence);
        self.current.insert(shard, session.into());
    }

    /// An event with this sequence number was delivered.
    pub fn sequenced(&mut self, shard: u32, sequence: u64) {
        match self.current_of(shard) {
            Some(deliveries) => deliveries.sequenced(sequence),
            None => self.totals.without_session += 1,
        }
    }

    /// An event was delivered whose sequence number is not known. It counts as the next one.
    pub fn unsequenced(&mut self, shard: u32) {
        match self.current_of(shard) {
            Some(deliveries) => deliveries.unsequenced(),
            None => self.totals.without_session += 1,
        }
    }

    /// Among [unsequenced](Self::unsequenced) events, an event with this sequence number was delivered.
    pub fn marker(&mut self, shard: u32, sequence: u64) {
        match self.current_of(shard) {
            Some(deliveries) => deliveries.marker(sequence),
            None => self.totals.without_session += 1,
        }
    }

    /// The shard reported that the rest of the session is lost.
    pub fn gap_reported(&mut self, session: &str) {
        if let Some(deliveries) = self.open.get_mut(session) {
            deliveries.gap_reported();
        }
    }

    /// The shard's client was stopped. Sessions without a delivered event are dropped, since their READY was
    /// withheld: the next client resumes the session before them, or identifies.
    pub fn client_stopped(&mut self, shard: u32) {
        self.open
            .retain(|_, deliveries| deliveries.shard != shard || deliveries.last() > 0);
    }

    /// Returns whether events of this session may still be delivered.
    #[must_use]
    pub fn is_current(&self, shard: u32, session: &str) -> bool {
        self.current.get(&shard).is_some_and(|id| **id == *session)
    }

    /// Returns the last sequence number that was delivered, 0 for none, or `None` if the session is not known.
    #[must_use]
    pub fn last_delivered(&self, session: &str) -> Option<u64> {
        self.open.get(session).map(Deliveries::last)
    }

    /// Compares a session with what was sent, adds it to the totals and removes it.
    pub fn settle(&mut self, sent: &SentEvents<'_>) {
        let deliveries = self.open.remove(sent.session);
        self.totals.add(sent, deliveries.as_ref());
    }

    /// Returns the number of delivered events, without duplicates.
    #[must_use]
    pub fn delivered(&self) -> u64 {
        let open = self.open.values().map(Deliveries::delivered);
        self.totals.delivered + open.sum::<u64>()
    }

    /// Returns the totals of the settled sessions.
    #[must_use]
    pub const fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Returns the number of sessions that are not settled.
    #[must_use]
    pub fn open_sessions(&self) -> usize {
        self.open.len()
    }

    fn deliveries(&mut self, shard: u32, session: &str) -> &mut Deliveries {
        self.open
            .entry(session.into())
            .or_insert_with(|| Deliveries::new(shard))
    }

    fn current_of(&mut self, shard: u32) -> Option<&mut Deliveries> {
        let session = self.current.get(&shard)?;
        self.open.get_mut(session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(sequence: u64, outcome: SessionOutcome) -> SentEvents<'static> {
        SentEvents {
            session: "s",
            shard: 3,
            sequence,
            outcome,
        }
    }

    /// A ledger with one session of shard 3, of which these sequence numbers were delivered.
    fn ledger_with(sequences: impl IntoIterator<Item = u64>) -> Ledger {
        let mut ledger = Ledger::default();
        ledger.ready(3, "s", 1);
        for sequence in sequences {
            ledger.sequenced(3, sequence);
        }
        ledger
    }

    fn settled(mut ledger: Ledger, sequence: u64, outcome: SessionOutcome) -> Totals {
        ledger.settle(&sent(sequence, outcome));
        assert_eq!(ledger.open_sessions(), 0);
        ledger.totals().clone()
    }

    #[test]
    fn every_event_once_is_ok() {
        let totals = settled(ledger_with(2..=100), 100, SessionOutcome::Active);
        assert_eq!((totals.sent, totals.delivered), (100, 100));
        assert!(totals.is_ok(), "{totals:?}");
    }

    #[test]
    fn missing_events_are_lost_for_every_outcome() {
        for outcome in [
            SessionOutcome::Active,
            SessionOutcome::Abandoned,
            SessionOutcome::EndedByGateway,
        ] {
            let totals = settled(ledger_with([2, 3, 6, 7]), 7, outcome);
            assert_eq!((totals.lost, totals.delivered), (2, 5), "{outcome:?}");
            assert_eq!(
                totals.findings[0].to_string(),
                "shard 3 lost 2 events of session s, the first after 3"
            );
        }
    }

    #[test]
    fn missing_tail_is_lost_if_the_session_was_resumable() {
        assert_eq!(
            settled(ledger_with([2, 3]), 5, SessionOutcome::Active).lost,
            2
        );
        let abandoned = settled(ledger_with([2, 3]), 5, SessionOutcome::Abandoned);
        assert_eq!(abandoned.lost, 2);
        assert!(!abandoned.is_ok());
    }

    #[test]
    fn tail_of_a_session_ended_by_the_gateway_must_be_reported() {
        let mut ledger = ledger_with([2, 3]);
        ledger.gap_reported("s");
        let totals = settled(ledger, 5, SessionOutcome::EndedByGateway);
        assert_eq!(
            (totals.lost, totals.ended_by_gateway, totals.unreported),
            (0, 2, 0)
        );
        assert!(totals.is_ok());

        let totals = settled(ledger_with([2, 3]), 5, SessionOutcome::EndedByGateway);
        assert_eq!((totals.ended_by_gateway, totals.unreported), (2, 2));
        assert!(!totals.is_ok());
    }

    #[test]
    fn repeated_event_is_a_duplicate() {
        let totals = settled(ledger_with([2, 3, 4, 3, 5]), 5, SessionOutcome::Active);
        assert_eq!(
            (totals.duplicated, totals.lost, totals.delivered),
            (1, 0, 5)
        );
        assert!(!totals.is_ok());
    }

    #[test]
    fn late_event_is_out_of_order_and_not_lost() {
        let totals = settled(ledger_with([2, 4, 3, 5]), 5, SessionOutcome::Active);
        assert_eq!(
            (totals.out_of_order, totals.lost, totals.duplicated),
            (1, 0, 0)
        );
        assert!(!totals.is_ok());
    }

    #[test]
    fn markers_check_the_number_of_unsequenced_events() {
        // A dot is an event without a sequence number, a digit is a marker.
        let totals_of = |events: &str, last| {
            let mut ledger = ledger_with([]);
            for event in events.chars() {
                match event.to_digit(10) {
                    Some(sequence) => ledger.marker(3, u64::from(sequence)),
                    None => ledger.unsequenced(3),
                }
            }
            settled(ledger, last, SessionOutcome::Active)
        };
        let ok = totals_of("..4..7", 7);
        assert!(ok.is_ok() && ok.delivered == 7, "{ok:?}");
        let lost = totals_of("..5..8", 8);
        assert_eq!((lost.lost, lost.duplicated), (1, 0));
        let duplicated = totals_of("..3..6", 6);
        assert_eq!((duplicated.lost, duplicated.duplicated), (0, 1));
        assert_eq!(duplicated.delivered, 6);
        let never_sent = totals_of("...", 3);
        assert_eq!((never_sent.never_sent, never_sent.lost), (1, 0));
        assert!(!never_sent.is_ok());
    }

    #[test]
    fn unknown_session_is_not_lost_but_a_started_one_is() {
        let mut ledger = Ledger::default();
        ledger.settle(&sent(9, SessionOutcome::Abandoned));
        let totals = ledger.totals();
        assert_eq!((totals.never_ready, totals.lost), (9, 0));
        ledger.session_started(3, "s");
        ledger.settle(&sent(9, SessionOutcome::Abandoned));
        assert_eq!(ledger.totals().lost, 9);
    }

    #[test]
    fn stopped_client_drops_only_sessions_without_an_event() {
        let mut ledger = ledger_with([2]);
        ledger.session_started(3, "withheld");
        ledger.session_started(4, "of another");
        ledger.client_stopped(3);
        assert_eq!(ledger.last_delivered("withheld"), None);
        assert_eq!(ledger.last_delivered("of another"), Some(0));
        ledger.settle(&sent(5, SessionOutcome::Abandoned));
        assert_eq!(ledger.totals().lost, 3);
    }

    #[test]
    fn event_without_a_session_is_a_finding() {
        let mut ledger = Ledger::default();
        ledger.sequenced(3, 1);
        assert!(!ledger.totals().is_ok());
    }

    #[test]
    fn new_session_counts_from_its_own_ready() {
        let mut ledger = ledger_with([2, 3]);
        assert!(ledger.is_current(3, "s"));
        ledger.ready(3, "t", 1);
        ledger.sequenced(3, 2);
        assert!(!ledger.is_current(3, "s"));
        assert_eq!(
            (ledger.last_delivered("s"), ledger.last_delivered("t")),
            (Some(3), Some(2))
        );
        assert_eq!(ledger.delivered(), 5);
    }

    #[test]
    fn memory_is_bounded() {
        let mut ledger = Ledger::default();
        for session in 0..1000 {
            let id = session.to_string();
            ledger.ready(3, &id, 1);
            // One missing event after each: more ranges than are kept.
            for event in 1..200 {
                ledger.sequenced(3, 1 + 2 * event);
            }
            ledger.settle(&SentEvents {
                session: &id,
                shard: 3,
                sequence: 399,
                outcome: SessionOutcome::Active,
            });
        }
        let totals = ledger.totals();
        assert_eq!((ledger.open_sessions(), totals.lost), (0, 199 * 1000));
        assert_eq!(totals.findings.len(), Totals::MAX_FINDINGS);
    }
}
