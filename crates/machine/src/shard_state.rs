//! The state of a shard, in the terms of its user.

use serde::Serialize;
use std::fmt::{self, Display, Formatter};

/// The state of a shard.
///
/// `Display` is a phrase that follows "the shard is". Serialized, it is a map with the name of the state:
///
/// ```
/// use gloaming_machine::ShardState;
///
/// let state = ShardState::Disconnected { reconnect_attempts: 3 };
/// assert_eq!(state.to_string(), "disconnected, after 3 attempts");
/// let json = serde_json::to_string(&state)?;
/// assert_eq!(json, r#"{"state":"disconnected","reconnect_attempts":3}"#);
/// # Ok::<_, serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ShardState {
    /// The session is up: events arrive, commands are sent.
    Active,
    /// There is no connection with a session. The shard is connecting, or waits before it does.
    Disconnected {
        /// The number of attempts and connections that ended since a connection last stayed up for a while, at most 255.
        reconnect_attempts: u8,
    },
    /// The server closed the connection with a code after which it refuses this bot, or no connection can be opened with
    /// this configuration. The shard does not connect again.
    FatallyClosed,
    /// Connected, and waiting for a permit to identify or for READY.
    Identifying,
    /// Connected, and missed events are being replayed.
    Resuming,
    /// Closed by its user.
    Closed,
}

impl ShardState {
    /// Whether a session is up or being resumed.
    #[must_use]
    pub const fn is_identified(self) -> bool {
        matches!(self, Self::Active | Self::Resuming)
    }

    /// Whether the shard has been closed by its user.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Closed)
    }

    /// Whether there is no connection with a session.
    #[must_use]
    pub const fn is_disconnected(self) -> bool {
        matches!(self, Self::Disconnected { .. })
    }

    /// Whether the shard stopped until the bot's owner changes something.
    #[must_use]
    pub const fn is_fatally_closed(self) -> bool {
        matches!(self, Self::FatallyClosed)
    }

    /// Whether the shard is waiting for READY.
    #[must_use]
    pub const fn is_identifying(self) -> bool {
        matches!(self, Self::Identifying)
    }
}

impl Display for ShardState {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "active",
            Self::Disconnected {
                reconnect_attempts: 0,
            } => "disconnected",
            Self::Disconnected {
                reconnect_attempts: 1,
            } => "disconnected, after 1 attempt",
            Self::Disconnected { reconnect_attempts } => {
                return write!(f, "disconnected, after {reconnect_attempts} attempts");
            }
            Self::FatallyClosed => "closed after a fatal error",
            Self::Identifying => "identifying",
            Self::Resuming => "resuming",
            Self::Closed => "closed",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::ShardState;

    #[test]
    fn states_are_displayed_and_serialized_in_words() {
        let disconnected = |reconnect_attempts| ShardState::Disconnected { reconnect_attempts };
        for (state, text, json) in [
            (ShardState::Active, "active", r#"{"state":"active"}"#),
            (
                disconnected(0),
                "disconnected",
                r#"{"state":"disconnected","reconnect_attempts":0}"#,
            ),
            (
                disconnected(1),
                "disconnected, after 1 attempt",
                r#"{"state":"disconnected","reconnect_attempts":1}"#,
            ),
            (
                ShardState::FatallyClosed,
                "closed after a fatal error",
                r#"{"state":"fatally-closed"}"#,
            ),
            (
                ShardState::Identifying,
                "identifying",
                r#"{"state":"identifying"}"#,
            ),
            (ShardState::Resuming, "resuming", r#"{"state":"resuming"}"#),
            (ShardState::Closed, "closed", r#"{"state":"closed"}"#),
        ] {
            assert_eq!(state.to_string(), text);
            assert_eq!(serde_json::to_string(&state).unwrap(), json);
        }
    }

    #[test]
    fn each_state_has_the_properties_of_its_name() {
        let disconnected = ShardState::Disconnected {
            reconnect_attempts: 3,
        };
        // Identified, identifying, disconnected, closed, closed for good.
        for (state, expected) in [
            (ShardState::Active, [true, false, false, false, false]),
            (ShardState::Resuming, [true, false, false, false, false]),
            (ShardState::Identifying, [false, true, false, false, false]),
            (disconnected, [false, false, true, false, false]),
            (ShardState::Closed, [false, false, false, true, false]),
            (
                ShardState::FatallyClosed,
                [false, false, false, false, true],
            ),
        ] {
            let properties = [
                state.is_identified(),
                state.is_identifying(),
                state.is_disconnected(),
                state.is_closed(),
                state.is_fatally_closed(),
            ];
            assert_eq!(properties, expected, "{state:?}");
        }
    }
}
