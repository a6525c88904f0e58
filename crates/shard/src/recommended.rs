//! Creates as many shards as Discord recommends.

use crate::{Config, ConfigBuilder, Shard, create_iterator};
use gloaming_protocol::ShardId;
use std::{
    error::Error,
    fmt::{self, Display, Formatter},
    time::Duration,
};
use twilight_http::Client;
use twilight_model::gateway::SessionStartLimit;

/// Requests the recommended number of shards from Discord (`GET /gateway/bot`,
/// [P2](gloaming_protocol::rules#p2)) and creates them, like [`create_iterator`].
///
/// The default queue is updated with the session start limits in Discord's response
/// ([P11](gloaming_protocol::rules#p11), [P12](gloaming_protocol::rules#p12)); update a custom queue
/// yourself. A `max_concurrency` of 0 counts as 1. If fewer session starts remain than there are shards, a
/// warning is logged, and the default queue makes the other shards wait for the reset.
///
/// `client` needs a TLS feature of twilight-http, which the TLS features of this crate enable. Without one,
/// twilight-http sends the token in clear text.
///
/// Use this function if one process runs all shards. To distribute shards over several processes, request the
/// number once, and pass each process its [`bucket`](crate::bucket).
///
/// # Errors
///
/// Returns an error if the request fails, the response can't be parsed, or Discord recommends no shards.
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
    apply_session_start_limit(&info.session_start_limit, total, &config);
    Ok(create_iterator(0..total, total, config, per_shard_config))
}

/// Updates the default queue, and logs a warning if not all shards can start.
fn apply_session_start_limit(limit: &SessionStartLimit, shards: u32, config: &Config) {
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
            "not enough session starts remain to start all shards before the reset"
        );
    }
}

/// The recommended number of shards is not known (network, peer or configuration).
#[derive(Debug)]
pub struct StartRecommendedError {
    kind: StartRecommendedErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The reason of a [`StartRecommendedError`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum StartRecommendedErrorKind {
    /// The response can't be parsed.
    Deserializing,
    /// Discord recommends zero shards.
    NoShards,
    /// The request failed: the network, or a token that Discord rejects.
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

    /// Returns the kind, by reference for compatibility with twilight-gateway.
    #[must_use]
    pub const fn kind(&self) -> &StartRecommendedErrorKind {
        &self.kind
    }

    /// Returns the source, if there is one.
    #[must_use]
    pub fn into_source(self) -> Option<Box<dyn Error + Send + Sync>> {
        self.source
    }

    /// Returns the kind and the source.
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
                "discord's response with the number of shards can't be parsed; try again later"
            }
            StartRecommendedErrorKind::NoShards => {
                "discord recommends zero shards; try again later, or choose a number"
            }
            StartRecommendedErrorKind::Request => {
                "the request for the number of shards failed; check the network and the token"
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
