//! What can go wrong with a cluster as a whole.

use gloaming_shard::error::{ConfigError, SendError};
use std::{
    error::Error,
    fmt::{self, Display, Formatter},
};

type Source = Box<dyn Error + Send + Sync>;

/// A cluster could not be built.
#[derive(Debug)]
pub struct ClusterStartError {
    kind: ClusterStartErrorType,
    source: Option<Source>,
}

/// What kept a cluster from being built.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ClusterStartErrorType {
    /// Discord could not be asked how many shards to run.
    ///
    /// The source says why.
    AutoSharding,
    /// Discord can't be asked how many shards to run: the feature `twilight-http` is not compiled in. Set
    /// a [`ShardScheme`](crate::ShardScheme).
    AutoShardingUnavailable,
    /// The configuration can't work.
    ///
    /// The source is a [`ConfigError`].
    Config,
    /// The scheme's numbers do not fit each other.
    ///
    /// The source is a [`ShardSchemeRangeError`](crate::ShardSchemeRangeError).
    Scheme,
}

impl ClusterStartError {
    #[cfg(feature = "twilight-http")]
    pub(crate) fn auto_sharding(source: impl Into<Source>) -> Self {
        Self {
            kind: ClusterStartErrorType::AutoSharding,
            source: Some(source.into()),
        }
    }

    #[cfg(not(feature = "twilight-http"))]
    pub(crate) const fn auto_sharding_unavailable() -> Self {
        Self {
            kind: ClusterStartErrorType::AutoShardingUnavailable,
            source: None,
        }
    }

    pub(crate) fn config(source: ConfigError) -> Self {
        Self {
            kind: ClusterStartErrorType::Config,
            source: Some(source.into()),
        }
    }

    pub(crate) fn scheme(source: crate::ShardSchemeRangeError) -> Self {
        Self {
            kind: ClusterStartErrorType::Scheme,
            source: Some(source.into()),
        }
    }

    /// What kept it from being built.
    #[must_use]
    pub const fn kind(&self) -> &ClusterStartErrorType {
        &self.kind
    }

    /// The cause, if there is one.
    #[must_use]
    pub fn into_source(self) -> Option<Source> {
        self.source
    }

    /// What kept it from being built, and the cause.
    #[must_use]
    pub fn into_parts(self) -> (ClusterStartErrorType, Option<Source>) {
        (self.kind, self.source)
    }
}

impl Display for ClusterStartError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            ClusterStartErrorType::AutoSharding => "discord was not heard on how many shards to run",
            ClusterStartErrorType::AutoShardingUnavailable => {
                "discord can't be asked how many shards to run: turn on the feature `twilight-http` or \
                 set a shard scheme"
            }
            ClusterStartErrorType::Config => "the shards can't work with their configuration",
            ClusterStartErrorType::Scheme => "the shard scheme makes no sense",
        })
    }
}

impl Error for ClusterStartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        source(&self.source)
    }
}

macro_rules! to_a_shard {
    ($(#[doc = $doc:literal])* $error:ident, $kind:ident) => {
        $(#[doc = $doc])*
        #[derive(Debug)]
        pub struct $error {
            kind: $kind,
            source: Option<Source>,
        }

        /// Why nothing was queued.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        #[non_exhaustive]
        pub enum $kind {
            /// The shard does not take it: it breaks a limit of the gateway's, too many wait already, or
            /// the shard has stopped.
            ///
            /// The source is a [`SendError`].
            Sending,
            /// The cluster has no such shard.
            ShardNonexistent {
                /// The number asked for.
                id: u64,
            },
        }

        impl $error {
            pub(crate) fn sending(source: SendError) -> Self {
                Self {
                    kind: $kind::Sending,
                    source: Some(source.into()),
                }
            }

            pub(crate) const fn nonexistent(id: u64) -> Self {
                Self {
                    kind: $kind::ShardNonexistent { id },
                    source: None,
                }
            }

            /// Why nothing was queued.
            #[must_use]
            pub const fn kind(&self) -> &$kind {
                &self.kind
            }

            /// The cause, if there is one.
            #[must_use]
            pub fn into_source(self) -> Option<Source> {
                self.source
            }

            /// Why nothing was queued, and the cause.
            #[must_use]
            pub fn into_parts(self) -> ($kind, Option<Source>) {
                (self.kind, self.source)
            }
        }

        impl Display for $error {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                match self.kind {
                    $kind::Sending => f.write_str("the shard did not take it"),
                    $kind::ShardNonexistent { id } => {
                        write!(f, "shard {id} is none of this cluster")
                    }
                }
            }
        }

        impl Error for $error {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                source(&self.source)
            }
        }
    };
}

to_a_shard! {
    /// A command was not queued.
    ClusterCommandError, ClusterCommandErrorType
}

to_a_shard! {
    /// A message was not queued.
    ClusterSendError, ClusterSendErrorType
}

/// The shard was never started.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SessionInactiveError;

impl Display for SessionInactiveError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("the shard was never started: bring the cluster up")
    }
}

impl Error for SessionInactiveError {}

fn source(source: &Option<Source>) -> Option<&(dyn Error + 'static)> {
    let source = source.as_deref()?;
    Some(source as &(dyn Error + 'static))
}
