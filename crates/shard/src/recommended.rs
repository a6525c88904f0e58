//! Creates as many shards as Discord recommends, with a client of twilight-http.

use crate::{
    Config, ConfigBuilder, GatewayInfoRequest, Shard, create_from_info,
    error::{GatewayInfoError, GatewayInfoErrorKind, with_causes},
};
use gloaming_protocol::ShardId;
use std::{
    error::Error,
    fmt::{self, Display, Formatter},
};
use twilight_http::Client;

/// Requests the recommended number of shards through a client of twilight-http, and creates them: the calls
/// [`GatewayInfoRequest::send_through`] and [`create_from_info`] in one.
///
/// Kept for bots written for twilight-gateway. [`GatewayInfoRequest::send`] needs no client, follows the time for which
/// Discord asks to wait, which the client hides, and can be observed.
///
/// A failed attempt is followed by another until the [deadline](crate::GatewayInfoPolicy::deadline) of
/// [`ConfigBuilder::gateway_info`], by default for 5 min: after at least 60 s if it was rate-limited, and after a backoff
/// if the network or the server has a fault. Each wait is logged at warn level. Use a client with a rate limiter, which is
/// the default: one without sends a rate-limited request again without a pause, unless the proxy that it sends to delays
/// its responses.
///
/// # Errors
///
/// Returns an error if no attempt succeeds until the deadline, or if Discord refuses the token. The source is a
/// [`GatewayInfoError`].
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
    let request = GatewayInfoRequest::new(&config);
    let info = request.send_through(client).await?;
    Ok(create_from_info(&info, config, per_shard_config))
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
    /// The responses can't be parsed.
    Deserializing,
    /// Discord recommends zero shards.
    NoShards,
    /// The request failed: the network, the server, a rate limit, or a token that Discord rejects.
    Request,
}

impl StartRecommendedError {
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

impl From<GatewayInfoError> for StartRecommendedError {
    fn from(error: GatewayInfoError) -> Self {
        let kind = match error.kind() {
            GatewayInfoErrorKind::Undecodable => StartRecommendedErrorKind::Deserializing,
            GatewayInfoErrorKind::NoShards => StartRecommendedErrorKind::NoShards,
            _ => StartRecommendedErrorKind::Request,
        };
        Self {
            kind,
            source: Some(Box::new(error)),
        }
    }
}

impl Display for StartRecommendedError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let problem = match self.kind {
            StartRecommendedErrorKind::Deserializing => {
                "discord's responses with the number of shards can't be parsed; try again later"
            }
            StartRecommendedErrorKind::NoShards => {
                "discord recommends zero shards; try again later, or choose a number"
            }
            StartRecommendedErrorKind::Request => "the request for the number of shards failed",
        };
        f.write_str(&with_causes(problem, self.source()))
    }
}

impl Error for StartRecommendedError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}
