//! The identifies of the fleet, in one key that holds a ledger.

use crate::{
    bucket::{Content, NewValue, WriteOutcome},
    coordinator::{NatsCoordinator, Shared},
    error::NatsError,
};
use gloaming_coordinator::{
    Budget, CoordinatorError, FleetLedger, IdentifyPermit, LedgerChange, PermitOutcome,
};
use gloaming_queue::{BoxFuture, LedgerState, Timestamp};
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

impl Shared {
    /// Changes the ledger. `change` is called again if another node has changed it meanwhile.
    async fn change_ledger<T>(
        &self,
        mut change: impl FnMut(FleetLedger<'_>) -> LedgerChange<T>,
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
            let now = Timestamp::from_millis(now.as_millis());
            let result = match change(FleetLedger::at(&mut ledger, now)) {
                LedgerChange::Unchanged(result) => return Ok(result),
                LedgerChange::Changed(result) => result,
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
        let call = self.change_ledger(|ledger| ledger.assume_limit(&settings));
        self.api().bounded(call).await
    }

    async fn permit(&self, shard: u32) -> Result<PermitOutcome, NatsError> {
        let settings = self.settings;
        self.change_ledger(|ledger| ledger.permit(shard, &settings))
            .await
    }

    async fn sent(&self, permit: IdentifyPermit, ago: Duration) -> Result<(), NatsError> {
        self.change_ledger(|ledger| ledger.sent(permit, ago)).await
    }

    async fn give_back(&self, permit: IdentifyPermit) -> Result<(), NatsError> {
        self.change_ledger(|ledger| ledger.give_back(permit)).await
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
