//! What the nodes share.

use crate::{Result, options::EngineChoice, proxy::Proxy};
use gloaming_test_support::nats::{self, NatsServer};
use std::path::Path;
use tokio::task::block_in_place;

/// The engine of the nodes.
#[derive(Debug)]
pub(crate) enum Engine {
    /// Files in a folder.
    Local(String),
    /// A server, which ends with this.
    Nats(NatsServer),
}

/// How a node reaches the engine.
#[derive(Debug)]
pub(crate) struct EngineSetting {
    pub(crate) text: String,
    pub(crate) proxy: Option<Proxy>,
}

impl Engine {
    pub(crate) fn start(choice: EngineChoice, folder: &Path) -> Result<Self> {
        match choice {
            EngineChoice::Local => {
                let folder = folder.join("fleet");
                Ok(Self::Local(format!("local:{}", folder.display())))
            }
            EngineChoice::Nats if nats::program().is_none() => Err(format!(
                "no nats-server: run `cargo xtask setup`, or set {} to the path of one from 2.11 on",
                nats::PROGRAM_VARIABLE
            )
            .into()),
            EngineChoice::Nats => Ok(Self::Nats(block_in_place(NatsServer::start))),
        }
    }

    /// Returns how a node is configured with it. A server is behind a network of the node's own.
    pub(crate) async fn setting(&self) -> Result<EngineSetting> {
        Ok(match self {
            Self::Local(setting) => EngineSetting {
                text: setting.clone(),
                proxy: None,
            },
            Self::Nats(server) => {
                let proxy = Proxy::start(server.host()).await?;
                EngineSetting {
                    text: format!("nats://{}", proxy.address()),
                    proxy: Some(proxy),
                }
            }
        })
    }

    /// Returns the id of the server's process, if it runs.
    pub(crate) fn process_id(&self) -> Option<u32> {
        match self {
            Self::Local(_) => None,
            Self::Nats(server) => server.process_id(),
        }
    }

    /// Returns the address of the server.
    pub(crate) fn server(&self) -> Option<String> {
        match self {
            Self::Local(_) => None,
            Self::Nats(server) => Some(server.address()),
        }
    }

    /// Does something with the server, which blocks.
    pub(crate) fn with_server(&mut self, act: impl FnOnce(&mut NatsServer)) -> Result<()> {
        match self {
            Self::Local(_) => Err("the engine has no server".into()),
            Self::Nats(server) => {
                block_in_place(|| act(server));
                Ok(())
            }
        }
    }
}
