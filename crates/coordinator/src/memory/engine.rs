//! The state that all connections of a coordinator in memory share.

use super::{command_log::CommandLog, event_log::EventLog, history::History};
use crate::{
    budget::{IdentifyPermit, PermitOutcome},
    fleet_ledger::{FleetLedger, LedgerChange},
    lease_table::LeaseTable,
    leases::LeaseChange,
    session_table::SessionTable,
};
use gloaming_queue::{LedgerState, QueueSettings, Timestamp};
use std::{collections::VecDeque, task::Waker, time::Duration};

/// How many changes a watch holds that is not asked for them. Then a snapshot takes their place.
const MAX_CHANGES: usize = 4096;

/// 2027-01-01, from which the time of an engine counts as a wall clock.
const EPOCH: u64 = 1_798_761_600_000;

#[derive(Debug)]
pub(super) struct Engine {
    pub(super) durable: Durable,
    pub(super) events: EventLog,
    pub(super) commands: CommandLog,
    pub(super) watches: Vec<WatchQueue>,
    pub(super) is_running: bool,
    /// Those that wait for a change of anything.
    wakers: Vec<Waker>,
    settings: QueueSettings,
    /// `None` if the engine never forgets.
    history: Option<History<Durable>>,
}

/// What an engine writes down.
#[derive(Clone, Debug, Default)]
pub(super) struct Durable {
    pub(super) leases: LeaseTable,
    pub(super) sessions: SessionTable,
    ledger: LedgerState,
}

/// The changes that one watch has not yielded yet.
#[derive(Debug)]
pub(super) struct WatchQueue {
    pub(super) id: u64,
    pub(super) next: WatchItems,
}

#[derive(Debug)]
pub(super) enum WatchItems {
    Snapshot,
    Changes(VecDeque<LeaseChange>),
}

impl WatchItems {
    fn push(&mut self, change: LeaseChange) {
        match self {
            Self::Changes(changes) if changes.len() < MAX_CHANGES => changes.push_back(change),
            Self::Changes(_) => *self = Self::Snapshot,
            Self::Snapshot => {}
        }
    }
}

impl Engine {
    pub(super) fn new(settings: QueueSettings, history: Option<History<Durable>>) -> Self {
        Self {
            durable: Durable::default(),
            events: EventLog::default(),
            commands: CommandLog::default(),
            watches: Vec::new(),
            is_running: true,
            wakers: Vec::new(),
            settings,
            history,
        }
    }

    /// Makes a change of what is durable, after leases that are over by now have ended.
    pub(super) fn change<T>(
        &mut self,
        now: Duration,
        change: impl FnOnce(&mut Durable, &mut Vec<LeaseChange>) -> T,
    ) -> T {
        if let Some(history) = &mut self.history {
            history.before_change(now, &self.durable);
        }
        let mut changes = Vec::new();
        self.durable.leases.expire(now, &mut changes);
        let result = change(&mut self.durable, &mut changes);
        if !changes.is_empty() {
            for watch in &mut self.watches {
                for change in &changes {
                    watch.next.push(change.clone());
                }
            }
            self.wake();
        }
        result
    }

    /// Stops, forgets what was changed after `cutoff`, and starts again if it was not stopped.
    pub(super) fn forget_after(&mut self, cutoff: Duration) {
        if let Some(state) = self.history.as_mut().and_then(|it| it.at(cutoff)) {
            self.durable = state;
        }
        self.events.forget_after(cutoff);
        self.interrupt_watches(|_| true);
    }

    /// Lets watches go on with a snapshot.
    pub(super) fn interrupt_watches(&mut self, which: impl Fn(u64) -> bool) {
        for watch in self.watches.iter_mut().filter(|watch| which(watch.id)) {
            watch.next = WatchItems::Snapshot;
        }
        self.wake();
    }

    pub(super) fn permit(&mut self, now: Duration, shard: u32) -> PermitOutcome {
        let settings = self.settings;
        self.change_ledger(now, |ledger| ledger.permit(shard, &settings))
    }

    pub(super) fn sent(&mut self, now: Duration, permit: IdentifyPermit, ago: Duration) {
        self.change_ledger(now, |ledger| ledger.sent(permit, ago));
    }

    pub(super) fn give_back(&mut self, now: Duration, permit: IdentifyPermit) {
        self.change_ledger(now, |ledger| ledger.give_back(permit));
    }

    fn change_ledger<T>(
        &mut self,
        now: Duration,
        change: impl FnOnce(FleetLedger<'_>) -> LedgerChange<T>,
    ) -> T {
        self.change(now, |durable, _| {
            let ledger = FleetLedger::at(&mut durable.ledger, timestamp(now));
            change(ledger).into_answer()
        })
    }

    /// Notes the limit that Discord reported.
    pub(super) fn report_limit(&mut self, now: Duration, settings: QueueSettings) {
        self.settings = settings;
        self.change_ledger(now, |ledger| ledger.report_limit(&settings));
    }

    pub(super) fn wait(&mut self, waker: &Waker) {
        if !self.wakers.iter().any(|known| known.will_wake(waker)) {
            self.wakers.push(waker.clone());
        }
    }

    pub(super) fn wake(&mut self) {
        self.wakers.drain(..).for_each(Waker::wake);
    }
}

/// The clock of an engine, which only goes forward.
fn timestamp(now: Duration) -> Timestamp {
    let millis = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    Timestamp::from_millis(EPOCH.saturating_add(millis))
}
