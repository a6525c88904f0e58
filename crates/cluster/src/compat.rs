//! Names and methods of `twilight-gateway` 0.14, for bots that were written for its cluster.
//!
//! New code does not need them. The methods are on the types themselves: [`Cluster::send`],
//! [`ShardHandle::send`], [`ShardInfo::stage`], [`ShardInfo::seq`] and
//! [`ClusterBuilder::ratelimit_payloads`].
//!
//! | name in 0.14 | name here |
//! |---|---|
//! | `Information` | [`ShardInfo`] |
//! | `Stage` | [`ShardState`] |
//! | `SessionInactiveError` | [`NotStartedError`] |
//! | `ClusterCommandErrorType` | [`ClusterCommandErrorKind`] |
//! | `ClusterSendError`, `ClusterSendErrorType` | [`ClusterCommandError`], [`ClusterCommandErrorKind`] |
//! | `ClusterStartErrorType` | [`ClusterStartErrorKind`] |
//! | `ShardSchemeRangeError`, `ShardSchemeRangeErrorType` | [`ShardSchemeError`], [`ShardSchemeErrorKind`] |

use crate::{
    Cluster, ClusterBuilder, ClusterCommandError, ClusterCommandErrorKind, ClusterStartErrorKind,
    NotStartedError, ShardHandle, ShardInfo, ShardSchemeError, ShardSchemeErrorKind, ShardTarget,
};
use gloaming_protocol::Intents;
use gloaming_shard::{Message, Session, ShardState};
use std::fmt::{self, Display, Formatter};

/// The name of [`ShardInfo`] in 0.14.
pub type Information = ShardInfo;

/// The name of [`NotStartedError`] in 0.14.
pub type SessionInactiveError = NotStartedError;

/// The name of [`ClusterCommandErrorKind`] in 0.14.
pub type ClusterCommandErrorType = ClusterCommandErrorKind;

/// The name in 0.14 of the error of [`Cluster::send`].
pub type ClusterSendError = ClusterCommandError;

/// The name in 0.14 of the kind of a [`ClusterSendError`].
pub type ClusterSendErrorType = ClusterCommandErrorKind;

/// The name of [`ClusterStartErrorKind`] in 0.14.
pub type ClusterStartErrorType = ClusterStartErrorKind;

/// The name of [`ShardSchemeError`] in 0.14.
pub type ShardSchemeRangeError = ShardSchemeError;

/// The name of [`ShardSchemeErrorKind`] in 0.14.
pub type ShardSchemeRangeErrorType = ShardSchemeErrorKind;

/// The state of a shard with the words of 0.14; prefer [`ShardState`].
///
/// `Handshaking` of 0.14 is part of [`Disconnected`](Self::Disconnected).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Stage {
    /// The session is established.
    Connected,
    /// There is no connection, or it is not established yet.
    #[default]
    Disconnected,
    /// The shard starts a new session.
    Identifying,
    /// The shard resumes its session.
    Resuming,
}

impl From<ShardState> for Stage {
    fn from(state: ShardState) -> Self {
        match state {
            ShardState::Active => Self::Connected,
            ShardState::Identifying => Self::Identifying,
            ShardState::Resuming => Self::Resuming,
            _ => Self::Disconnected,
        }
    }
}

impl Display for Stage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connected => "Connected",
            Self::Disconnected => "Disconnected",
            Self::Identifying => "Identifying",
            Self::Resuming => "Resuming",
        })
    }
}

/// Methods of `Information` in 0.14.
impl ShardInfo {
    /// Returns the state with the words of 0.14; prefer [`state`](Self::state).
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.state().into()
    }

    /// Returns the sequence number of the [session](Self::session), or zero without a session.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.session().map_or(0, Session::sequence)
    }
}

/// Methods of 0.14.
impl Cluster {
    /// Queues a message for the shard with this number or id. New code uses the
    /// [`sender`](ShardHandle::sender) of the shard.
    ///
    /// [`Message::Text`] is a payload in JSON. [`Message::Close`] makes the shard drop its connection and
    /// resume on another, whatever the frame, as it does in 0.14. To close a shard for good, use
    /// [`ShardHandle::shutdown`].
    ///
    /// It is async because code written for 0.14 awaits it; it never waits.
    ///
    /// # Errors
    ///
    /// Fails if there is no such shard, or if the shard does not accept the message.
    pub async fn send(
        &self,
        key: impl ShardTarget,
        message: Message,
    ) -> Result<(), ClusterSendError> {
        match self.shard(key) {
            Some(shard) => shard.send(message).await,
            None => Err(ClusterSendError::without_source(key.missing())),
        }
    }
}

/// Methods of `Shard` in 0.14.
impl ShardHandle {
    /// Queues a message; see [`Cluster::send`].
    ///
    /// # Errors
    ///
    /// Fails if the shard does not accept the message.
    #[expect(
        clippy::unused_async,
        reason = "code written for twilight-gateway 0.14 awaits it"
    )]
    pub async fn send(&self, message: Message) -> Result<(), ClusterSendError> {
        let sender = self.sender();
        match message {
            Message::Text(json) => sender.send(json),
            Message::Close(_) => sender.reconnect(),
        }
        .map_err(ClusterSendError::sending)
    }
}

/// Methods of 0.14.
impl ClusterBuilder {
    /// The name of [`ratelimit_messages`](Self::ratelimit_messages) in 0.14.
    pub fn ratelimit_payloads(self, enforce: bool) -> Self {
        self.ratelimit_messages(enforce)
    }
}

impl From<(String, Intents)> for ClusterBuilder {
    fn from((token, intents): (String, Intents)) -> Self {
        Self::new(token, intents)
    }
}

#[cfg(test)]
mod tests {
    use super::Stage;

    #[test]
    fn stages_are_displayed_by_their_names() {
        let stages = [
            Stage::Connected,
            Stage::Disconnected,
            Stage::Identifying,
            Stage::Resuming,
        ];
        for stage in stages {
            assert_eq!(stage.to_string(), format!("{stage:?}"));
        }
    }
}
