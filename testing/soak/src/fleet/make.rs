//! How each shard is made: every way to the gateway is gone by some.

use std::{io, num::NonZeroU16, time::Duration};

use gloaming::{
    Compression, ConfigBuilder, Intents, Session, Shard, ShardId,
    machine::BackoffPolicy,
    queue::{InMemoryQueue, QueueSettings},
    tls::Tls,
};
use gloaming_emulator::DEFAULT_TOKEN;

use crate::{Gateway, Plan, plan::SESSION_STARTS};

/// So short that a minute has many faults in it.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Makes shards.
#[derive(Debug)]
pub(super) struct Make {
    shards: u32,
    ws: String,
    wss: String,
    tls: Tls,
    /// Of all, and of those that come after them: a deploy does not forget what was spent.
    queue: InMemoryQueue,
}

impl Make {
    pub(super) fn new(plan: &Plan, gateway: &Gateway) -> io::Result<Self> {
        let tls = Tls::new()
            .and_then(|tls| tls.with_root_certificate(&gateway.root))
            .map_err(io::Error::other)?;
        let at_once = u16::try_from(plan.shards).unwrap_or(u16::MAX);
        let queue = InMemoryQueue::with_settings(QueueSettings {
            max_concurrency: NonZeroU16::new(at_once).unwrap_or(NonZeroU16::MIN),
            remaining: SESSION_STARTS,
            total: SESSION_STARTS,
            ..QueueSettings::default()
        });
        Ok(Self {
            shards: plan.shards,
            ws: gateway.ws.clone(),
            wss: gateway.wss.clone(),
            tls,
            queue,
        })
    }

    /// The shards that are in the cluster.
    pub(super) fn clustered(&self) -> impl Iterator<Item = u32> + use<> {
        (0..self.shards).filter(|number| is_clustered(*number))
    }

    /// The others.
    pub(super) fn lone(&self) -> impl Iterator<Item = u32> + use<> {
        (0..self.shards).filter(|number| !is_clustered(*number))
    }

    pub(super) fn shard(&self, number: u32, session: Option<Session>) -> Shard {
        let (compression, url) = way(number);
        let mut backoff = BackoffPolicy::default();
        backoff.cap = LONGEST_WAIT;
        let mut config = ConfigBuilder::new(DEFAULT_TOKEN.to_owned(), Intents::all())
            .gateway_url(match url {
                Url::Ws => &*self.ws,
                Url::Wss => &*self.wss,
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
enum Url {
    Ws,
    Wss,
}

fn way(number: u32) -> (Compression, Url) {
    let compression = match number % 3 {
        0 => Compression::ZlibStream,
        1 => Compression::ZstdStream,
        _ => Compression::None,
    };
    let url = match number / 3 % 2 {
        0 => Url::Wss,
        _ => Url::Ws,
    };
    (compression, url)
}

const fn is_clustered(number: u32) -> bool {
    (number + number / 6).is_multiple_of(2)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn of_twelve_each_goes_another_way() {
        let ways = (0..12).map(|number| {
            let (compression, url) = way(number);
            (format!("{compression:?}"), url, is_clustered(number))
        });
        assert_eq!(ways.collect::<BTreeSet<_>>().len(), 12);
    }
}
