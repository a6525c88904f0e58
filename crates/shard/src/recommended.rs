//! Starting as many shards as Discord recommends.

use crate::{Config, ConfigBuilder, Shard};
use gloaming_protocol::ShardId;
use std::{
    error::Error,
    fmt::{self, Display, Formatter},
    num::NonZeroU16,
    time::Duration,
};
use twilight_http::Client;

/// Asks Discord how many shards the bot should have (`GET /gateway/bot`, P2) and makes them.
///
/// `per_shard_config` turns the common configuration into each shard's; TLS and the identify queue
/// are shared unless it replaces them. A queue that was left at the default learns the limits that Discord
/// answers with (P11, P12); a queue of your own has to be told by you.
///
/// `client` needs one of twilight-http's TLS features, which this crate's TLS features turn on: without
/// any, twilight-http would send the token in clear text.
///
/// # Errors
///
/// Discord could not be asked, or its answer could not be read.
///
/// # Example
///
/// ```no_run
/// use gloaming_shard::{Config, Intents, create_recommended};
/// use twilight_http::Client;
///
/// # async fn example(token: String) -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::new(token.clone());
/// let config = Config::new(token, Intents::GUILDS);
/// let shards = create_recommended(&client, config, |_, builder| builder.build()).await?;
/// # drop(shards);
/// # Ok(())
/// # }
/// ```
pub async fn create_recommended<F>(
    client: &Client,
    config: Config,
    mut per_shard_config: F,
) -> Result<impl ExactSizeIterator<Item = Shard> + use<F>, StartRecommendedError>
where
    F: FnMut(ShardId, ConfigBuilder) -> Config,
{
    let response =
        client.gateway().authed().await.map_err(|error| {
            StartRecommendedError::new(StartRecommendedErrorType::Request, error)
        })?;
    let info = response.model().await.map_err(|error| {
        StartRecommendedError::new(StartRecommendedErrorType::Deserializing, error)
    })?;
    let limit = info.session_start_limit;
    if let Some(queue) = config.default_queue() {
        queue.update(
            NonZeroU16::new(limit.max_concurrency).unwrap_or(NonZeroU16::MIN),
            limit.remaining,
            Duration::from_millis(limit.reset_after),
            limit.total,
        );
    }
    let total = info.shards;
    Ok((0..total).map(move |number| {
        let id = ShardId::new(number, total);
        Shard::with_config(
            id,
            per_shard_config(id, ConfigBuilder::from(config.clone())),
        )
    }))
}

/// Discord could not be asked for the number of shards.
#[derive(Debug)]
pub struct StartRecommendedError {
    kind: StartRecommendedErrorType,
    source: Box<dyn Error + Send + Sync>,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum StartRecommendedErrorType {
    /// The answer could not be read.
    Deserializing,
    /// The request failed: the network, or a token that Discord does not accept.
    Request,
}

impl StartRecommendedError {
    fn new(kind: StartRecommendedErrorType, source: impl Error + Send + Sync + 'static) -> Self {
        Self {
            kind,
            source: Box::new(source),
        }
    }

    /// What went wrong.
    #[must_use]
    pub const fn kind(&self) -> &StartRecommendedErrorType {
        &self.kind
    }

    /// The cause.
    #[must_use]
    pub fn into_source(self) -> Option<Box<dyn Error + Send + Sync>> {
        Some(self.source)
    }
}

impl Display for StartRecommendedError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            StartRecommendedErrorType::Deserializing => {
                "discord's answer about the number of shards can't be read"
            }
            StartRecommendedErrorType::Request => {
                "asking discord for the number of shards failed; check the network and the token"
            }
        })
    }
}

impl Error for StartRecommendedError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
