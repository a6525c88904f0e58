//! The engine that the nodes share, as the configuration names it.

#[cfg(unix)]
mod local;
#[cfg(feature = "nats")]
mod nats;
#[cfg(feature = "redis")]
mod redis;

use crate::{Result, agreement::Agreement};
use gloaming_coordinator::{Commands, Events, NodeConfig};
use gloaming_fleet::{Fleet, FleetBuilder};
use gloaming_node::{EngineChoice, SinkChoice};
use gloaming_queue::QueueSettings;
use std::{num::NonZeroU32, sync::Arc};

/// An engine that was not opened for a node yet.
#[derive(Debug)]
pub(crate) enum Engine {
    #[cfg(unix)]
    Local(local::LocalFolder),
    #[cfg(feature = "nats")]
    Nats(nats::NatsEngine),
    #[cfg(feature = "redis")]
    Redis(redis::RedisEngine),
}

impl Engine {
    pub(crate) fn new(choice: &EngineChoice) -> Result<Self> {
        match choice {
            #[cfg(unix)]
            EngineChoice::Local(path) => Ok(Self::Local(local::LocalFolder::new(path.clone()))),
            #[cfg(feature = "nats")]
            EngineChoice::Nats(choice) => Ok(Self::Nats(nats::NatsEngine::new(choice)?)),
            #[cfg(not(feature = "nats"))]
            EngineChoice::Nats(_) => {
                Err("this program was built without NATS; build it with the feature `nats`".into())
            }
            #[cfg(feature = "redis")]
            EngineChoice::Redis(choice) => Ok(Self::Redis(redis::RedisEngine::new(choice)?)),
            #[cfg(not(feature = "redis"))]
            EngineChoice::Redis(_) => Err(
                "this program was built without Redis; build it with the feature `redis`".into(),
            ),
            _ => Err("the engine `local` needs Unix; use NATS or Redis".into()),
        }
    }

    /// Returns what the nodes that started before have agreed on.
    pub(crate) async fn agreement(&self) -> Result<Option<Agreement>> {
        match self {
            #[cfg(unix)]
            Self::Local(folder) => folder.agreement(),
            #[cfg(feature = "nats")]
            Self::Nats(engine) => engine.agreement().await,
            #[cfg(feature = "redis")]
            Self::Redis(engine) => engine.agreement().await,
        }
    }

    /// Connects to a stream of the bot's events, if the engine has streams.
    pub(crate) async fn events(&self, sink: &SinkChoice) -> Result<Option<Arc<dyn Events>>> {
        #[cfg(not(feature = "nats"))]
        let _ = sink;
        match self {
            #[cfg(unix)]
            Self::Local(_) => Ok(None),
            #[cfg(feature = "nats")]
            Self::Nats(engine) => Ok(Some(engine.events(sink).await?)),
            #[cfg(feature = "redis")]
            Self::Redis(_) => Ok(None),
        }
    }

    /// Connects to where commands come from, if the engine has that.
    pub(crate) async fn commands(&self) -> Result<Option<Arc<dyn Commands>>> {
        match self {
            #[cfg(unix)]
            Self::Local(_) => Ok(None),
            #[cfg(feature = "nats")]
            Self::Nats(engine) => Ok(Some(engine.commands().await?)),
            #[cfg(feature = "redis")]
            Self::Redis(_) => Ok(None),
        }
    }

    /// Agrees with the other nodes, unless the first of them has proposed another number of shards than this one is configured
    /// with, and opens the engine. `config` makes the configuration of the node.
    pub(crate) async fn open(
        self,
        limits: QueueSettings,
        proposed: Agreement,
        configured: Option<NonZeroU32>,
        config: impl FnOnce(Agreement) -> NodeConfig,
    ) -> Result<(FleetBuilder, Agreement)> {
        Ok(match self {
            #[cfg(unix)]
            Self::Local(folder) => {
                let agreed = folder.agree(proposed, configured)?;
                let engine = folder.open(limits).await?;
                (Fleet::builder(engine, config(agreed)), agreed)
            }
            #[cfg(feature = "nats")]
            Self::Nats(engine) => {
                let engine = engine.connect(limits).await?;
                let agreed = nats::agree(&engine, proposed, configured).await?;
                (Fleet::builder(engine, config(agreed)), agreed)
            }
            #[cfg(feature = "redis")]
            Self::Redis(engine) => {
                let engine = engine.connect(limits).await?;
                let agreed = redis::agree(&engine, proposed, configured).await?;
                (Fleet::builder(engine, config(agreed)), agreed)
            }
        })
    }
}
