//! Why a switch to another number of shards did not begin.

use std::{
    error::Error,
    fmt::{self, Display, Formatter},
    time::Duration,
};

/// A switch to another number of shards did not begin. The shards are as before.
#[derive(Debug)]
pub struct ReshardError {
    kind: ReshardErrorKind,
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
}

impl ReshardError {
    pub(crate) const fn new(kind: ReshardErrorKind) -> Self {
        Self { kind }
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
                 of them",
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
        }
    }
}

impl Error for ReshardError {}
