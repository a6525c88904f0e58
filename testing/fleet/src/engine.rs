//! What the nodes share.

use crate::{Result, options::EngineChoice};
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

    /// Returns how the nodes are configured with it.
    pub(crate) fn setting(&self) -> String {
        match self {
            Self::Local(setting) => setting.clone(),
            Self::Nats(server) => server.address(),
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
