//! How requests and the payloads sent for them are named.

use crate::CommandId;

/// Identifies a request in the machine's inputs and outputs. The driver chooses it; each is used once.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RequestId(pub u64);

/// Identifies a pending payload. Payloads are sent in the order of their ids.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct PendingId(pub(super) u64);

impl PendingId {
    /// The command that sends the payload.
    pub(super) const fn command(self) -> CommandId {
        CommandId::of_request(self.0)
    }

    /// The payload that a command sends.
    pub(super) const fn of(command: CommandId) -> Self {
        Self(command.request_number())
    }
}
