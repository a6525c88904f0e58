//! What Discord says about the bot: how many shards it recommends, and how many may identify.

use crate::{Result, agreement::Agreement};
use gloaming_node::{Config, ShardCount};
use gloaming_queue::QueueSettings;
use gloaming_shard::{
    ConfigBuilder, GatewayInfoRequest, machine::gateway_info::GatewayInfoErrorKind,
};
use std::{num::NonZeroU32, time::Duration};

/// How long a node waits for Discord if it can start without.
const PATIENCE: Duration = Duration::from_secs(15);

/// What a node starts with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) identifies: QueueSettings,
    pub(crate) proposed: Agreement,
}

/// Requests `GET /gateway/bot`. If the number of shards is known, a node starts without the response, so that sessions are
/// resumed while the API is down; it then identifies one shard per 5 s.
pub(crate) async fn request(config: &Config, known: Option<Agreement>) -> Result<Limits> {
    let configured = configured(config);
    let mut shard = ConfigBuilder::new(config.token.expose().to_owned(), config.intents);
    if let Some(url) = &config.gateway_url {
        shard = shard.gateway_url(url);
    }
    if let Some(url) = &config.api_url {
        shard = shard.api_url(url);
    }
    let mut request = GatewayInfoRequest::new(&shard.build());
    let shards = configured.or_else(|| known.map(|known| known.shards));
    if shards.is_some() {
        request = request.deadline(PATIENCE);
    }
    let (identifies, recommended) = match (request.send().await, shards) {
        (Ok(info), _) => {
            let recommended = NonZeroU32::new(info.shards).unwrap_or(NonZeroU32::MIN);
            (QueueSettings::from(&info.session_start_limit), recommended)
        }
        (Err(error), Some(shards)) if !is_final(error.kind()) => {
            tracing::warn!(
                "{error}; the node starts nevertheless, and identifies one shard per 5 s"
            );
            (QueueSettings::default(), shards)
        }
        (Err(error), _) => return Err(error.into()),
    };
    let proposed = Agreement {
        shards: configured.unwrap_or(recommended),
        max_concurrency: identifies.max_concurrency,
    };
    Ok(Limits {
        identifies,
        proposed,
    })
}

/// Returns the number of shards that the configuration has.
pub(crate) const fn configured(config: &Config) -> Option<NonZeroU32> {
    match config.shards {
        ShardCount::Auto => None,
        ShardCount::Fixed(shards) => Some(shards),
    }
}

/// Returns whether the bot could not run either.
const fn is_final(kind: GatewayInfoErrorKind) -> bool {
    matches!(
        kind,
        GatewayInfoErrorKind::Misconfigured | GatewayInfoErrorKind::Token
    )
}
