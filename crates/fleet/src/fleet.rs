//! A process as a node of a fleet.

use crate::{
    command_service::CommandServices, coordinator::Coordinator, driver::Driver,
    engine_log::EngineLog, shared_node::SharedNode, store::FencedStore,
};
use gloaming_cluster::{Cluster, ClusterBuilder, ClusterStartError, Events};
use gloaming_coordinator::{Commands, Fence, FleetView, NodeConfig, NodeId, NodeInput};
use gloaming_protocol::ShardId;
use std::{
    fmt::{self, Debug, Formatter},
    sync::Arc,
    time::Duration,
};
use tokio::{sync::watch, task::AbortHandle};

/// The default of [`FleetBuilder::hand_over_deadline`].
const HAND_OVER_DEADLINE: Duration = Duration::from_secs(10);

/// A process that is a node of a fleet: it runs its share of a bot's shards in a [`Cluster`], and takes over those of nodes
/// that die.
///
/// The events of its shards come from the stream of that cluster, which [`FleetBuilder::start`] returns. Which shards they
/// are changes. An event that the process before had received and not handled comes from this one, by the RESUME of its
/// session.
///
/// [`drain`](Self::drain) gives the shards to the other nodes before the process ends. **Dropping** the node is what killing
/// the process is: its shards send nothing more, their connections end without a close frame, and other nodes resume their
/// sessions once the lease has ended. So does dropping the stream of the events, after a drain that hands the sessions over.
///
/// ```no_run
/// use gloaming_cluster::Cluster;
/// use gloaming_coordinator::{MemoryCoordinator, NodeConfig, NodeId};
/// use gloaming_fleet::Fleet;
/// use gloaming_protocol::Intents;
/// use gloaming_queue::QueueSettings;
/// use std::num::NonZeroU32;
///
/// # async fn example(token: String, random: u64) -> Result<(), Box<dyn std::error::Error>> {
/// let coordinator = MemoryCoordinator::new(QueueSettings::default());
/// let id = NodeId::unique("bot-0", random);
/// let shards = NonZeroU32::new(16).ok_or("at least one")?;
/// let cluster = Cluster::builder(token, Intents::GUILDS);
/// let (fleet, mut events) = Fleet::builder(coordinator.connect(), NodeConfig::new(id, shards, 1))
///     .start(cluster)
///     .await?;
/// tokio::spawn(async move {
///     while let Some((shard, event)) = events.next().await {
///         println!("{shard}: {:?}", event.kind());
///     }
/// });
/// // When the service manager asks the process to end:
/// fleet.drain().await;
/// # Ok(())
/// # }
/// ```
pub struct Fleet {
    id: NodeId,
    cluster: Cluster,
    node: Arc<SharedNode>,
    driver: AbortHandle,
    ended: watch::Receiver<End>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum End {
    Running,
    Ended,
}

/// Starts a [`Fleet`].
#[must_use = "a builder does nothing until started"]
pub struct FleetBuilder {
    engine: Arc<dyn Coordinator>,
    config: NodeConfig,
    hand_over_deadline: Duration,
    commands: Option<Arc<dyn Commands>>,
}

impl Fleet {
    /// Makes the builder of a node, which shares this engine with the other nodes.
    pub fn builder(engine: impl Coordinator + 'static, config: NodeConfig) -> FleetBuilder {
        FleetBuilder {
            engine: Arc::new(engine),
            config,
            hand_over_deadline: HAND_OVER_DEADLINE,
            commands: None,
        }
    }

    /// Returns the id of the node.
    #[must_use]
    pub const fn id(&self) -> &NodeId {
        &self.id
    }

    /// Returns the cluster that runs the node's shards: for commands, requests and health. Don't add or remove its shards.
    #[must_use]
    pub const fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Returns the numbers of the shards that this node runs, in their order.
    #[must_use]
    pub fn serving(&self) -> Vec<u32> {
        self.node.serving()
    }

    /// Returns the fence under which this node runs a shard, for events that it [publishes](gloaming_coordinator::Events).
    /// `None` if it does not run it, or if its lease is in doubt at the moment.
    #[must_use]
    pub fn fence(&self, shard: u32) -> Option<Fence> {
        self.node.fence(shard)
    }

    /// Returns whether the node has joined the fleet and takes the shards that are its share: from some seconds after its start
    /// on, and not while it [drains](Self::drain) or the engine is silent.
    ///
    /// A rolling deploy stops the next node when this is the case for the one before.
    #[must_use]
    pub fn takes_shards(&self) -> bool {
        self.node.takes_shards()
    }

