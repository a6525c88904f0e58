//! The state that all connections of a coordinator in memory share.

use super::{command_log::CommandLog, event_log::EventLog, history::History};
use crate::{
    budget::{IdentifyPermit, PermitOutcome},
    lease_table::LeaseTable,
    leases::LeaseChange,
    session_table::SessionTable,
};
use gloaming_queue::{
    BootId, BootTime, ClockReading, LedgerEntry, LedgerState, LedgerVerdict, QueueSettings,
    RecordedIdentify, Timestamp, WaitReason,
};
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
        let clock = clock(now);
        let identify = RecordedIdentify {
            shard,
            at: clock.wall,
        };
        self.change(now, |durable, _| {
            let ledger = &mut durable.ledger;
            match ledger.spend(identify, &settings, &clock) {
                LedgerVerdict::Recorded => PermitOutcome::Granted(IdentifyPermit { identify }),
                LedgerVerdict::Refused(reason) => {
                    PermitOutcome::refused(ledger, reason, shard, &settings, &clock)
                }
                _ => PermitOutcome::refused(ledger, WaitReason::Budget, shard, &settings, &clock),
            }
        })
    }

    pub(super) fn sent(&mut self, now: Duration, permit: IdentifyPermit, ago: Duration) {
        let identify = permit.identify;
        self.change(now, |durable, _| {
            let ledger = &mut durable.ledger;
            if !ledger.spent().any(|known| known == identify) {
                ledger.apply(&LedgerEntry::Spent(identify), &clock(now));
            }
            let at = clock(now.saturating_sub(ago));
            ledger.apply(&LedgerEntry::Sent { identify, at }, &clock(now));
        });
    }

    pub(super) fn give_back(&mut self, now: Duration, permit: IdentifyPermit) {
        let returned = LedgerEntry::Returned(permit.identify);
        self.change(now, |durable, _| {
            durable.ledger.apply(&returned, &clock(now))
        });
    }

    /// Notes the limit that Discord reported.
    pub(super) fn report_limit(&mut self, now: Duration, settings: QueueSettings) {
        self.settings = settings;
        let at = clock(now).wall;
        let reported = LedgerEntry::LimitReported(gloaming_queue::LimitSnapshot {
            at,
            remaining: settings.remaining,
            total: settings.total,
            resets_at: at.saturating_add(settings.reset_after),
        });
        self.change(now, |durable, _| {
            durable.ledger.apply(&reported, &clock(now))
        });
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
fn clock(now: Duration) -> ClockReading {
    let millis = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    ClockReading {
        wall: Timestamp::from_millis(EPOCH.saturating_add(millis)),
        boot: Some(BootTime {
            id: BootId::new(1),
            uptime: millis,
        }),
    }
}
