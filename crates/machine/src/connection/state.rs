//! The states of a connection.

use super::heartbeat::Heartbeat;
use crate::lifecycle::{DisconnectCause, Resumable, StopReason};
use gloaming_protocol::{CloseFrame, client_close_ends_session};
use std::time::{Duration, Instant};

/// ```text
///  Idle ──Start──► Connecting ──open──► AwaitHello ──HELLO──► a session is known?
///                     ▲   │                 │                  yes │         │ no
///                     │   │ failed          │ lost, closed,        ▼         ▼
///                     │   │ too late        │ too late, op 7   Resuming   AwaitPermit
///                     │   ▼                 ▼                      │         │ permit
///                   Backoff ◄────────── (ended) ◄── lost ──────────┤         ▼
///                     ▲                     ▲                      │     Identifying
///                     │ another             │ zombie       RESUMED │         │ READY
///                  Closing ◄── op 7, op 9,  │                      ▼         ▼
///                     │        shutdown ────┴───────────────────── Active ◄──┘
///                     ▼
///                  Stopped ◄── shutdown, or a close code that forbids to come back
/// ```
/// A state that waits for the other side has a deadline of its own, the one of its heartbeat, or both.
#[derive(Debug)]
pub(super) enum State {
    Idle,
    Connecting {
        /// When the attempt began.
        since: Instant,
        deadline: Instant,
    },
    AwaitHello {
        /// When the connection was opened.
        since: Instant,
        deadline: Instant,
    },
    AwaitPermit {
        heartbeat: Heartbeat,
        permit: PermitRequest,
    },
    Identifying {
        heartbeat: Heartbeat,
        since: Instant,
        /// When to report that READY has not arrived yet.
        report: Instant,
    },
    Resuming {
        heartbeat: Heartbeat,
        /// When RESUME was sent, or the last event was replayed.
        progressed: Instant,
        deadline: Instant,
        replayed: u64,
    },
    Active {
        heartbeat: Heartbeat,
    },
    Closing {
        deadline: Instant,
        after: AfterClose,
        /// Our close frame, until it is handed to the transport.
        frame: Option<CloseFrame<'static>>,
    },
    Backoff {
        until: Instant,
    },
    Stopped {
        reason: StopReason,
    },
}

/// A request for a permit to identify.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum PermitRequest {
    /// The queue has the request.
    Pending {
        since: Instant,
        /// When to report that it has not answered yet.
        report: Instant,
    },
    /// The queue refused. The request is made again at this time.
    Again(Instant),
}

impl PermitRequest {
    pub(super) fn new(now: Instant, report_after: Duration) -> Self {
        Self::Pending {
            since: now,
            report: now + report_after,
        }
    }
}

/// What follows the close handshake.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum AfterClose {
    /// Another connection.
    Reconnect {
        cause: DisconnectCause,
        progress: ConnectionProgress,
        /// What becomes of a session whose READY crosses our close frame.
        intent: CloseIntent,
    },
    /// Nothing.
    Stop(CloseIntent),
}

impl AfterClose {
    pub(super) const fn intent(self) -> CloseIntent {
        match self {
            Self::Reconnect { intent, .. } | Self::Stop(intent) => intent,
        }
    }

    /// Whether the server said that the session is no more ([P18](gloaming_protocol::rules#p18)).
    pub(super) const fn has_lost_session(self) -> bool {
        matches!(
            self,
            Self::Reconnect {
                cause: DisconnectCause::SessionInvalid {
                    resumable: Resumable::No
                },
                ..
            }
        )
    }
}

/// What our close frame means to the session ([P19](gloaming_protocol::rules#p19)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum CloseIntent {
    /// The server keeps it for some minutes.
    KeepSession,
    /// It ends.
    EndSession,
}

impl CloseIntent {
    pub(super) const fn of(frame: &CloseFrame<'_>) -> Self {
        if client_close_ends_session(frame.code) {
            Self::EndSession
        } else {
            Self::KeepSession
        }
    }
}

/// How far a connection got before it ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ConnectionProgress {
    /// No HELLO arrived: the host did not answer, or not as a gateway.
    NotReached,
    /// HELLO arrived, but neither READY nor RESUMED.
    Reached,
    /// IDENTIFY was sent, but READY did not arrive, or had no session that can be resumed.
    Identified,
    /// Missed events were replayed, but RESUMED did not arrive.
    Replayed,
    /// RESUME was sent, and the server answered nothing in time ([`Timeouts::resumed`](crate::Timeouts::resumed)).
    Unanswered,
    /// RESUME was sent, and what the server answered may lie unread.
    Unread,
    /// The session was up.
    Established,
}

impl State {
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Connecting { .. } => "connecting",
            Self::AwaitHello { .. } => "awaiting hello",
            Self::AwaitPermit { .. } => "awaiting permit",
            Self::Identifying { .. } => "identifying",
            Self::Resuming { .. } => "resuming",
            Self::Active { .. } => "active",
            Self::Closing { .. } => "closing",
            Self::Backoff { .. } => "backing off",
            Self::Stopped { .. } => "stopped",
        }
    }

    /// The heartbeat of the connection, once HELLO has arrived.
    pub(super) const fn heartbeat(&self) -> Option<&Heartbeat> {
        match self {
            Self::AwaitPermit { heartbeat, .. }
            | Self::Identifying { heartbeat, .. }
            | Self::Resuming { heartbeat, .. }
            | Self::Active { heartbeat, .. } => Some(heartbeat),
            _ => None,
        }
    }

    pub(super) const fn heartbeat_mut(&mut self) -> Option<&mut Heartbeat> {
        match self {
            Self::AwaitPermit { heartbeat, .. }
            | Self::Identifying { heartbeat, .. }
            | Self::Resuming { heartbeat, .. }
            | Self::Active { heartbeat, .. } => Some(heartbeat),
            _ => None,
        }
    }

    /// Whether there is a connection on which messages may be sent.
    pub(super) const fn is_open(&self) -> bool {
        matches!(self, Self::AwaitHello { .. }) || self.heartbeat().is_some()
    }

    pub(super) const fn progress(&self) -> ConnectionProgress {
        match self {
            Self::Active { .. } => ConnectionProgress::Established,
            Self::Closing {
                after: AfterClose::Reconnect { progress, .. },
                ..
            } => *progress,
            Self::Resuming { replayed: 1.., .. } => ConnectionProgress::Replayed,
            Self::AwaitPermit { .. } | Self::Identifying { .. } | Self::Resuming { .. } => {
                ConnectionProgress::Reached
            }
            _ => ConnectionProgress::NotReached,
        }
    }

    /// The deadline of the state, without the one of its heartbeat.
    pub(super) const fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Connecting { deadline, .. }
            | Self::AwaitHello { deadline, .. }
            | Self::Resuming { deadline, .. }
            | Self::Closing { deadline, .. }
            | Self::Backoff { until: deadline }
            | Self::Identifying {
                report: deadline, ..
            }
            | Self::AwaitPermit {
                permit:
                    PermitRequest::Again(deadline)
                    | PermitRequest::Pending {
                        report: deadline, ..
                    },
                ..
            } => Some(*deadline),
            Self::Idle | Self::Active { .. } | Self::Stopped { .. } => None,
        }
    }
}