    /// Returns the fleet as this node knows it.
    #[must_use]
    pub fn view(&self) -> FleetView {
        self.node.view()
    }

    /// Gives the shards to the other nodes, a few at a time, and leaves the fleet: each shard's handlers finish, its last
    /// position is stored, and another node resumes it. No shard identifies. If this is the last node, the sessions are in
    /// the engine for the next one.
    ///
    /// It returns when the node has left and its stream of events ends, after the [`drain_timeout`](NodeConfig::drain_timeout)
    /// and some seconds at the latest. Take events from the stream meanwhile.
    ///
    /// # Cancel safety
    ///
    /// Once polled, the node leaves even if the future is dropped.
    pub async fn drain(&self) {
        self.node.feed(NodeInput::Drain);
        self.ended().await;
    }

    /// Waits until the node has left the fleet: after [`drain`](Self::drain), and if the application has brought the
    /// [`cluster`](Self::cluster) down or dropped the stream of its events.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub async fn ended(&self) {
        let mut ended = self.ended.clone();
        // An error means that the driver's runtime has ended.
        _ = ended.wait_for(|end| *end == End::Ended).await;
    }
}

impl Debug for Fleet {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fleet")
            .field("id", &self.id)
            .field("serving", &self.serving())
            .finish_non_exhaustive()
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        if *self.ended.borrow() == End::Running {
            self.driver.abort();
            self.node.abandon();
            // Nothing is sent or stored any more, so that the sessions remain.
            self.cluster.down();
        }
    }
}

impl FleetBuilder {
    /// Sets how long the handlers of a shard may take until it is given to another node: 10 s. What they have not
    /// acknowledged by then arrives there again.
    pub const fn hand_over_deadline(mut self, deadline: Duration) -> Self {
        self.hand_over_deadline = deadline;
        self
    }

    /// Takes commands for the shards of this node from any process, and replies to each what became of it.
    ///
    /// A command is sent if it is one that Discord documents and belongs to the shard, and only while the node is sure of its
    /// lease. Those with an id that a recent one had are not sent twice. A shard takes them while it runs on this node; what
    /// comes while it moves has no owner.
    ///
    /// Commands wait at most 20 s to be sent then, those of this process included.
    pub fn commands(mut self, commands: impl Commands + 'static) -> Self {
        self.commands = Some(Arc::new(commands));
        self
    }

    /// Builds the cluster without shards, starts the node, and returns the stream of its events.
    ///
    /// The [session store](ClusterBuilder::session_store) of the builder is replaced by the engine's, and its shard scheme
    /// has no meaning. Its queue and ledger are those of the process: a shard identifies once they and the fleet's budget
    /// permit it. What the builder says of checkpoints counts.
    ///
    /// The node runs where the shards do: in a thread that handlers can't block, unless the builder says otherwise. It
    /// begins while the engine can't be reached, and joins when it can.
    ///
    /// # Errors
    ///
    /// Fails as [`ClusterBuilder::build_empty`] does.
    pub async fn start(
        self,
        cluster: ClusterBuilder,
    ) -> Result<(Fleet, Events), ClusterStartError> {
        let (id, total) = (self.config.id.clone(), self.config.shards);
        let node = Arc::new(SharedNode::new(self.config));
        let log = Arc::new(EngineLog::default());
        let store = FencedStore::new(
            Arc::clone(&self.engine),
            Arc::clone(&node),
            Arc::clone(&log),
        );
        let (cluster, events) = cluster.session_store(store).build_empty(total).await?;
        cluster.up().await;
        let commands = self
            .commands
            .map(|commands| CommandServices::new(commands, Arc::clone(&node), cluster.clone()));
        let driver = Driver {
            node: Arc::clone(&node),
            engine: self.engine,
            cluster: cluster.clone(),
            total,
            hand_over_deadline: self.hand_over_deadline,
            log,
            commands,
        };
        let (end, ended) = watch::channel(End::Running);
        // Any shard's number will do: it selects a thread.
        let driver = cluster.shard_runtime().spawn(ShardId::ONE, async move {
            driver.run().await;
            end.send_replace(End::Ended);
        });
        let driver = driver.abort_handle();
        let fleet = Fleet {
            id,
            cluster,
            node,
            driver,
            ended,
        };
        Ok((fleet, events))
    }
}

impl Debug for FleetBuilder {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("FleetBuilder")
            .field("engine", &self.engine)
            .field("config", &self.config)
            .field("hand_over_deadline", &self.hand_over_deadline)
            .field("commands", &self.commands)
            .finish()
    }
}
