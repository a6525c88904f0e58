//! The scripts that the server runs, each as one step.

use crate::{error::RedisError, link::Link};
use redis::{Cmd, ToRedisArgs, Value};
use std::{sync::LazyLock, time::Duration};

/// A script, which the server knows by its hash after the first call.
pub(crate) struct Script {
    source: &'static str,
    hash: LazyLock<String>,
}

macro_rules! script {
    ($($file:literal),+) => {
        Script {
            source: concat!($(include_str!($file)),+),
            hash: LazyLock::new(|| {
                let script = redis::Script::new(concat!($(include_str!($file)),+));
                script.get_hash().to_owned()
            }),
        }
    };
}

/// The scripts of leases use the four keys of [`Keys::leases`](crate::keys::Keys::leases).
pub(crate) static JOIN: Script =
    script!("../lua/numbers.lua", "../lua/leases.lua", "../lua/join.lua");
pub(crate) static RENEW: Script = script!(
    "../lua/numbers.lua",
    "../lua/leases.lua",
    "../lua/renew.lua"
);
pub(crate) static LEAVE: Script = script!(
    "../lua/numbers.lua",
    "../lua/leases.lua",
    "../lua/leave.lua"
);
pub(crate) static ACQUIRE: Script = script!(
    "../lua/numbers.lua",
    "../lua/leases.lua",
    "../lua/acquire.lua"
);
pub(crate) static RELEASE: Script = script!(
    "../lua/numbers.lua",
    "../lua/leases.lua",
    "../lua/release.lua"
);
pub(crate) static SNAPSHOT: Script = script!(
    "../lua/numbers.lua",
    "../lua/leases.lua",
    "../lua/snapshot.lua"
);
pub(crate) static SWEEP: Script = script!(
    "../lua/numbers.lua",
    "../lua/leases.lua",
    "../lua/sweep.lua"
);

/// With the key of one shard.
pub(crate) static LOAD: Script = script!("../lua/numbers.lua", "../lua/load.lua");
/// With the keys of several shards.
pub(crate) static CHECKPOINT: Script = script!("../lua/numbers.lua", "../lua/checkpoint.lua");

/// With the key of the ledger.
pub(crate) static LEDGER_READ: Script = script!("../lua/numbers.lua", "../lua/ledger_read.lua");
pub(crate) static LEDGER_WRITE: Script = script!("../lua/numbers.lua", "../lua/ledger_write.lua");

/// With the key of the agreement.
pub(crate) static AGREE: Script = script!("../lua/agree.lua");

impl Link {
    /// Runs a script.
    pub(crate) async fn run<T: ToRedisArgs>(
        &self,
        script: &Script,
        keys: &[impl AsRef<str>],
        arguments: &[T],
    ) -> Result<Value, RedisError> {
        let place = || match keys {
            [one] => format!("the key {}", one.as_ref()),
            _ => {
                let keys: Vec<_> = keys.iter().map(AsRef::as_ref).collect();
                format!("one of the keys {}", keys.join(", "))
            }
        };
        let command = |name: &str, script: &str| {
            let mut command = Cmd::new();
            command.arg(name).arg(script).arg(keys.len());
            for key in keys {
                command.arg(key.as_ref());
            }
            for argument in arguments {
                command.arg(argument);
            }
            command
        };
        let place = place();
        let by_hash = command("EVALSHA", &script.hash);
        let extra = Duration::ZERO;
        if let Some(value) = self.request(&by_hash, extra, &place).await? {
            return Ok(value);
        }
        // A server that was restarted does not know it.
        let whole = command("EVAL", script.source);
        let value = self.request(&whole, extra, &place).await?;
        Ok(value.unwrap_or_default())
    }
}
