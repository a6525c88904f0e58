//! The engine on NATS.

use crate::{
    api::Api,
    bucket::Bucket,
    config::NatsConfig,
    connect::connect,
    error::NatsError,
    leases::KnownTerms,
    sessions::KnownEntries,
    stream_config::{KeyLife, StreamConfig},
};
use gloaming_queue::QueueSettings;
use std::{
    fmt::{self, Debug, Formatter},
    sync::Arc,
};

/// An engine for the nodes of one bot on many machines, on NATS JetStream.
///
/// Every process connects to the same servers with the same [name](NatsConfig::new) and has the
/// [`Leases`](gloaming_coordinator::Leases), the [`Budget`](gloaming_coordinator::Budget), the
/// [`Sessions`](gloaming_coordinator::Sessions) and the [`Events`](gloaming_coordinator::Events) of the fleet. Clones are the
/// same connection.
///
/// A lost connection is made again by itself. Meanwhile calls fail at once with
/// [`Unreachable`](gloaming_coordinator::CoordinatorErrorKind::Unreachable), watches wait, and shards stay connected.
///
/// ```no_run
/// use gloaming_nats::{NatsConfig, NatsCoordinator, QueueSettings};
///
/// # async fn example() -> Result<(), gloaming_nats::NatsError> {
/// let config = NatsConfig::new("nats://10.0.0.1:4222", "my-bot")?.with_replicas(3);
/// let engine = NatsCoordinator::connect(&config, QueueSettings::default()).await?;
/// # drop(engine);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct NatsCoordinator {
    pub(crate) shared: Arc<Shared>,
}

/// What all clones have.
pub(crate) struct Shared {
    pub(crate) leases: Bucket,
    pub(crate) sessions: Bucket,
    pub(crate) identifies: Bucket,
    pub(crate) terms: KnownTerms,
    pub(crate) entries: KnownEntries,
    pub(crate) settings: QueueSettings,
}

impl NatsCoordinator {
    /// Connects to the servers, and creates the buckets of the bot if they do not exist.
    ///
    /// `settings` are the limits of identifies, and the same for all nodes.
    ///
    /// # Errors
    ///
    /// Fails if no server can be reached within some seconds, if it is older than 2.11 or has no JetStream, if it denies access,
    /// and if a bucket exists with settings with which leases would not be safe.
    pub async fn connect(config: &NatsConfig, settings: QueueSettings) -> Result<Self, NatsError> {
        let api = connect(config).await?;
        let (bot, replicas) = (&config.bot, config.replicas);
        let open = async |kind: &str, description: &str, life| {
            let name = format!("gloaming-{bot}-{kind}");
            let config = StreamConfig::bucket(&name, description, replicas, life);
            Bucket::open(&api, &config).await
        };
        let shared = Shared {
            leases: open(
                "leases",
                "Which nodes are alive, and which shards they own",
                KeyLife::MayEnd,
            )
            .await?,
            sessions: open(
                "sessions",
                "The checkpoints from which shards resume",
                KeyLife::Endless,
            )
            .await?,
            identifies: open(
                "identifies",
                "The identifies of the last day",
                KeyLife::Endless,
            )
            .await?,
            terms: KnownTerms::default(),
            entries: KnownEntries::default(),
            settings,
        };
        shared.assume_limit().await?;
        Ok(Self {
            shared: Arc::new(shared),
        })
    }
}

impl Shared {
    pub(crate) const fn api(&self) -> &Api {
        self.leases.api()
    }
}

impl Debug for NatsCoordinator {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NatsCoordinator")
            .field(self.shared.api())
            .finish()
    }
}
