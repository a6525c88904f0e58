//! What the nodes share.

use crate::{Result, options::EngineChoice, proxy::Proxy, server::Server};
use gloaming_test_support::{
    nats::{self, NatsServer},
    redis::{self, RedisServer},
};
use std::path::Path;
use tokio::task::block_in_place;

/// The engine of the nodes.
#[derive(Debug)]
pub(crate) enum Engine {
    /// Files in a folder.
    Local(String),
    /// A server, which ends with this.
    Server(Server),
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
            EngineChoice::Nats => {
                let server = block_in_place(NatsServer::start);
                Ok(Self::Server(Server::Nats(server)))
            }
            EngineChoice::Redis if redis::program().is_none() => Err(format!(
                "no redis-server: run `cargo xtask setup`, or set {} to the path of one from 6.2 on",
                redis::PROGRAM_VARIABLE
            )
            .into()),
            EngineChoice::Redis => {
                let server = block_in_place(RedisServer::start);
                Ok(Self::Server(Server::Redis(server)))
            }
        }
    }

    /// Returns how a node is configured with it. A server is behind a network of the node's own.
    pub(crate) async fn setting(&self) -> Result<EngineSetting> {
        Ok(match self {
            Self::Local(setting) => EngineSetting {
                text: setting.clone(),
                proxy: None,
            },
            Self::Server(server) => {
                let proxy = Proxy::start(server.host()).await?;
                EngineSetting {
                    text: format!("{}://{}", server.scheme(), proxy.address()),
                    proxy: Some(proxy),
                }
            }
        })
    }

    /// Returns the address of the server.
    pub(crate) fn server(&self) -> Option<String> {
        match self {
            Self::Local(_) => None,
            Self::Server(server) => Some(format!("{}://{}", server.scheme(), server.host())),
        }
    }

    /// Returns the name and the id of the server's process, if it runs.
    pub(crate) fn process(&self) -> Option<(String, u32)> {
        match self {
            Self::Local(_) => None,
            Self::Server(server) => {
                let name = format!("{}-server", server.scheme());
                Some((name, server.process_id()?))
            }
        }
    }

    /// Does something with the server, which blocks.
    pub(crate) fn with_server(&mut self, act: impl FnOnce(&mut Server)) -> Result<()> {
        match self {
            Self::Local(_) => Err("the engine has no server".into()),
            Self::Server(server) => {
                block_in_place(|| act(server));
                Ok(())
            }
        }
    }
}
