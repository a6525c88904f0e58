//! Why a switch to another number of shards did not begin.

use gloaming_shard::error::{GatewayInfoError, with_causes};
use std::{
    error::Error,
    fmt::{self, Display, Formatter},
    time::Duration,
};

/// A switch to another number of shards did not begin. The shards are as before.
#[derive(Debug)]
pub struct ReshardError {
    kind: ReshardErrorKind,
    source: Option<GatewayInfoError>,
}

/// Why a switch to another number of shards did not begin.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ReshardErrorKind {
    /// The new shards need more session starts than are left for the day ([P12](gloaming_protocol::rules#p12)).
    SessionStarts {
        /// The number of session starts that are needed.
        needed: u32,
        /// The number of session starts that are left besides the reserve.
        available: u32,
        /// How long it takes until more are available.
        reset_after: Duration,
    },
    /// A cluster does not have all shards of the bot. The others would have to switch at the same time.
    ShardsMissing,
    /// The intents of the clusters differ, so that they do not get the same events.
    IntentsDiffer,
    /// The intents lack `GUILDS`, so that no GUILD_CREATE says when a shard has a guild.
    GuildsIntentMissing,
    /// A cluster does not deliver READY, GUILD_CREATE and GUILD_DELETE.
    EventsMissing,
    /// The cluster switches already.
    InProgress,
    /// The cluster can't switch to this number of shards: it is zero, or the number that the cluster has.
    InvalidTotal {
        /// The requested number.
        total: u32,
    },
    /// The guilds of the cluster are still [awaited](crate::Cluster::guilds_arrived).
    Starting,
    /// A shard of the cluster [is stopped](crate::ShardHandle::stop), so that its guilds can't switch.
    ShardStopped {
        /// The number of the shard.
        shard: u32,
    },
    /// The cluster was brought down, or its stream was dropped.
    ClusterDown,
    /// The cluster has no configuration for new shards, since it was [started](crate::Cluster::start) from ready-made
    /// shards.
    NoConfiguration,
    /// Discord did not say how many session starts are left.
    ///
    /// The source is a [`GatewayInfoError`], which says why, and how long Discord asks to wait before the next request.
    GatewayInfo,
}

impl ReshardError {
    pub(crate) const fn new(kind: ReshardErrorKind) -> Self {
        Self { kind, source: None }
    }

    pub(crate) const fn gateway_info(source: GatewayInfoError) -> Self {
        Self {
            kind: ReshardErrorKind::GatewayInfo,
            source: Some(source),
        }
    }

    /// Returns why the switch did not begin.
    #[must_use]
    pub const fn kind(&self) -> ReshardErrorKind {
        self.kind
    }
}

impl Display for ReshardError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.kind {
            ReshardErrorKind::SessionStarts {
                needed,
                available,
                reset_after,
            } => write!(
                f,
                "the new shards need {needed} session starts, and {available} are left for the day besides the reserve; \
                 try again in {} min",
                reset_after.as_secs().div_ceil(60)
            ),
            ReshardErrorKind::ShardsMissing => f.write_str(
                "a cluster that switches to another number of shards needs all shards of the bot; use one cluster with all \
                 of them, or, if the bot runs over several processes, stop them all and start them with the new number",
            ),
            ReshardErrorKind::IntentsDiffer => f.write_str(
                "the intents of the two clusters differ; build the new one with the intents of the old one",
            ),
            ReshardErrorKind::GuildsIntentMissing => f.write_str(
                "the intents lack GUILDS, without which it is not known when a shard has a guild; add it to both clusters",
            ),
            ReshardErrorKind::EventsMissing => f.write_str(
                "a cluster does not deliver READY, GUILD_CREATE and GUILD_DELETE; add them to its event types",
            ),
            ReshardErrorKind::InProgress => f.write_str(
                "the cluster switches to another number of shards already; wait until that has ended, or abort it",
            ),
            ReshardErrorKind::InvalidTotal { total } => write!(
                f,
                "a cluster can't switch to {total} shards; use at least 1, and another number than before"
            ),
            ReshardErrorKind::Starting => f.write_str(
                "the guilds of the cluster have not arrived yet; wait for `Cluster::guilds_arrived` first",
            ),
            ReshardErrorKind::ShardStopped { shard } => write!(
                f,
                "shard {shard} is stopped, and its guilds can't switch to another number of shards; start it first"
            ),
            ReshardErrorKind::ClusterDown => {
                f.write_str("the cluster is down and can't switch to another number of shards; build one with that number")
            }
            ReshardErrorKind::NoConfiguration => f.write_str(
                "the cluster was started from ready-made shards and has no configuration for others; use a builder, or \
                 `ClusterSwitch`",
            ),
            ReshardErrorKind::GatewayInfo => {
                let problem = "failed to ask for the session starts that are left, which a budget makes unnecessary";
                f.write_str(&with_causes(problem, self.source()))
            }
        }
    }
}

impl Error for ReshardError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source = self.source.as_ref()?;
        Some(source)
    }
}

impl From<ReshardErrorKind> for ReshardError {
    fn from(kind: ReshardErrorKind) -> Self {
        Self::new(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::{ReshardError, ReshardErrorKind};
    use gloaming_shard::{ConfigBuilder, GatewayInfoRequest, error::GatewayInfoError};
    use std::{error::Error as _, time::Duration};
    use twilight_model::gateway::Intents;

    #[test]
    fn missing_session_starts_are_told_with_the_minutes_to_wait() {
        for (reset_after, minutes) in [(0, 0), (1, 1), (60, 1), (61, 2), (3600, 60)] {
            let error = ReshardError::from(ReshardErrorKind::SessionStarts {
                needed: 7,
                available: 3,
                reset_after: Duration::from_secs(reset_after),
            });
            assert_eq!(
                error.to_string(),
                format!(
                    "the new shards need 7 session starts, and 3 are left for the day besides the reserve; try again in \
                     {minutes} min"
                )
            );
        }
    }

    #[test]
    fn stopped_shard_and_wrong_total_are_named() {
        for (kind, named) in [
            (ReshardErrorKind::ShardStopped { shard: 5 }, "shard 5 "),
            (ReshardErrorKind::InvalidTotal { total: 0 }, "to 0 shards"),
        ] {
            let error = ReshardError::new(kind);
            assert!(error.to_string().contains(named), "{error}");
            assert!(error.source().is_none());
        }
    }

    #[tokio::test]
    async fn failed_request_is_the_source_and_in_the_text() {
        // No request is made to such a URL.
        let config = ConfigBuilder::new("token".to_owned(), Intents::GUILDS)
            .api_url("ftp://discord.test")
            .build();
        let source = GatewayInfoRequest::new(&config).send().await.unwrap_err();
        let reason = source.to_string();
        let error = ReshardError::gateway_info(source);
        assert_eq!(error.kind(), ReshardErrorKind::GatewayInfo);
        assert!(error.to_string().ends_with(&reason), "{error}");
        let source = error.source().unwrap();
        assert!(source.downcast_ref::<GatewayInfoError>().is_some());
    }
}
