//! The identifies of the fleet, in one key that holds a ledger.

use crate::{
    bucket::{Content, NewValue, WriteOutcome},
    coordinator::{NatsCoordinator, Shared},
    error::NatsError,
    server_time::ServerTime,
};
use gloaming_coordinator::{Budget, CoordinatorError, IdentifyPermit, PermitOutcome};
use gloaming_queue::{
    BootId, BootTime, BoxFuture, ClockReading, LedgerEntry, LedgerState, LedgerVerdict,
    LimitSnapshot, RecordedIdentify, Timestamp, WaitReason,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::try_join;

const KEY: &str = "ledger";

/// The format of the value. A later one has another number.
const FORMAT: u32 = 1;

#[derive(Deserialize, Serialize)]
struct StoredLedger {
    format: u32,
    ledger: LedgerState,
}

/// The ledger is counted by the time of the server, which counts as one boot that does not end. Where that runs backward, the
/// ledger takes no time as passed.
fn reading(now: ServerTime) -> ClockReading {
    ClockReading {
        wall: Timestamp::from_millis(now.as_millis()),
        boot: Some(BootTime {
            id: BootId::new(1),
            uptime: now.as_millis(),
        }),
    }
}

/// Whether a change of the ledger has to be written.
enum Change<T> {
    Made(T),
    None(T),
}

impl Shared {
    /// Changes the ledger. `change` is called again if another node has changed it meanwhile.
    async fn change_ledger<T>(
        &self,
        mut change: impl FnMut(&mut LedgerState, ServerTime) -> Change<T>,
    ) -> Result<T, NatsError> {
        let bucket = &self.identifies;
        loop {
            let (entry, now) =
                try_join!(bucket.read(KEY), self.api().server_time(bucket.stream()))?;
            let mut ledger = match entry.content {
                Content::Absent => LedgerState::default(),
                Content::Present { value, .. } => {
                    let stored = serde_json::from_slice::<StoredLedger>(&value);
                    let stored = stored.map_err(|error| bucket.damaged(KEY).with_source(error))?;
                    if stored.format != FORMAT {
                        return Err(bucket.damaged(KEY));
                    }
                    stored.ledger
                }
            };
            let result = match change(&mut ledger, now) {
                Change::None(result) => return Ok(result),
                Change::Made(result) => result,
            };
            let format = FORMAT;
            let stored = serde_json::to_vec(&StoredLedger { format, ledger });
            let stored = stored.map_err(|error| bucket.damaged(KEY).with_source(error))?;
            let value = NewValue::new(stored);
            if let WriteOutcome::Written { .. } = bucket.write(KEY, entry.revision, value).await? {
                return Ok(result);
            }
        }
    }

    /// Tells the ledger how many identifies are left of the day, if the settings say that it is less than usual.
    pub(crate) async fn assume_limit(&self) -> Result<(), NatsError> {
        let settings = self.settings;
        if settings.remaining >= settings.total {
            return Ok(());
        }
        let call = self.change_ledger(|ledger, now| {
            let at = Timestamp::from_millis(now.as_millis());
            let before = ledger.clone();
            let assumed = LedgerEntry::LimitAssumed(LimitSnapshot {
                at,
                remaining: settings.remaining,
                total: settings.total,
                resets_at: at.saturating_add(settings.reset_after),
            });
            ledger.apply(&assumed, &reading(now));
            if before.limit() == ledger.limit() {
                Change::None(())
            } else {
                Change::Made(())
            }
        });
        self.api().bounded(call).await
    }

    async fn permit(&self, shard: u32) -> Result<PermitOutcome, NatsError> {
        let settings = self.settings;
        self.change_ledger(|ledger, now| {
            let now = reading(now);
            let identify = RecordedIdentify {
                shard,
                at: now.wall,
            };
            match ledger.spend(identify, &settings, &now) {
                LedgerVerdict::Recorded => {
                    Change::Made(PermitOutcome::Granted(IdentifyPermit { identify }))
                }
                verdict => {
                    let reason = match verdict {
                        LedgerVerdict::Refused(reason) => reason,
                        _ => WaitReason::Budget,
                    };
                    let refused = PermitOutcome::refused(ledger, reason, shard, &settings, &now);
                    Change::None(refused)
                }
            }
        })
        .await
    }

    async fn sent(&self, permit: IdentifyPermit, ago: Duration) -> Result<(), NatsError> {
        let identify = permit.identify;
        self.change_ledger(|ledger, now| {
            if !ledger.spent().any(|known| known == identify) {
                // The server has forgotten it.
                ledger.apply(&LedgerEntry::Spent(identify), &reading(now));
            }
            let at = reading(now.before(ago));
            ledger.apply(&LedgerEntry::Sent { identify, at }, &reading(now));
            Change::Made(())
        })
        .await
    }

    async fn give_back(&self, permit: IdentifyPermit) -> Result<(), NatsError> {
        let identify = permit.identify;
        self.change_ledger(|ledger, now| {
            if !ledger.spent().any(|known| known == identify) {
                return Change::None(());
            }
            ledger.apply(&LedgerEntry::Returned(identify), &reading(now));
            Change::Made(())
        })
        .await
    }
}

impl Budget for NatsCoordinator {
    fn permit(&self, shard: u32) -> BoxFuture<'_, Result<PermitOutcome, CoordinatorError>> {
        self.call(self.shared.permit(shard))
    }

    fn sent(
        &self,
        permit: IdentifyPermit,
        ago: Duration,
    ) -> BoxFuture<'_, Result<(), CoordinatorError>> {
        self.call(self.shared.sent(permit, ago))
    }

    fn give_back(&self, permit: IdentifyPermit) -> BoxFuture<'_, Result<(), CoordinatorError>> {
        self.call(self.shared.give_back(permit))
    }
}
