//! The identifies of the fleet, in one key that holds a ledger.

use crate::{
    coordinator::{RedisCoordinator, Shared},
    error::RedisError,
    reply,
    script::{LEDGER_READ, LEDGER_WRITE},
};
use gloaming_coordinator::{
    Budget, CoordinatorError, FleetLedger, IdentifyPermit, LedgerChange, PermitOutcome,
};
use gloaming_queue::{BoxFuture, LedgerState, Timestamp};
use redis::Value;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The format of the value. A later one has another number.
const FORMAT: u32 = 1;

#[derive(Deserialize, Serialize)]
struct StoredLedger {
    format: u32,
    ledger: LedgerState,
}

/// The ledger as it was read.
struct ReadLedger {
    /// Of the server.
    now: Timestamp,
    /// What the next write has to expect.
    version: String,
    ledger: LedgerState,
}

/// Reads the answer of the script `ledger_read`. `None` if it can't be read.
fn read_ledger(answer: &Value) -> Option<ReadLedger> {
    let [micros, version, ledger] = reply::list(answer)? else {
        return None;
    };
    let (version, ledger) = match (version, ledger) {
        (Value::Nil, Value::Nil) => ("0", LedgerState::default()),
        (version, ledger) => {
            let stored = serde_json::from_str::<StoredLedger>(reply::text(ledger)?).ok()?;
            if stored.format != FORMAT {
                return None;
            }
            (reply::text(version)?, stored.ledger)
        }
    };
    Some(ReadLedger {
        now: Timestamp::from_millis(reply::number(micros)? / 1000),
        version: version.to_owned(),
        ledger,
    })
}

impl Shared {
    /// Changes the ledger. `change` is called again if another node has changed it meanwhile.
    async fn change_ledger<T>(
        &self,
        mut change: impl FnMut(FleetLedger<'_>) -> LedgerChange<T>,
    ) -> Result<T, RedisError> {
        let key = &self.keys.identifies;
        let none: [&str; 0] = [];
        loop {
            let answer = self.link.run(&LEDGER_READ, &[key], &none).await?;
            let read = read_ledger(&answer).ok_or_else(|| self.damaged(key))?;
            let ReadLedger {
                now,
                version,
                mut ledger,
            } = read;
            let result = match change(FleetLedger::at(&mut ledger, now)) {
                LedgerChange::Unchanged(result) => return Ok(result),
                LedgerChange::Changed(result) => result,
            };
            let format = FORMAT;
            let stored = serde_json::to_string(&StoredLedger { format, ledger });
            let stored = stored.map_err(|error| self.damaged(key).with_source(error))?;
            let arguments = [version, stored];
            let written = self.link.run(&LEDGER_WRITE, &[key], &arguments).await?;
            if reply::text(&written) == Some("written") {
                return Ok(result);
            }
        }
    }

    /// Tells the ledger how many identifies are left of the day, if the settings say that it is less than usual.
    pub(crate) async fn assume_limit(&self) -> Result<(), RedisError> {
        let settings = self.settings;
        if settings.remaining >= settings.total {
            return Ok(());
        }
        let call = self.change_ledger(|ledger| ledger.assume_limit(&settings));
        self.bounded(call).await
    }

    async fn permit(&self, shard: u32) -> Result<PermitOutcome, RedisError> {
        let settings = self.settings;
        self.change_ledger(|ledger| ledger.permit(shard, &settings))
            .await
    }

    async fn sent(&self, permit: IdentifyPermit, ago: Duration) -> Result<(), RedisError> {
        self.change_ledger(|ledger| ledger.sent(permit, ago)).await
    }

    async fn give_back(&self, permit: IdentifyPermit) -> Result<(), RedisError> {
        self.change_ledger(|ledger| ledger.give_back(permit)).await
    }
}

impl Budget for RedisCoordinator {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(version: &str, ledger: &str) -> Value {
        let text = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        Value::Array(vec![text("1796036069887627"), text(version), text(ledger)])
    }

    #[test]
    fn ledger_that_is_written_is_read() {
        let (format, ledger) = (FORMAT, LedgerState::default());
        let stored = serde_json::to_string(&StoredLedger { format, ledger }).unwrap();
        let read = read_ledger(&answer("7", &stored)).unwrap();
        assert_eq!(read.now, Timestamp::from_millis(1_796_036_069_887));
        assert_eq!(
            (read.version.as_str(), read.ledger),
            ("7", LedgerState::default())
        );
        let later = stored.replace(r#""format":1"#, r#""format":2"#);
        assert!(read_ledger(&answer("7", &later)).is_none());
    }

    #[test]
    fn other_values_are_refused() {
        assert!(read_ledger(&answer("7", "junk")).is_none());
        assert!(read_ledger(&Value::Nil).is_none());
        let text = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        let without = Value::Array(vec![text("5"), text("7"), Value::Nil]);
        assert!(read_ledger(&without).is_none(), "the ledger was deleted");
        let nothing = Value::Array(vec![text("5"), Value::Nil, Value::Nil]);
        assert_eq!(
            read_ledger(&nothing).map(|read| read.version),
            Some("0".to_owned())
        );
    }
}
