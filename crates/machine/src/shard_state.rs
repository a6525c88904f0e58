//! The state of a shard, in the terms of its user.

/// The state of a shard.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
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

#[cfg(test)]
mod tests {
    use super::ShardState;

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
