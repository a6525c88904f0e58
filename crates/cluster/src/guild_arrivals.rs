//! When the guilds of all shards have arrived.

use gloaming_protocol::{Intents, limits::MAX_WAIT};
use gloaming_shard::{ClusterGuilds, Item, Lifecycle};
use std::time::{Duration, Instant};

/// Adds up the reports of the shards after the start of a cluster, until all have reported or the time for it is over.
///
/// ```text
///  Awaited ──READY──► AwaitingGuilds ──guilds arrived──► Reported
///     │  ▲                  │
///     │  └──────crash───────┤
///     └────resumed, stopped─┴──────────────────────────► Reported, Missing
/// ```
#[derive(Debug)]
pub(crate) struct GuildArrivals {
    /// By position.
    shards: Vec<ShardArrival>,
    guilds: ClusterGuilds,
    /// How long to wait after the last progress of any shard.
    patience: Duration,
    /// `None` until a shard has reported anything: the cluster may not be started.
    deadline: Option<Instant>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum ShardArrival {
    Awaited(GuildReports),
    AwaitingGuilds(GuildReports),
    Reported,
    /// It has stopped.
    Missing,
    /// There is no shard at this position any more.
    Removed,
}

/// Whether a shard reports the arrival of its guilds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum GuildReports {
    Expected,
    /// Its intents lack `GUILDS`.
    Never,
}

impl GuildReports {
    pub(crate) const fn with(intents: Intents) -> Self {
        if intents.contains(Intents::GUILDS) {
            Self::Expected
        } else {
            Self::Never
        }
    }
}

impl GuildArrivals {
    pub(crate) fn new(shards: impl IntoIterator<Item = GuildReports>, patience: Duration) -> Self {
        Self {
            shards: shards.into_iter().map(ShardArrival::Awaited).collect(),
            guilds: ClusterGuilds::default(),
            patience: patience.min(MAX_WAIT),
            deadline: None,
        }
    }

    /// Awaits a shard that was added, at this position: one that is free, or the next one.
    pub(crate) fn add(&mut self, position: usize, reports: GuildReports) {
        let arrival = ShardArrival::Awaited(reports);
        match self.shards.get_mut(position) {
            Some(shard) => *shard = arrival,
            None => self.shards.push(arrival),
        }
    }

    /// Takes notice that the shard at this position is no longer part of the cluster: it is not awaited, and does not count
    /// as missing. Returns the end of the wait, if it was the last that was awaited.
    pub(crate) fn remove(&mut self, position: usize) -> Option<ClusterGuilds> {
        *self.shards.get_mut(position)? = ShardArrival::Removed;
        self.end_if_over()
    }

    /// Takes notice of an item of the shard at this position. Returns the end of the wait; nothing is awaited after it.
    pub(crate) fn handle(
        &mut self,
        now: Instant,
        position: usize,
        item: &Item,
    ) -> Option<ClusterGuilds> {
        let shard = self.shards.get_mut(position)?;
        let next = shard.after(item, &mut self.guilds);
        let has_progress = next != *shard || shard.receives_guilds(item);
        *shard = next;
        if has_progress || self.deadline.is_none() {
            self.deadline = Some(now + self.patience);
        }
        self.end_if_over().or_else(|| self.timeout(now))
    }

    fn end_if_over(&self) -> Option<ClusterGuilds> {
        let is_over = self.shards.iter().all(|shard| shard.is_over());
        is_over.then(|| self.end()).flatten()
    }

    /// Returns the time of the end, if nothing more arrives.
    pub(crate) const fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Returns the end of the wait if its time is over.
    pub(crate) fn timeout(&self, now: Instant) -> Option<ClusterGuilds> {
        self.deadline.filter(|deadline| *deadline <= now)?;
        self.end()
    }

    /// Returns the position of the first shard that has not reported.
    pub(crate) fn first_missing(&self) -> usize {
        let is_missing =
            |shard: &ShardArrival| !matches!(shard, ShardArrival::Reported | ShardArrival::Removed);
        self.shards.iter().position(is_missing).unwrap_or(0)
    }

    /// Returns the sums, or `None` if all shards have stopped: nothing is left to report about.
    fn end(&self) -> Option<ClusterGuilds> {
        let count =
            |is: fn(&ShardArrival) -> bool| self.shards.iter().filter(|shard| is(shard)).count();
        let stopped = count(|shard| *shard == ShardArrival::Missing);
        let members = count(|shard| *shard != ShardArrival::Removed);
        if stopped == members {
            return None;
        }
        let reported = count(|shard| *shard == ShardArrival::Reported);
        let mut guilds = self.guilds;
        guilds.missing_shards = members - reported;
        Some(guilds)
    }
}

