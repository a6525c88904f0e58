//! A Redis server, as the configuration names it.

use std::fmt::{self, Debug, Formatter};

/// The Redis server that the nodes share. `Debug` does not show the address, which may have credentials.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct RedisChoice {
    server: String,
    /// What the bot is called on the server. Bots of one database need different names. Default: `bot`.
    pub bot: String,
}

impl RedisChoice {
    pub(super) fn new(server: String) -> Self {
        Self {
            server,
            bot: "bot".to_owned(),
        }
    }

    /// Returns the address of the server, with its credentials.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }
}

impl Debug for RedisChoice {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisChoice")
            .field("bot", &self.bot)
            .finish_non_exhaustive()
    }
}
