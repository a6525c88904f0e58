//! What happens to a connection, as events.

use crate::recovery::RecoveryStep;
use gloaming_protocol::{CloseCode, CloseFrame, OpCode, ShardId};
use std::time::Duration;

/// Something that happened to the shard's connection or session.
///
/// Nothing that concerns delivery is silent: each retry, each step down the recovery and each
/// certain loss is one of these.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Lifecycle {
    /// A connection is being opened.
    Connecting {
        /// Which step of the recovery this is.
        step: RecoveryStep,
        /// Attempts and connections that ended since one last stood for a while.
        attempt: u32,
    },
    /// HELLO arrived: the gateway speaks (P3).
    Hello {
        /// Time between heartbeats.
        interval: Duration,
    },
    /// The shard asked its queue for leave to identify (P11).
    AwaitingPermit,
    /// The queue refused; the shard asks again after a while.
    PermitRefused {
        /// How long until it asks again.
        retry_in: Duration,
    },
    /// IDENTIFY is on its way.
    Identifying,
    /// The server acknowledges heartbeats but withholds READY; the shard waits (P8).
    ReadyDelayed {
        /// Time since IDENTIFY.
        waited: Duration,
    },
    /// A new session began.
    Ready {
        /// Its id.
        session_id: Box<str>,
    },
    /// RESUME is on its way.
    Resuming {
        /// Which step of the recovery this is.
        step: RecoveryStep,
        /// The last sequence received; the server replays what came after it.
        sequence: u64,
    },
    /// The session goes on (P17).
    Resumed {
        /// Events replayed before RESUMED.
        replayed: u64,
    },
    /// A heartbeat was acknowledged.
    HeartbeatAcknowledged {
        /// Time from the heartbeat to its acknowledgement, if one was awaited.
        latency: Option<Duration>,
    },
    /// The connection ended, or could not be opened.
    Disconnected {
        /// Why.
        cause: DisconnectCause,
        /// The server's close frame, if it sent one.
        frame: Option<CloseFrame<'static>>,
    },
    /// A step of the recovery is used up.
    RecoveryStepExhausted {
        /// The step left.
        from: RecoveryStep,
        /// The step taken next.
        to: RecoveryStep,
    },
    /// The next connection is scheduled.
    Retrying {
        /// How long until then.
        after: Duration,
        /// Which step of the recovery it will be.
        step: RecoveryStep,
    },
    /// The session to resume is another shard's and was left alone, as its guilds are others (P35). The
    /// shard identifies; what came in that session while nobody listened is lost, which a
    /// [`Gap`](Self::Gap) says. To keep sessions over a restart, start as many shards as before.
    SessionShardMismatch {
        /// Its id.
        session_id: Box<str>,
        /// The shard that it was identified as.
        identified_as: ShardId,
    },
    /// Events of a session can no longer be had: the session is gone and the next one starts anew.
    Gap {
        /// The lost session's id.
        session_id: Box<str>,
        /// The last sequence received of it; what came after it is lost.
        after: u64,
    },
    /// The server skipped sequences within a session.
    Skipped {
        /// The last sequence before the hole.
        after: u64,
        /// The first one past it.
        until: u64,
    },
    /// An event came a second time and was not handed over again.
    Duplicate {
        /// Its sequence.
        sequence: u64,
    },
    /// Nobody took what there was to tell, and the oldest of it had to make room: passing failures and
    /// attempts to connect, never losses.
    Omitted {
        /// How many.
        count: u64,
    },
    /// A payload that has no place in the current state was left aside.
    Unexpected {
        /// Its opcode.
        op: OpCode,
        /// The state's name.
        state: &'static str,
    },
    /// The shard is done and will not connect again.
    Stopped {
        /// Why.
        reason: StopReason,
    },
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum DisconnectCause {
    /// It could not be opened.
    ConnectFailed,
    /// It was not open within [`Timeouts::connect`](crate::Timeouts::connect).
    ConnectTimeout,
    /// The server closed it with a close frame.
    Closed {
        /// The frame's code.
        code: Option<u16>,
    },
    /// It ended without a close frame.
    Lost,
    /// No HELLO came within [`Timeouts::hello`](crate::Timeouts::hello).
    HelloTimeout,
    /// Neither a replayed event nor RESUMED came within
    /// [`Timeouts::resumed`](crate::Timeouts::resumed).
    ResumeTimeout,
    /// A heartbeat was not acknowledged until the next (P7).
    Zombie,
    /// The server asked for it (op 7).
    ReconnectRequested,
    /// The server declared the session invalid (op 9).
    SessionInvalid {
        /// Whether it allows a resume.
        resumable: Resumable,
    },
    /// What it sent can't be read any more; resuming fetches it anew.
    Unreadable,
    /// The user asked for it.
    Requested,
}

/// What the server says of a session that it invalidates (op 9's `d`).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Resumable {
    /// The session may be resumed on a new connection.
    Yes,
    /// The session is gone (P18).
    No,
}

/// Why a shard stopped for good.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum StopReason {
    /// The user asked for it.
    Requested,
    /// The server refuses this bot until its owner changes something; [`CloseCode::explanation`]
    /// says what.
    Refused(CloseCode),
    /// No connection can be opened with this configuration: the error before says why.
    Misconfigured,
}

impl Lifecycle {
    /// The close message that the end of an open connection amounts to: with the server's frame, with
    /// 1006 where it sent none. `None` for everything else.
    pub fn close_frame(&self) -> Option<Option<CloseFrame<'static>>> {
        match self {
            Self::Disconnected {
                cause: DisconnectCause::ConnectFailed | DisconnectCause::ConnectTimeout,
                ..
            } => None,
            Self::Disconnected {
                cause: DisconnectCause::Closed { .. },
                frame,
            } => Some(frame.clone()),
            Self::Disconnected { frame, .. } => Some(
                frame
                    .clone()
                    .or(Some(CloseFrame::new(1006, "connection lost"))),
            ),
            _ => None,
        }
    }
}
