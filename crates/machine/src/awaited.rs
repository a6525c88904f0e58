//! What a machine waits for, as data.

use crate::RecoveryStep;
use std::time::Instant;

/// What a shard waits for before it can go on.
///
/// Returned by [`Machine::awaits`](crate::Machine::awaits). It is computed from the state of the connection, so that it is
/// never older than that.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Awaited {
    /// Its start.
    Start,
    /// The connection that is being opened.
    Connection {
        /// The step of the recovery.
        step: RecoveryStep,
        /// The number of attempts and connections that ended since a connection last stayed up for a while.
        attempt: u32,
        /// When the attempt is given up. It is put off while the consumer takes nothing.
        deadline: Instant,
    },
    /// HELLO ([P3](gloaming_protocol::rules#p3)).
    Hello {
        /// The step of the recovery.
        step: RecoveryStep,
        /// When the connection is given up. It is put off while the consumer takes nothing.
        deadline: Instant,
    },
    /// A permit of the queue to identify ([P11](gloaming_protocol::rules#p11)).
    Permit,
    /// The time at which the shard requests a permit again, since the queue refused one.
    PermitRetry {
        /// That time.
        at: Instant,
    },
    /// READY.
    Ready,
    /// The events that were missed, and RESUMED ([P17](gloaming_protocol::rules#p17)).
    Resumed {
        /// The step of the recovery.
        step: RecoveryStep,
    },
    /// Events: the session is up, and nothing else is missing.
    Events,
    /// The server's answer to a close frame.
    CloseFrame {
        /// When the connection is dropped without it.
        deadline: Instant,
    },
    /// The time of the next attempt to connect.
    NextAttempt {
        /// That time.
        at: Instant,
        /// The step of the recovery that it is.
        step: RecoveryStep,
        /// The number of attempts and connections that ended since a connection last stayed up for a while.
        attempt: u32,
    },
    /// Nothing: the shard has stopped.
    Nothing,
}

impl Awaited {
    /// Returns when the wait ends at the latest, if that is known. If the time has passed and the shard still waits for the
    /// same, the task that drives it does not run.
    ///
    /// `None` for what the queue decides, and in a session, where [heartbeats](crate::Machine::heartbeat_due) have the time.
    #[must_use]
    pub const fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Connection { deadline, .. }
            | Self::Hello { deadline, .. }
            | Self::PermitRetry { at: deadline }
            | Self::CloseFrame { deadline }
            | Self::NextAttempt { at: deadline, .. } => Some(*deadline),
            Self::Start
            | Self::Permit
            | Self::Ready
            | Self::Resumed { .. }
            | Self::Events
            | Self::Nothing => None,
        }
    }
}
