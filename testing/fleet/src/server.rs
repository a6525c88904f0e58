//! The server of an engine.

use gloaming_test_support::{nats::NatsServer, redis::RedisServer};

/// A server, which ends with this.
#[derive(Debug)]
pub(crate) enum Server {
    Nats(NatsServer),
    Redis(RedisServer),
}

impl Server {
    /// The scheme of its address.
    pub(crate) const fn scheme(&self) -> &'static str {
        match self {
            Self::Nats(_) => "nats",
            Self::Redis(_) => "redis",
        }
    }

    /// Its host and port.
    pub(crate) fn host(&self) -> String {
        match self {
            Self::Nats(server) => server.host(),
            Self::Redis(server) => server.host(),
        }
    }

    /// The id of its process, if it runs.
    pub(crate) fn process_id(&self) -> Option<u32> {
        match self {
            Self::Nats(server) => server.process_id(),
            Self::Redis(server) => server.process_id(),
        }
    }

    /// Kills it. Its store remains.
    pub(crate) fn kill(&mut self) {
        match self {
            Self::Nats(server) => server.kill(),
            Self::Redis(server) => server.kill(),
        }
    }

    /// Starts it after it was killed.
    pub(crate) fn resume(&mut self) {
        match self {
            Self::Nats(server) => server.resume(),
            Self::Redis(server) => server.resume(),
        }
    }

    /// Copies its store.
    pub(crate) fn save(&mut self) {
        match self {
            Self::Nats(server) => server.save(),
            Self::Redis(server) => server.save(),
        }
    }

    /// Starts it with the store that was copied.
    pub(crate) fn roll_back(&mut self) {
        match self {
            Self::Nats(server) => server.roll_back(),
            Self::Redis(server) => server.roll_back(),
        }
    }
}
