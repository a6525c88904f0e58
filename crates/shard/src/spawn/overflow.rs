//! What happens to events for which the buffer has little room.

use gloaming_protocol::EventTypeFlags;
use std::fmt::{self, Display, Formatter};

/// What happens while a consumer is slower than the gateway, by the kinds of events.
///
/// By default, a shard whose buffer is full [reads ahead](crate::ConfigBuilder::read_ahead) up to a bound in bytes, and then
/// stops reading. The gateway then holds what it sends, and nothing is lost. But the events of all kinds wait, and a gateway
/// that has to hold too much ends the connection.
///
/// What ends a connection does not wait behind events. Within the bound, the shard acts on a request to reconnect (op 7), an
/// invalid session (op 9), a close frame and the end of the stream at once. Beyond it, heartbeats go on, and one that can't be
/// written shows that the gateway has closed the connection. In both cases the shard resumes, and events that it has not
/// read are sent again.
///
/// ```
/// use gloaming_shard::{EventTypeFlags, OverflowPolicy};
///
/// let policy = OverflowPolicy::stop_reading()
///     .shed(EventTypeFlags::PRESENCE_UPDATE | EventTypeFlags::TYPING_START)
///     .overtake(EventTypeFlags::INTERACTION_CREATE);
/// assert_ne!(policy, OverflowPolicy::default());
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OverflowPolicy {
    shed: EventTypeFlags,
    overtaking: EventTypeFlags,
}

impl OverflowPolicy {
    /// The shard stops reading when its buffer is full and it has [read ahead](crate::ConfigBuilder::read_ahead) what it may.
    /// Events keep their order. The default.
    #[must_use]
    pub const fn stop_reading() -> Self {
        Self {
            shed: EventTypeFlags::empty(),
            overtaking: EventTypeFlags::empty(),
        }
    }

    /// Sheds events of these kinds while the buffer is three quarters full or more, until it is less than half full: they
    /// are dropped before they are decoded. What is left of the buffer is for the other kinds; when it is full, the shard
    /// reads ahead of these kinds what it may, and stops reading.
    ///
    /// [`Item::Shed`](crate::Item::Shed) counts them, and [`ShardMonitor::shed_events`](crate::supervision::ShardMonitor::shed_events)
    /// has the total. The session to resume moves past them, as it does past events that
    /// were not asked for.
    #[must_use]
    pub const fn shed(mut self, kinds: EventTypeFlags) -> Self {
        self.shed = kinds;
        self
    }

    /// Lets events of these kinds overtake those of others in the buffer, and those that were
    /// [read ahead](crate::ConfigBuilder::read_ahead). Among themselves they keep their order. For interactions, which have to
    /// be answered within 3 s.
    ///
    /// The session to resume does not move past an event before those that it overtook were acknowledged. If the process
    /// ends before that, the next one gets it again.
    #[must_use]
    pub const fn overtake(mut self, kinds: EventTypeFlags) -> Self {
        self.overtaking = kinds;
        self
    }

    /// Returns the kinds of events that are shed.
    #[must_use]
    pub const fn shed_kinds(&self) -> EventTypeFlags {
        self.shed
    }

    /// Returns the kinds of events that overtake others.
    #[must_use]
    pub const fn overtaking_kinds(&self) -> EventTypeFlags {
        self.overtaking
    }
}

impl Default for OverflowPolicy {
    fn default() -> Self {
        Self::stop_reading()
    }
}

/// The events that were [shed](OverflowPolicy::shed) since the last report.
///
/// `Display` is one line, for example `3 events were shed: 2 PRESENCE_UPDATE, 1 TYPING_START`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ShedReport {
    /// By kind; there are no more entries than kinds.
    counts: Vec<(EventTypeFlags, u64)>,
}

impl ShedReport {
    /// Returns the number of events by kind, in the order in which the kinds were first shed. Each kind is one flag.
    #[must_use]
    pub fn by_kind(&self) -> &[(EventTypeFlags, u64)] {
        &self.counts
    }

    /// Returns the number of events of all kinds.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().map(|(_, count)| count).sum()
    }

    pub(super) fn count(&mut self, kind: EventTypeFlags) {
        match self.counts.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => self.counts.push((kind, 1)),
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}

impl Display for ShedReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} events were shed: ", self.total())?;
        for (nth, (kind, count)) in self.counts.iter().enumerate() {
            let name = kind.iter_names().next().map_or("UNKNOWN", |(name, _)| name);
            let separator = if nth == 0 { "" } else { ", " };
            write!(f, "{separator}{count} {name}")?;
        }
        Ok(())
    }
}

/// Which events are shed now, and what is to be reported.
#[derive(Debug)]
pub(super) struct ShedState {
    kinds: EventTypeFlags,
    shedding: Shedding,
    report: ShedReport,
}

impl ShedState {
    pub(super) fn new(kinds: EventTypeFlags) -> Self {
        Self {
            kinds,
            shedding: Shedding::Off,
            report: ShedReport::default(),
        }
    }

    /// Whether events of this kind may be shed.
    pub(super) const fn concerns(&self, kind: EventTypeFlags) -> bool {
        self.kinds.intersects(kind)
    }

    /// Decides on an event of a kind that may be shed, and counts it if it is.
    pub(super) fn sheds(&mut self, kind: EventTypeFlags, fill: Fill) -> Shed {
        self.shedding = self.shedding.next(fill);
        match self.shedding {
            Shedding::On => {
                self.report.count(kind);
                Shed::Yes
            }
            Shedding::Off => Shed::No,
        }
    }

