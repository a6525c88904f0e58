//! NATS as an engine.

use crate::{Result, agreement::Agreement, counted_commands::CountedCommands};
use gloaming_coordinator::{Commands, Events};
use gloaming_nats::{
    EventRetention, EventStream, NatsCommands, NatsConfig, NatsCoordinator, NatsError,
    NatsErrorKind, NatsEvents, PublishOrder,
};
use gloaming_node::{NatsChoice, NatsCredentials, SinkChoice, SinkOrder, SinkRetention};
use gloaming_queue::QueueSettings;
use std::{
    fs::File,
    io::{self, Read as _},
    num::NonZeroU32,
    path::Path,
    sync::Arc,
    time::Duration,
};
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
        if let Some((chain, key)) = &choice.client_certificate {
            config = config.with_client_certificate(chain, key);
        }
        if let Some(credentials) = &choice.credentials {
            config = authenticated(config, credentials)?;
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

    pub(super) async fn events(&self, sink: &SinkChoice) -> Result<Arc<dyn Events>> {
        let stream = stream(sink)?;
        let connect = async || NatsEvents::connect(&self.0, stream.clone()).await;
        Ok(Arc::new(connected(connect).await?))
    }
}

fn stream(sink: &SinkChoice) -> Result<EventStream> {
    let retention = match sink.retention {
        SinkRetention::AllGroups => EventRetention::UntilAllGroupsAcknowledge,
        _ => EventRetention::UntilAcknowledged,
    };
    let order = match sink.order {
        SinkOrder::Strict => PublishOrder::Strict,
        _ => PublishOrder::Pipelined,
    };
    Ok(EventStream::named(&sink.name)?
        .with_retention(retention)
        .with_max_bytes(u64::from(sink.max_mib) << 20)
        .with_order(order))
}

/// The largest file with a secret.
const MAX_SECRET: u64 = 4096;

fn authenticated(config: NatsConfig, credentials: &NatsCredentials) -> Result<NatsConfig> {
    Ok(match credentials {
        NatsCredentials::File(path) => config.with_credentials_file(path),
        NatsCredentials::NkeyFile(path) => config.with_nkey_seed(secret(path)?),
        NatsCredentials::TokenFile(path) => config.with_token(secret(path)?),
        NatsCredentials::User {
            user,
            password_file,
        } => config.with_user(user, secret(password_file)?),
        _ => return Err("this program does not know these credentials".into()),
    })
}

/// Reads a secret, without the line break at its end.
fn secret(path: &Path) -> Result<String> {
    let read = || {
        let mut text = String::new();
        let file = File::open(path)?.take(MAX_SECRET);
        io::BufReader::new(file).read_to_string(&mut text)?;
        io::Result::Ok(text)
    };
    let text = read().map_err(|error| format!("{} can't be read: {error}", path.display()))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
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
