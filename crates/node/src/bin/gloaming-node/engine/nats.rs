//! NATS as an engine.

use crate::{Result, agreement::Agreement, counted_commands::CountedCommands};
use gloaming_coordinator::{Commands, Events};
use gloaming_nats::{
    EventStream, NatsCommands, NatsConfig, NatsCoordinator, NatsError, NatsErrorKind, NatsEvents,
};
use gloaming_node::NatsChoice;
use gloaming_queue::QueueSettings;
use std::{num::NonZeroU32, sync::Arc, time::Duration};
use tokio::time::sleep;

/// The wait between two attempts to connect when a node starts.
const RETRY: Duration = Duration::from_secs(2);

/// Servers to which this process is not connected yet.
#[derive(Debug)]
pub(crate) struct NatsEngine(NatsConfig);

impl NatsEngine {
    pub(super) fn new(choice: &NatsChoice) -> Result<Self> {
        let mut config =
            NatsConfig::new(choice.servers(), &choice.bot)?.with_replicas(choice.replicas);
        if let Some(path) = &choice.root_certificates {
            config = config.with_root_certificates(path);
        }
        Ok(Self(config))
    }

    pub(super) async fn agreement(&self) -> Result<Option<Agreement>> {
        // The limits are not known yet. These change nothing.
        let engine = self.connect(QueueSettings::default()).await?;
        let agreement = engine.agreement().await?;
        agreement.map(|bytes| read(&bytes)).transpose()
    }

    pub(super) async fn connect(&self, limits: QueueSettings) -> Result<NatsCoordinator> {
        connected(async || NatsCoordinator::connect(&self.0, limits).await).await
    }

    pub(super) async fn commands(&self) -> Result<Arc<dyn Commands>> {
        let connect = async || NatsCommands::connect(&self.0).await;
        Ok(Arc::new(CountedCommands(connected(connect).await?)))
    }

    pub(super) async fn events(&self) -> Result<Arc<dyn Events>> {
        let connect = async || NatsEvents::connect(&self.0, EventStream::new()).await;
        Ok(Arc::new(connected(connect).await?))
    }
}

/// Connects, and waits for servers that do not run yet.
async fn connected<T>(connect: impl AsyncFn() -> std::result::Result<T, NatsError>) -> Result<T> {
    loop {
        match connect().await {
            Err(error) if error.kind() == NatsErrorKind::Unreachable => {
                tracing::warn!("{error}; the node waits for it");
                sleep(RETRY).await;
            }
            connected => return Ok(connected?),
        }
    }
}

pub(super) async fn agree(
    engine: &NatsCoordinator,
    proposed: Agreement,
    configured: Option<NonZeroU32>,
) -> Result<Agreement> {
    let agreed = engine.agree(serde_json::to_vec(&proposed)?).await?;
    let agreed = read(&agreed)?;
    agreed.check(configured, PLACE)?;
    Ok(agreed)
}

const PLACE: &str = "the key `agreement` of the bucket `gloaming-BOT-sessions` on NATS";

fn read(bytes: &[u8]) -> Result<Agreement> {
    let agreement = serde_json::from_slice(bytes);
    agreement.map_err(|error| {
        format!("{PLACE} can't be read ({error}): stop all nodes, delete it, and start them anew")
            .into()
    })
}
