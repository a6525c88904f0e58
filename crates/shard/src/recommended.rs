//! Starting as many shards as Discord recommends.

use crate::{Config, ConfigBuilder, Shard, create_iterator};
use gloaming_protocol::ShardId;
use std::{
    error::Error,
    fmt::{self, Display, Formatter},
    time::Duration,
};
use twilight_http::Client;
use twilight_model::gateway::SessionStartLimit;

/// Asks Discord how many shards the bot should have (`GET /gateway/bot`, P2) and makes them; as
/// [`create_iterator`] otherwise.
///
/// A queue that was left at the default learns the limits that Discord answers with (P11, P12); a queue
/// of your own has to be told by you. A `max_concurrency` of 0 counts as 1. When fewer session starts are
/// left than there are shards, a warning says so: the default queue lets the rest wait for the reset.
///
/// `client` needs one of twilight-http's TLS features, which this crate's TLS features turn on: without
/// any, twilight-http would send the token in clear text.
///
/// This is for all shards in one process. To spread them over several, ask once, and give each process
/// its [`bucket`](crate::bucket) of the number.
///
/// # Errors
///
/// Discord could not be asked, its answer could not be read, or it recommends no shards at all.
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
    per_shard_config: F,
) -> Result<impl ExactSizeIterator<Item = Shard> + use<F>, StartRecommendedError>
where
    F: FnMut(ShardId, ConfigBuilder) -> Config,
{
    let response = client.gateway().authed().await.map_err(|error| {
        StartRecommendedError::caused_by(StartRecommendedErrorKind::Request, error)
    })?;
    let info = response.model().await.map_err(|error| {
        StartRecommendedError::caused_by(StartRecommendedErrorKind::Deserializing, error)
    })?;
    let total = info.shards;
    if total == 0 {
        return Err(StartRecommendedError::new(
            StartRecommendedErrorKind::NoShards,
        ));
    }
    heed(&info.session_start_limit, total, &config);
    Ok(create_iterator(0..total, total, config, per_shard_config))
}

/// Tells the queue what Discord allows, and the log if it is too little.
fn heed(limit: &SessionStartLimit, shards: u32, config: &Config) {
    let reset_after = Duration::from_millis(limit.reset_after);
    let reserve = config.default_queue().map_or(0, |queue| {
        queue.update(
            limit.max_concurrency,
            limit.remaining,
            reset_after,
            limit.total,
        );
        queue.settings().reserve
    });
    if limit.remaining.saturating_sub(reserve) < shards {
        tracing::warn!(
            shards,
            remaining = limit.remaining,
            total = limit.total,
            reserve,
            ?reset_after,
            "there are not enough session starts left to start all shards today"
        );
    }
}

/// Discord could not be asked for the number of shards.
#[derive(Debug)]
pub struct StartRecommendedError {
    kind: StartRecommendedErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What went wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum StartRecommendedErrorKind {
    /// The answer could not be read.
    Deserializing,
    /// Discord recommends no shards at all, with which no bot can run; ask again later.
    NoShards,
    /// The request failed: the network, or a token that Discord does not accept.
    Request,
}

impl StartRecommendedError {
    const fn new(kind: StartRecommendedErrorKind) -> Self {
        Self { kind, source: None }
    }

    fn caused_by(
        kind: StartRecommendedErrorKind,
        source: impl Error + Send + Sync + 'static,
    ) -> Self {
        Self {
            kind,
            source: Some(Box::new(source)),
        }
    }

    /// What went wrong.
    #[must_use]
    pub const fn kind(&self) -> &StartRecommendedErrorKind {
        &self.kind
    }

    /// The cause, if there is one.
    #[must_use]
    pub fn into_source(self) -> Option<Box<dyn Error + Send + Sync>> {
        self.source
    }

    /// What went wrong, and the cause.
    #[must_use]
    pub fn into_parts(
        self,
    ) -> (
        StartRecommendedErrorKind,
        Option<Box<dyn Error + Send + Sync>>,
    ) {
        (self.kind, self.source)
    }
}

impl Display for StartRecommendedError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            StartRecommendedErrorKind::Deserializing => {
                "discord's answer about the number of shards can't be read"
            }
            StartRecommendedErrorKind::NoShards => {
                "discord recommends no shards at all; ask again later, or choose a number"
            }
            StartRecommendedErrorKind::Request => {
                "asking discord for the number of shards failed; check the network and the token"
            }
        })
    }
}

impl Error for StartRecommendedError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}
