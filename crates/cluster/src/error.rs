//! Errors of a cluster as a whole.

use crate::{ShardSchemeError, StoreError};
use gloaming_shard::error::{ConfigError, GatewayInfoError, SendError, with_causes};
use std::{
    error::Error,
    fmt::{self, Display, Formatter},
    io,
};
use twilight_model::id::{Id, marker::GuildMarker};

type Source = Box<dyn Error + Send + Sync>;

/// A cluster could not be built.
#[derive(Debug)]
pub struct ClusterStartError {
    kind: ClusterStartErrorKind,
    source: Option<Source>,
}

/// Why a cluster could not be built.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ClusterStartErrorKind {
    /// The request for the recommended number of shards failed.
    ///
    /// The source is a [`GatewayInfoError`], which says why, and how long Discord asks to wait before the next request.
    /// A [`ShardScheme`](crate::ShardScheme) needs no request.
    AutoSharding,
    /// The configuration of the shards is invalid.
    ///
    /// The source is a [`ConfigError`], which names the setting.
    Config,
    /// Two shards have the same number. Both would get the same events, and the cluster could return the
    /// [session](crate::Cluster::down_resumable) and the [information](crate::Cluster::info) of only one.
    DuplicateShard {
        /// The number that is there more than once.
        number: u32,
    },
    /// The [requested](crate::ClusterBuilder::request_identify_limits) limits of identifies are not known.
    ///
    /// The source is a [`GatewayInfoError`], as for [`AutoSharding`](Self::AutoSharding).
    IdentifyLimits,
    /// The thread of the shards could not be started.
    ///
    /// The source is the [`std::io::Error`] of the system.
    Runtime,
    /// The [session store](crate::ClusterBuilder::session_store) could not be loaded, or did not answer within 10 s.
    ///
    /// The source is a [`StoreError`], which says why.
    SessionStore,
    /// The numbers of the shard scheme contradict each other.
    ///
    /// The source is a [`ShardSchemeError`], which names the numbers.
    Scheme,
}

impl ClusterStartError {
    pub(crate) fn auto_sharding(source: GatewayInfoError) -> Self {
        Self {
            kind: ClusterStartErrorKind::AutoSharding,
            source: Some(source.into()),
        }
    }

    pub(crate) fn config(source: ConfigError) -> Self {
        Self {
            kind: ClusterStartErrorKind::Config,
            source: Some(source.into()),
        }
    }

    pub(crate) fn identify_limits(source: GatewayInfoError) -> Self {
        Self {
            kind: ClusterStartErrorKind::IdentifyLimits,
            source: Some(source.into()),
        }
    }

    pub(crate) fn runtime(source: io::Error) -> Self {
        Self {
            kind: ClusterStartErrorKind::Runtime,
            source: Some(source.into()),
        }
    }

    pub(crate) fn scheme(source: ShardSchemeError) -> Self {
        Self {
            kind: ClusterStartErrorKind::Scheme,
            source: Some(source.into()),
        }
    }

    pub(crate) fn session_store(source: StoreError) -> Self {
        Self {
            kind: ClusterStartErrorKind::SessionStore,
            source: Some(source.into()),
        }
    }

    pub(crate) const fn duplicate_shard(number: u32) -> Self {
        Self {
            kind: ClusterStartErrorKind::DuplicateShard { number },
            source: None,
        }
    }

    /// Returns why the cluster could not be built.
    #[must_use]
    pub const fn kind(&self) -> ClusterStartErrorKind {
        self.kind
    }

    /// Returns the cause, if there is one.
    #[must_use]
    pub fn into_source(self) -> Option<Source> {
        self.source
    }

    /// Returns why the cluster could not be built, and the cause.
    #[must_use]
    pub fn into_parts(self) -> (ClusterStartErrorKind, Option<Source>) {
        (self.kind, self.source)
    }
}

