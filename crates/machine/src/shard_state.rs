//! A shard's state, in its user's terms.

/// What a shard is doing.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ShardState {
    /// The session is up: events arrive, commands are sent.
    Active,
    /// There is no session at the moment; the shard is connecting or waiting to.
    Disconnected {
        /// Attempts and connections that ended since one last stood for a while; stays at 255.
        reconnect_attempts: u8,
    },
    /// The shard was closed with a code after which Discord takes no one back, or it can't connect
    /// with its configuration. It will not try again.
    FatallyClosed,
    /// Connected, and waiting for leave to identify or for READY.
    Identifying,
    /// Connected, and missed events are being replayed.
    Resuming,
    /// Closed at its user's request.
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

    /// Whether the shard has not got a session at the moment.
    #[must_use]
    pub const fn is_disconnected(self) -> bool {
        matches!(self, Self::Disconnected { .. })
    }

    /// Whether nothing but a change by the bot's owner can bring this shard up.
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
