//! The machine's states by name.

use gloaming_machine::Machine;

/// A state of the machine.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum State {
    /// Not started.
    Idle,
    /// A connection is being opened.
    Connecting,
    /// It is open.
    AwaitHello,
    /// HELLO came, and there is no session.
    AwaitPermit,
    /// IDENTIFY is on its way.
    Identifying,
    /// RESUME is on its way.
    Resuming,
    /// There is a session.
    Active,
    /// A close frame is on its way.
    Closing,
    /// Waits before the next connection.
    Backoff,
    /// Done.
    Stopped,
}

impl State {
    /// All of them.
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

    /// Those that a fault may wait for.
    pub(crate) const WAITING: &[Self] = &[
        Self::Connecting,
        Self::AwaitHello,
        Self::AwaitPermit,
        Self::Identifying,
        Self::Resuming,
        Self::Active,
        Self::Closing,
        Self::Backoff,
    ];

    pub(crate) fn of(machine: &Machine) -> Self {
        let name = machine.state_name();
        *Self::ALL
            .iter()
            .find(|state| state.name() == name)
            .expect("the table has all states")
    }

    /// As the machine calls it.
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