/// Contains the texts of all sources, since most programs print only this.
impl Display for ClusterStartError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let problem = match self.kind {
            ClusterStartErrorKind::AutoSharding => {
                "failed to ask for the recommended number of shards, which a shard scheme makes unnecessary"
            }
            ClusterStartErrorKind::DuplicateShard { number } => {
                return write!(
                    f,
                    "shard {number} is in the cluster twice; pass each shard once, and shards of another total to \
                     another cluster"
                );
            }
            ClusterStartErrorKind::IdentifyLimits => {
                "failed to ask for the limits of identifies, which `request_identify_limits` demands"
            }
            ClusterStartErrorKind::Runtime => {
                "the system refused a thread for the shards; raise its limits, or use `ShardRuntime::current`"
            }
            ClusterStartErrorKind::Config => "the configuration of the shards is invalid",
            ClusterStartErrorKind::SessionStore => "failed to load the sessions to resume",
            ClusterStartErrorKind::Scheme => "the shard scheme is invalid",
        };
        f.write_str(&with_causes(problem, self.source()))
    }
}

impl Error for ClusterStartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        source(&self.source)
    }
}

/// A command was not queued for a shard.
#[derive(Debug)]
pub struct ClusterCommandError {
    kind: ClusterCommandErrorKind,
    source: Option<Source>,
}

/// Why a command was not queued for a shard.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ClusterCommandErrorKind {
    /// The shard did not accept the command: the command exceeds a limit of the gateway, the shard's queue
    /// of commands is full, or the shard has stopped.
    ///
    /// The source is a [`SendError`], which says which.
    Sending,
    /// The cluster has no such shard.
    ShardNonexistent {
        /// The requested number.
        id: u64,
    },
    /// The guild belongs to a shard that the cluster does not run.
    GuildElsewhere {
        /// The guild.
        guild: Id<GuildMarker>,
    },
}

impl ClusterCommandError {
    pub(crate) fn sending(source: SendError) -> Self {
        Self {
            kind: ClusterCommandErrorKind::Sending,
            source: Some(source.into()),
        }
    }

    pub(crate) const fn without_source(kind: ClusterCommandErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Returns why the command was not queued.
    #[must_use]
    pub const fn kind(&self) -> ClusterCommandErrorKind {
        self.kind
    }

    /// Returns the cause, if there is one.
    #[must_use]
    pub fn into_source(self) -> Option<Source> {
        self.source
    }

    /// Returns why the command was not queued, and the cause.
    #[must_use]
    pub fn into_parts(self) -> (ClusterCommandErrorKind, Option<Source>) {
        (self.kind, self.source)
    }
}

impl Display for ClusterCommandError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.kind {
            ClusterCommandErrorKind::Sending => {
                let problem = "the shard did not accept the command";
                f.write_str(&with_causes(problem, self.source()))
            }
            ClusterCommandErrorKind::ShardNonexistent { id } => write!(
                f,
                "the cluster has no shard {id}; use the number or id of one of its shards"
            ),
            ClusterCommandErrorKind::GuildElsewhere { guild } => write!(
                f,
                "guild {guild} belongs to a shard that this cluster does not run; send the command from the process that does"
            ),
        }
    }
}

impl Error for ClusterCommandError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        source(&self.source)
    }
}

/// The shard was not started.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct NotStartedError;

impl Display for NotStartedError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("the shard was not started; call `Cluster::up` or `ShardHandle::start` first")
    }
}

impl Error for NotStartedError {}

fn source(source: &Option<Source>) -> Option<&(dyn Error + 'static)> {
    let source = source.as_deref()?;
    Some(source as &(dyn Error + 'static))
}

#[cfg(test)]
mod tests {
    use super::{ClusterStartError, ClusterStartErrorKind};
    use std::io::{Error, ErrorKind};

    #[test]
    fn refused_thread_is_told_with_its_cause() {
        let error =
            ClusterStartError::runtime(Error::new(ErrorKind::WouldBlock, "no threads left"));
        assert_eq!(error.kind(), ClusterStartErrorKind::Runtime);
        assert_eq!(
            error.to_string(),
            "the system refused a thread for the shards; raise its limits, or use \
             `ShardRuntime::current`: no threads left"
        );
    }
}