impl ShardArrival {
    fn after(self, item: &Item, guilds: &mut ClusterGuilds) -> Self {
        let (Self::Awaited(reports) | Self::AwaitingGuilds(reports)) = self else {
            return self;
        };
        match (self, item) {
            (_, Item::Lifecycle(Lifecycle::Ready { .. })) => match reports {
                GuildReports::Expected => Self::AwaitingGuilds(reports),
                GuildReports::Never => Self::Reported,
            },
            (_, Item::Lifecycle(Lifecycle::GuildsArrived { arrived, missing })) => {
                guilds.arrived += arrived;
                guilds.missing += missing;
                Self::Reported
            }
            (Self::Awaited(_), Item::Lifecycle(Lifecycle::Resumed { .. })) => {
                guilds.resumed_shards += 1;
                Self::Reported
            }
            (_, Item::Lifecycle(Lifecycle::Stopped { .. })) => Self::Missing,
            // The shard that is started in its place resumes, and does not know which guilds have arrived.
            (_, Item::Crash(_)) => Self::Awaited(reports),
            _ => self,
        }
    }

    /// Returns whether the item shows that guilds may still arrive, as a connection that fails again does not.
    const fn receives_guilds(self, item: &Item) -> bool {
        matches!(self, Self::AwaitingGuilds(_))
            && matches!(
                item,
                Item::Event(_)
                    | Item::EventWithPayload(_)
                    | Item::Unknown(_)
                    | Item::Undecodable(_)
            )
    }

    const fn is_over(self) -> bool {
        matches!(self, Self::Reported | Self::Missing | Self::Removed)
    }
}

#[cfg(test)]
mod tests {
    use super::{GuildArrivals, GuildReports};
    use gloaming_shard::{ClusterGuilds, Crash, Item, Lifecycle, machine::StopReason};
    use std::time::{Duration, Instant};

    const PATIENCE: Duration = Duration::from_secs(60);
    const SECOND: Duration = Duration::from_secs(1);

    #[expect(clippy::disallowed_methods, reason = "tests read the clock")]
    fn start() -> Instant {
        Instant::now()
    }

    fn arrivals(shards: usize) -> GuildArrivals {
        GuildArrivals::new(vec![GuildReports::Expected; shards], PATIENCE)
    }

    fn ready() -> Item {
        Item::Lifecycle(Lifecycle::Ready {
            session_id: "a".into(),
        })
    }

    const fn arrived(arrived: usize, missing: usize) -> Item {
        Item::Lifecycle(Lifecycle::GuildsArrived { arrived, missing })
    }

    const fn resumed() -> Item {
        Item::Lifecycle(Lifecycle::Resumed { replayed: 0 })
    }

    const fn stopped() -> Item {
        Item::Lifecycle(Lifecycle::Stopped {
            reason: StopReason::Requested,
        })
    }

    fn retrying() -> Item {
        Item::Lifecycle(Lifecycle::Retrying {
            after: SECOND,
            step: gloaming_shard::machine::RecoveryStep::Identify,
        })
    }

    fn crash() -> Item {
        Item::Crash(Crash::new("a bug", 1, Some(SECOND)))
    }

    /// Arrived and missing guilds, resumed and missing shards.
    fn counts(guilds: Option<ClusterGuilds>) -> Option<[usize; 4]> {
        guilds.map(|guilds| {
            [
                guilds.arrived,
                guilds.missing,
                guilds.resumed_shards,
                guilds.missing_shards,
            ]
        })
    }

    /// Feeds items of one moment, of which only the last may end the wait.
    #[track_caller]
    fn feed(
        arrivals: &mut GuildArrivals,
        now: Instant,
        items: Vec<(usize, Item)>,
    ) -> Option<[usize; 4]> {
        let last = items.len() - 1;
        for (index, (shard, item)) in items.into_iter().enumerate() {
            let guilds = arrivals.handle(now, shard, &item);
            if index == last {
                return counts(guilds);
            }
            assert_eq!(guilds, None, "after item {index}");
        }
        None
    }

    #[test]
    fn sums_are_reported_with_the_last_shard() {
        let items = vec![
            (0, ready()),
            (1, ready()),
            (1, arrived(3, 1)),
            (0, arrived(4, 0)),
        ];
        assert_eq!(feed(&mut arrivals(2), start(), items), Some([7, 1, 0, 0]));
    }

    #[test]
    fn resumed_session_awaits_no_guilds() {
        let items = vec![(0, resumed()), (1, ready()), (1, arrived(3, 0))];
        assert_eq!(feed(&mut arrivals(2), start(), items), Some([3, 0, 1, 0]));
    }

    #[test]
    fn session_that_is_resumed_before_its_guilds_arrived_still_awaits_them() {
        let items = vec![(0, ready()), (0, resumed()), (0, arrived(3, 0))];
        assert_eq!(feed(&mut arrivals(1), start(), items), Some([3, 0, 0, 0]));
    }

    #[test]
    fn restarted_shard_reports_by_resuming() {
        let items = vec![(0, ready()), (0, crash()), (0, resumed())];
        assert_eq!(feed(&mut arrivals(1), start(), items), Some([0, 0, 1, 0]));
    }

