//! The configuration of each shard: together they use every transport and compression.

use std::{io, num::NonZeroU16, time::Duration};

use gloaming::{
    Compression, ConfigBuilder, Intents, Session, Shard, ShardId,
    machine::BackoffPolicy,
    queue::{InMemoryQueue, QueueSettings},
    tls::Tls,
};
use gloaming_emulator::DEFAULT_TOKEN;

use crate::{
    endpoint::Endpoint,
    plan::{Plan, SESSION_STARTS},
};

/// Short, so that many faults fit into a minute.
const MAX_BACKOFF: Duration = Duration::from_secs(10);

/// Builds the shards.
#[derive(Debug)]
pub(super) struct ShardFactory {
    shards: u32,
    ws: String,
    wss: String,
    tls: Tls,
    /// Shared by all shards, also by those that are built after a restart.
    queue: InMemoryQueue,
}

impl ShardFactory {
    pub(super) fn new(plan: &Plan, endpoint: &Endpoint) -> io::Result<Self> {
        let tls = Tls::new()
            .and_then(|tls| tls.with_root_certificate(&endpoint.root_certificate))
            .map_err(io::Error::other)?;
        let max_concurrency = u16::try_from(plan.shards).unwrap_or(u16::MAX);
        let queue = InMemoryQueue::with_settings(QueueSettings {
            max_concurrency: NonZeroU16::new(max_concurrency).unwrap_or(NonZeroU16::MIN),
            remaining: SESSION_STARTS,
            total: SESSION_STARTS,
            ..QueueSettings::default()
        });
        Ok(Self {
            shards: plan.shards,
            ws: endpoint.ws.clone(),
            wss: endpoint.wss.clone(),
            tls,
            queue,
        })
    }

    /// Returns the shards of the cluster.
    pub(super) fn clustered(&self) -> impl Iterator<Item = u32> + use<> {
        (0..self.shards).filter(|number| is_clustered(*number))
    }

    /// Returns the standalone shards.
    pub(super) fn standalone(&self) -> impl Iterator<Item = u32> + use<> {
        (0..self.shards).filter(|number| !is_clustered(*number))
    }

    pub(super) fn build(&self, number: u32, session: Option<Session>) -> Shard {
        let (compression, scheme) = transport(number);
        let mut backoff = BackoffPolicy::default();
        backoff.cap = MAX_BACKOFF;
        let mut config = ConfigBuilder::new(DEFAULT_TOKEN.to_owned(), Intents::all())
            .gateway_url(match scheme {
                Scheme::Ws => &*self.ws,
                Scheme::Wss => &*self.wss,
            })
            .compression(compression)
            .tls(self.tls.clone())
            .queue(self.queue.clone())
            .backoff(backoff);
        if let Some(session) = session {
            config = config.session(session);
        }
        Shard::with_config(ShardId::new(number, self.shards), config.build())
    }
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Scheme {
    Ws,
    Wss,
}

fn transport(number: u32) -> (Compression, Scheme) {
    let compression = match number % 3 {
        0 => Compression::ZlibStream,
        1 => Compression::ZstdStream,
        _ => Compression::None,
    };
    let scheme = match number / 3 % 2 {
        0 => Scheme::Wss,
        _ => Scheme::Ws,
    };
    (compression, scheme)
}

const fn is_clustered(number: u32) -> bool {
    (number + number / 6).is_multiple_of(2)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn twelve_shards_cover_every_combination() {
        let combinations = (0..12).map(|number| {
            let (compression, scheme) = transport(number);
            (format!("{compression:?}"), scheme, is_clustered(number))
        });
        assert_eq!(combinations.collect::<BTreeSet<_>>().len(), 12);
    }
}
