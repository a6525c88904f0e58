//! The states of the machine.

use gloaming_machine::Machine;

/// A state of the machine.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum State {
    /// The machine is not started.
    Idle,
    /// A connection is being opened.
    Connecting,
    /// The connection is open, and HELLO has not arrived.
    AwaitHello,
    /// HELLO arrived, and IDENTIFY requires a permit.
    AwaitPermit,
    /// IDENTIFY was sent.
    Identifying,
    /// RESUME was sent.
    Resuming,
    /// The session is established.
    Active,
    /// A close frame was sent.
    Closing,
    /// The machine waits before the next connection attempt.
    Backoff,
    /// The machine has stopped.
    Stopped,
}

impl State {
    /// All states.
    pub const ALL: &[Self] = &[
        Self::Idle,
        Self::Connecting,
        Self::AwaitHello,
        Self::AwaitPermit,
        Self::Identifying,
        Self::Resuming,
        Self::Active,
        Self::Closing,
        Self::Backoff,
        Self::Stopped,
    ];

    /// The states that a fault may wait for.
    pub(crate) const FAULT_TRIGGERS: &[Self] = &[
        Self::Connecting,
        Self::AwaitHello,
        Self::AwaitPermit,
        Self::Identifying,
        Self::Resuming,
        Self::Active,
        Self::Closing,
        Self::Backoff,
    ];

    /// Returns whether there is a connection that is not being closed.
    pub(crate) const fn is_open(self) -> bool {
        matches!(
            self,
            Self::AwaitHello
                | Self::AwaitPermit
                | Self::Identifying
                | Self::Resuming
                | Self::Active
        )
    }

    pub(crate) fn of(machine: &Machine) -> Self {
        let name = machine.state_name();
        *Self::ALL
            .iter()
            .find(|state| state.name() == name)
            .expect("every state is in the table")
    }

    /// Returns the machine's name for the state.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Connecting => "connecting",
            Self::AwaitHello => "awaiting hello",
            Self::AwaitPermit => "awaiting permit",
            Self::Identifying => "identifying",
            Self::Resuming => "resuming",
            Self::Active => "active",
            Self::Closing => "closing",
            Self::Backoff => "backing off",
            Self::Stopped => "stopped",
        }
    }
}