    #[test]
    fn shard_without_the_intent_reports_by_ready() {
        let mut arrivals = GuildArrivals::new([GuildReports::Never], PATIENCE);
        assert_eq!(
            feed(&mut arrivals, start(), vec![(0, ready())]),
            Some([0; 4])
        );
    }

    #[test]
    fn later_reports_of_a_shard_are_not_added() {
        let items = vec![
            (0, arrived(3, 0)),
            (0, ready()),
            (0, arrived(3, 0)),
            (0, resumed()),
            (0, crash()),
            (0, stopped()),
            (1, arrived(1, 0)),
        ];
        assert_eq!(feed(&mut arrivals(2), start(), items), Some([4, 0, 0, 0]));
    }

    #[test]
    fn stopped_shard_is_missing_and_not_awaited() {
        let items = vec![(0, ready()), (0, stopped()), (1, arrived(2, 0))];
        assert_eq!(feed(&mut arrivals(2), start(), items), Some([2, 0, 0, 1]));
    }

    #[test]
    fn added_shard_is_awaited_too() {
        let mut arrivals = arrivals(1);
        arrivals.add(1, GuildReports::Expected);
        let items = vec![
            (0, ready()),
            (0, arrived(2, 0)),
            (1, ready()),
            (1, arrived(3, 0)),
        ];
        assert_eq!(feed(&mut arrivals, start(), items), Some([5, 0, 0, 0]));
    }

    #[test]
    fn removed_shard_is_neither_awaited_nor_missing() {
        let mut arrivals = arrivals(3);
        assert_eq!(arrivals.remove(0), None, "the others are awaited");
        let items = vec![(0, stopped()), (1, ready()), (1, arrived(2, 0))];
        assert_eq!(feed(&mut arrivals, start(), items), None);
        assert_eq!(counts(arrivals.remove(2)), Some([2, 0, 0, 0]));
        assert_eq!(arrivals.remove(7), None, "there is no such shard");

        arrivals.add(0, GuildReports::Expected);
        assert_eq!(arrivals.first_missing(), 0);
        assert_eq!(
            feed(&mut arrivals, start(), vec![(0, resumed())]),
            Some([2, 0, 1, 0])
        );
    }

    #[test]
    fn nothing_is_reported_if_all_shards_stop() {
        let mut arrivals = arrivals(2);
        let items = vec![(0, ready()), (0, stopped()), (1, stopped())];
        assert_eq!(feed(&mut arrivals, start(), items), None);
        assert_eq!(arrivals.timeout(start() + 2 * PATIENCE), None);
    }

    #[test]
    fn failing_connections_do_not_put_off_the_deadline() {
        let now = start();
        let mut arrivals = arrivals(3);
        assert_eq!(arrivals.deadline(), None, "no shard was started");
        feed(&mut arrivals, now, vec![(0, retrying()), (2, retrying())]);
        feed(
            &mut arrivals,
            now + SECOND,
            vec![(0, ready()), (0, arrived(2, 1))],
        );
        for seconds in 2..60 {
            feed(&mut arrivals, now + SECOND * seconds, vec![(1, retrying())]);
        }
        let deadline = now + SECOND + PATIENCE;
        assert_eq!(arrivals.deadline(), Some(deadline));
        assert_eq!(arrivals.timeout(deadline - SECOND), None);
        assert_eq!(counts(arrivals.timeout(deadline)), Some([2, 1, 0, 2]));
        assert_eq!(arrivals.first_missing(), 1);
        // Also if items keep the timer from being asked.
        assert_eq!(
            feed(&mut arrivals, deadline, vec![(1, retrying())]),
            Some([2, 1, 0, 2])
        );
    }

    #[test]
    fn events_put_off_the_deadline_while_guilds_are_awaited() {
        let event = || Item::Event(gloaming_protocol::Event::Resumed);
        let now = start();
        let mut arrivals = arrivals(2);
        feed(&mut arrivals, now, vec![(0, event())]);
        feed(&mut arrivals, now + SECOND, vec![(0, event())]);
        assert_eq!(arrivals.deadline(), Some(now + PATIENCE), "before READY");
        feed(&mut arrivals, now + SECOND, vec![(0, ready())]);
        feed(&mut arrivals, now + 2 * SECOND, vec![(0, event())]);
        assert_eq!(arrivals.deadline(), Some(now + 2 * SECOND + PATIENCE));
        feed(&mut arrivals, now + 2 * SECOND, vec![(0, arrived(1, 0))]);
        feed(&mut arrivals, now + 3 * SECOND, vec![(0, event())]);
        assert_eq!(arrivals.deadline(), Some(now + 2 * SECOND + PATIENCE));
    }

    #[test]
    fn longest_patience_is_bounded() {
        let mut arrivals = GuildArrivals::new([GuildReports::Expected], Duration::MAX);
        assert_eq!(feed(&mut arrivals, start(), vec![(0, retrying())]), None);
        assert!(arrivals.deadline().is_some());
    }
}