    /// Whether all shed events were reported.
    pub(super) const fn is_reported(&self) -> bool {
        self.report.is_empty()
    }

    /// Returns the report if shedding has ended.
    pub(super) fn report(&mut self, fill: Fill) -> Option<Box<ShedReport>> {
        self.shedding = self.shedding.next(fill);
        match self.shedding {
            Shedding::On => None,
            Shedding::Off => self.last_report(),
        }
    }

    /// Returns the report of what was shed until the shard stopped.
    pub(super) fn last_report(&mut self) -> Option<Box<ShedReport>> {
        let report = std::mem::take(&mut self.report);
        (!report.is_empty()).then(|| Box::new(report))
    }
}

/// Whether an event is shed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Shed {
    Yes,
    No,
}

/// Whether events are shed now. With hysteresis, so that they are not shed one by one.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Shedding {
    #[default]
    Off,
    On,
}

impl Shedding {
    /// Returns the state for a buffer of which this share is used.
    pub(super) fn next(self, fill: Fill) -> Self {
        match self {
            Self::Off if fill.is_at_least(750) => Self::On,
            Self::On if !fill.is_at_least(500) => Self::Off,
            unchanged => unchanged,
        }
    }
}

/// How much of a bound is used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Fill {
    pub(super) used: usize,
    pub(super) limit: usize,
}

impl Fill {
    /// In thousandths of the limit.
    pub(super) fn permille(self) -> u128 {
        self.used as u128 * 1_000 / self.limit.max(1) as u128
    }

    fn is_at_least(self, permille: u128) -> bool {
        self.permille() >= permille
    }
}

#[cfg(test)]
mod tests {
    use super::{Fill, Shed, ShedReport, ShedState, Shedding};
    use gloaming_protocol::EventTypeFlags;

    fn fill(used: usize) -> Fill {
        Fill { used, limit: 64 }
    }

    #[test]
    fn shedding_begins_at_three_quarters_and_ends_below_half() {
        for (shedding, used, next) in [
            (Shedding::Off, 47, Shedding::Off),
            (Shedding::Off, 48, Shedding::On),
            (Shedding::On, 48, Shedding::On),
            (Shedding::On, 32, Shedding::On),
            (Shedding::On, 31, Shedding::Off),
        ] {
            assert_eq!(shedding.next(fill(used)), next, "{shedding:?}, {used}");
        }
    }

    #[test]
    fn only_kinds_of_the_policy_are_concerned() {
        let kinds = EventTypeFlags::PRESENCE_UPDATE | EventTypeFlags::TYPING_START;
        let state = ShedState::new(kinds);
        assert!(state.concerns(EventTypeFlags::PRESENCE_UPDATE));
        assert!(state.concerns(EventTypeFlags::TYPING_START));
        assert!(!state.concerns(EventTypeFlags::MESSAGE_CREATE));
        assert!(!ShedState::new(EventTypeFlags::empty()).concerns(EventTypeFlags::all()));
    }

    #[test]
    fn what_was_shed_is_reported_once_after_shedding_has_ended() {
        let presence = EventTypeFlags::PRESENCE_UPDATE;
        let mut state = ShedState::new(presence);
        assert_eq!(state.sheds(presence, fill(47)), Shed::No);
        assert!(state.is_reported());
        assert_eq!(state.report(fill(0)), None);

        assert_eq!(state.sheds(presence, fill(48)), Shed::Yes);
        assert_eq!(state.sheds(presence, fill(32)), Shed::Yes);
        assert!(!state.is_reported());
        assert_eq!(state.report(fill(32)), None);

        let report = state.report(fill(31)).expect("shedding has ended");
        assert_eq!(report.by_kind(), [(presence, 2)]);
        assert!(state.is_reported());
        assert_eq!(state.report(fill(31)), None);
    }

    #[test]
    fn the_last_report_does_not_wait_for_the_end_of_shedding() {
        let typing = EventTypeFlags::TYPING_START;
        let mut state = ShedState::new(typing);
        assert_eq!(state.last_report(), None);
        assert_eq!(state.sheds(typing, fill(64)), Shed::Yes);
        let report = state.last_report().expect("an event was shed");
        assert_eq!(report.total(), 1);
        assert_eq!(state.last_report(), None);
    }

    #[test]
    fn small_and_large_limits_have_thresholds() {
        let one = |used| Fill { used, limit: 1 };
        assert_eq!(Shedding::Off.next(one(0)), Shedding::Off);
        assert_eq!(Shedding::Off.next(one(1)), Shedding::On);
        assert_eq!(Shedding::On.next(one(0)), Shedding::Off);
        let most = Fill {
            used: usize::MAX,
            limit: usize::MAX,
        };
        assert_eq!(Shedding::Off.next(most), Shedding::On);
    }

    #[test]
    fn report_counts_by_kind() {
        let mut report = ShedReport::default();
        assert!(report.is_empty());
        for kind in [
            EventTypeFlags::PRESENCE_UPDATE,
            EventTypeFlags::TYPING_START,
            EventTypeFlags::PRESENCE_UPDATE,
        ] {
            report.count(kind);
        }
        assert_eq!(report.total(), 3);
        assert_eq!(
            report.to_string(),
            "3 events were shed: 2 PRESENCE_UPDATE, 1 TYPING_START"
        );
        assert_eq!(report.by_kind()[1], (EventTypeFlags::TYPING_START, 1));
    }
}
