//! What the bot stores with the session of a shard.

use crate::{
    Result,
    world::{Guilds, apply},
};
use gloaming_shard::Event;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct State {
    pub(crate) counted: Counted,
    /// The cache. Empty if the bot keeps none.
    pub(crate) guilds: Guilds,
}

impl State {
    /// Keeps what an event says about guilds.
    pub(crate) fn cache(&mut self, event: &Event) {
        apply(&mut self.guilds, event);
    }

    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>> {
        Ok(serde_json::to_vec(self)?)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Ok(serde_json::from_slice(bytes)?)
    }
}

/// How many events, and the sum of their numbers.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Counted {
    pub(crate) events: u64,
    pub(crate) sum: u64,
}

impl Counted {
    pub(crate) fn add(&mut self, number: u64) {
        self.events += 1;
        self.sum = self.sum.wrapping_add(number);
    }
}
