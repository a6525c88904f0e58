//! Redis as an engine.

use crate::{Result, agreement::Agreement};
use gloaming_node::RedisChoice;
use gloaming_queue::QueueSettings;
use gloaming_redis::{RedisConfig, RedisCoordinator, RedisErrorKind};
use std::{num::NonZeroU32, time::Duration};
use tokio::time::sleep;

/// The wait between two attempts to connect when a node starts.
const RETRY: Duration = Duration::from_secs(2);

/// A server to which this process is not connected yet.
#[derive(Debug)]
pub(crate) struct RedisEngine(RedisConfig);

impl RedisEngine {
    pub(super) fn new(choice: &RedisChoice) -> Result<Self> {
        Ok(Self(RedisConfig::new(choice.server(), &choice.bot)?))
    }

    pub(super) async fn agreement(&self) -> Result<Option<Agreement>> {
        // The limits are not known yet. These change nothing.
        let engine = self.connect(QueueSettings::default()).await?;
        let agreement = engine.agreement().await?;
        agreement.map(|bytes| read(&bytes)).transpose()
    }

    /// Connects, and waits for a server that does not run yet.
    pub(super) async fn connect(&self, limits: QueueSettings) -> Result<RedisCoordinator> {
        loop {
            match RedisCoordinator::connect(&self.0, limits).await {
                Err(error) if error.kind() == RedisErrorKind::Unreachable => {
                    tracing::warn!("{error}; the node waits for it");
                    sleep(RETRY).await;
                }
                connected => return Ok(connected?),
            }
        }
    }
}

pub(super) async fn agree(
    engine: &RedisCoordinator,
    proposed: Agreement,
    configured: Option<NonZeroU32>,
) -> Result<Agreement> {
    let agreed = engine.agree(serde_json::to_vec(&proposed)?).await?;
    let agreed = read(&agreed)?;
    agreed.check(configured, PLACE)?;
    Ok(agreed)
}

const PLACE: &str = "the key `{gloaming:BOT}:agreement` on Redis";

fn read(bytes: &[u8]) -> Result<Agreement> {
    let agreement = serde_json::from_slice(bytes);
    agreement.map_err(|error| {
        format!("{PLACE} can't be read ({error}): stop all nodes, delete it, and start them anew")
            .into()
    })
}
