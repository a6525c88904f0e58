//! Events of the connection and the session.

use crate::recovery::RecoveryStep;
use gloaming_protocol::{CloseCode, CloseFrame, OpCode, ResumeUrlError, ShardId};
use std::{num::NonZeroU32, time::Duration};

/// An event of the shard's connection or session.
///
/// Everything that concerns delivery is reported: each retry, each step of the recovery and each certain loss.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Lifecycle {
    /// A connection is being opened.
    Connecting {
        /// The step of the recovery.
        step: RecoveryStep,
        /// The number of attempts and connections that ended since a connection last stayed up for a while.
        attempt: u32,
    },
    /// HELLO arrived ([P3](gloaming_protocol::rules#p3)).
    Hello {
        /// The time between heartbeats.
        interval: Duration,
    },
    /// The shard requested a permit to identify from its queue ([P11](gloaming_protocol::rules#p11)).
    AwaitingPermit,
    /// The queue has not answered the request for a permit. The shard goes on waiting, since Discord's limits may require
    /// it for as long as a day. Ask the queue for the shard's position: a queue that knows none may itself wait for
    /// something that does not answer.
    PermitDelayed {
        /// The time since the request.
        waited: Duration,
    },
    /// The queue refused the permit. The shard requests it again later.
    PermitRefused {
        /// The time until the next request.
        retry_in: Duration,
    },
    /// The shard sends IDENTIFY.
    Identifying,
    /// READY has not arrived although the server acknowledges heartbeats. The shard goes on waiting
    /// ([P8](gloaming_protocol::rules#p8)).
    ReadyDelayed {
        /// The time since IDENTIFY.
        waited: Duration,
    },
    /// A new session began.
    Ready {
        /// The id of the session.
        session_id: Box<str>,
    },
    /// The guilds that READY listed have arrived with GUILD_CREATE, or none has for [`Timeouts::guilds`], or the bot was
    /// removed from those that had not. Once per session, also if READY lists no guilds.
    ///
    /// Not reported for a bot whose IDENTIFY lacks the intent `GUILDS`, to which Discord sends none.
    ///
    /// [`Timeouts::guilds`]: crate::Timeouts::guilds
    GuildsArrived {
        /// The number of guilds that arrived.
        arrived: usize,
        /// The number of guilds that did not, for example since Discord has an outage.
        missing: usize,
    },
    /// The shard sends RESUME.
    Resuming {
        /// The step of the recovery.
        step: RecoveryStep,
        /// The last sequence received. The server replays the events after it.
        sequence: u64,
    },
    /// The session was resumed ([P17](gloaming_protocol::rules#p17)).
    Resumed {
        /// The number of events replayed before RESUMED.
        replayed: u64,
    },
    /// A heartbeat was acknowledged.
    HeartbeatAcknowledged {
        /// The time from the heartbeat to its ACK, if one was awaited.
        latency: Option<Duration>,
    },
    /// The connection ended, or could not be opened.
    Disconnected {
        /// The cause.
        cause: DisconnectCause,
        /// The server's close frame, if it sent one.
        frame: Option<CloseFrame<'static>>,
    },
    /// The tries or the time of a recovery step are used up.
    RecoveryStepExhausted {
        /// The exhausted step.
        from: RecoveryStep,
        /// The next step.
        to: RecoveryStep,
    },
    /// The next connection is scheduled.
    Retrying {
        /// The time until then.
        after: Duration,
        /// The step of the recovery that it is.
        step: RecoveryStep,
    },
    /// The session to resume belongs to another shard and is not resumed, since its guilds differ
    /// ([P35](gloaming_protocol::rules#p35)). The shard identifies. The events that were missed in that
    /// session are lost, which a [`Gap`](Self::Gap) reports. To keep sessions over a restart, start the same
    /// number of shards.
    SessionShardMismatch {
        /// The id of the session.
        session_id: Box<str>,
        /// The shard that the session was identified as.
        identified_as: ShardId,
    },
    /// READY, or the stored session, names a URL to resume on that the token is not
    /// [sent to](gloaming_protocol::ResumeHosts). The session is resumed on the main URL.
    ResumeUrlRefused {
        /// The URL without its path, and why it is refused.
        error: ResumeUrlError,
    },
    /// Events are lost: the session can't be resumed, and the next one starts anew.
    Gap {
        /// The lost session's id.
        session_id: Box<str>,
        /// The last sequence in it that is not lost. The events after it are.
        after: u64,
        /// Why, and how many events it concerns if that is known.
        cause: GapCause,
    },
    /// The server skipped sequences within a session.
    Skipped {
        /// The last sequence before the skipped ones.
        after: u64,
        /// The first sequence after them.
        until: u64,
    },
    /// An event arrived a second time and was not delivered again.
    Duplicate {
        /// The sequence of the event.
        sequence: u64,
    },
    /// The machine was called this much later than the time that it waited for: the task that drives the shard was not
    /// polled. Heartbeats were late, too, and the server may end the session.
    ///
    /// The cause is a handler that blocks the thread of the runtime, or a program that does not poll its shard while it
    /// handles an event. Reported from [`MIN_REPORTED_DELAY`](crate::MIN_REPORTED_DELAY) on, and again after a call
    /// that was in time.
    PolledLate {
        /// How late.
        by: Duration,
    },
    /// The consumer did not take its events, and the oldest were dropped: failures and attempts to connect, never
    /// losses.
    Omitted {
        /// The number of events dropped.
        count: u64,
    },
    /// A payload was ignored because it does not fit the current state.
    Unexpected {
        /// The opcode of the payload.
        op: OpCode,
        /// The name of the state.
        state: &'static str,
    },
    /// The shard has stopped and does not connect again.
    Stopped {
        /// The reason.
        reason: StopReason,
    },
}

/// Why the events of a [`Lifecycle::Gap`] are lost.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum GapCause {
    /// The session was lost. How many events came after the last one that was received is not known.
    SessionLost,
    /// A process that ended, such as one that was killed, had lost the session and had not handled all events that it
    /// had received in it. No machine reports it: a supervisor does that has stored an
    /// [`UnhandledLoss`](crate::delivery::UnhandledLoss), before all else.
    NotHandled {
        /// The last sequence that was received in the session. The events up to it may have been handled in part; those
        /// after it were not received.
        until: u64,
        /// The number of sessions that were lost, one after another, before all of their events were handled. The first
        /// is the one of the gap.
        sessions: NonZeroU32,
    },
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum DisconnectCause {
    /// The connection could not be opened.
    ConnectFailed,
    /// The connection was not open within [`Timeouts::connect`](crate::Timeouts::connect).
    ConnectTimeout,
    /// The server closed it with a close frame.
    Closed {
        /// The frame's code.
        code: Option<u16>,
    },
    /// The connection ended without a close frame.
    Lost,
    /// No HELLO arrived within [`Timeouts::hello`](crate::Timeouts::hello).
    HelloTimeout,
    /// Neither a replayed event nor RESUMED arrived within
    /// [`Timeouts::resumed`](crate::Timeouts::resumed).
    ResumeTimeout,
    /// A heartbeat was not acknowledged before the next one was due ([P7](gloaming_protocol::rules#p7)).
    Zombie,
    /// The server requested it (op 7).
    ReconnectRequested,
    /// The server declared the session invalid (op 9).
    SessionInvalid {
        /// Whether it allows a resume.
        resumable: Resumable,
    },
    /// A message of the server can't be read. Resuming replays it.
    Unreadable,
    /// The server sent so many frames without an event (pings, ACKs, unknown opcodes, repeated events, or anything before
    /// HELLO) that reading them would keep the shard busy: more than 10,000 at once, or 1,000 per second for a time. No
    /// gateway does.
    Flooded,
    /// READY names no session that can be resumed: its id is missing, empty, over 256 bytes, or has other characters than
    /// visible ASCII. Each connection that ends like this costs an identify, and the waits in between grow
    /// ([`BackoffPolicy`](crate::BackoffPolicy)).
    UnusableReady,
    /// The user requested it.
    Requested,
}

impl DisconnectCause {
    /// Returns the name of the cause, without its values: `"zombie"`, `"closed"`, `"session_invalid"`. It is the value of
    /// the label `cause` in the metrics of gloaming-shard.
    ///
    /// ```
    /// use gloaming_machine::DisconnectCause;
    ///
    /// assert_eq!(DisconnectCause::Closed { code: Some(4000) }.name(), "closed");
    /// assert!(DisconnectCause::NAMES.contains(&DisconnectCause::Zombie.name()));
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ConnectFailed => "connect_failed",
            Self::ConnectTimeout => "connect_timeout",
            Self::Closed { .. } => "closed",
            Self::Lost => "lost",
            Self::HelloTimeout => "hello_timeout",
            Self::ResumeTimeout => "resume_timeout",
            Self::Zombie => "zombie",
            Self::ReconnectRequested => "reconnect_requested",
            Self::SessionInvalid {
                resumable: Resumable::Yes,
            } => "session_resumable",
            Self::SessionInvalid {
                resumable: Resumable::No,
            } => "session_invalid",
            Self::Unreadable => "unreadable",
            Self::Flooded => "flooded",
            Self::UnusableReady => "unusable_ready",
            Self::Requested => "requested",
        }
    }

    /// All values of [`name`](Self::name), in alphabetical order.
    pub const NAMES: &[&'static str] = &[
        "closed",
        "connect_failed",
        "connect_timeout",
        "flooded",
        "hello_timeout",
        "lost",
        "reconnect_requested",
        "requested",
        "resume_timeout",
        "session_invalid",
        "session_resumable",
        "unreadable",
        "unusable_ready",
        "zombie",
    ];
}

/// Whether an invalidated session may be resumed (the `d` of op 9).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Resumable {
    /// The session may be resumed on a new connection.
    Yes,
    /// The session has ended ([P18](gloaming_protocol::rules#p18)).
    No,
}

/// Why a shard stopped for good.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum StopReason {
    /// The user requested it.
    Requested,
    /// The server refuses this bot until its owner changes something. [`CloseCode::explanation`] says what.
    Refused(CloseCode),
    /// No connection can be opened with this configuration. The error before says why.
    Misconfigured,
}

impl Lifecycle {
    /// Returns the frame with which the server closed the connection by itself. `None` for its reply to a close
    /// frame of the client, which repeats the client's code, and for every event but
    /// [`Disconnected`](Self::Disconnected).
    ///
    /// ```
    /// use gloaming_machine::{DisconnectCause, Lifecycle};
    /// use gloaming_protocol::CloseFrame;
    ///
    /// let reply = Lifecycle::Disconnected {
    ///     cause: DisconnectCause::ReconnectRequested,
    ///     frame: Some(CloseFrame::RESUME),
    /// };
    /// assert_eq!(reply.server_close(), None);
    /// ```
    #[must_use]
    pub fn server_close(&self) -> Option<&CloseFrame<'static>> {
        let Self::Disconnected {
            cause,
            frame: Some(frame),
        } = self
        else {
            return None;
        };
        let is_own = match cause {
            DisconnectCause::Closed { .. } => true,
            // Both sides closed at the same time if the code is one that only the server has a reason for.
            _ => CloseCode::from_number(frame.code)
                .is_some_and(|code| code.number() != CloseFrame::RESUME.code),
        };
        is_own.then_some(frame)
    }

    /// Returns the close frame that reports the end of an open connection: the one of the server, or code 1006 if it
    /// sent none. `None` for every other event.
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

#[cfg(test)]
mod tests {
    use super::{DisconnectCause, Lifecycle, Resumable, StopReason};
    use gloaming_protocol::CloseFrame;

    fn close_frame(
        cause: DisconnectCause,
        frame: Option<CloseFrame<'static>>,
    ) -> Option<Option<CloseFrame<'static>>> {
        Lifecycle::Disconnected { cause, frame }.close_frame()
    }

    #[test]
    fn close_frame_of_the_server_is_given_as_it_came() {
        let frame = CloseFrame::new(4009, "session timed out");
        let causes = [
            DisconnectCause::Closed { code: Some(4009) },
            DisconnectCause::Requested,
            DisconnectCause::SessionInvalid {
                resumable: Resumable::Yes,
            },
        ];
        for cause in causes {
            let given = close_frame(cause, Some(frame.clone()));
            assert_eq!(given, Some(Some(frame.clone())), "{cause:?}");
        }
        let empty = DisconnectCause::Closed { code: None };
        assert_eq!(close_frame(empty, None), Some(None));
    }

    #[test]
    fn connection_that_ends_without_a_close_frame_is_given_code_1006() {
        let causes = [
            DisconnectCause::Lost,
            DisconnectCause::HelloTimeout,
            DisconnectCause::ResumeTimeout,
            DisconnectCause::Zombie,
            DisconnectCause::ReconnectRequested,
            DisconnectCause::Unreadable,
            DisconnectCause::Flooded,
            DisconnectCause::UnusableReady,
            DisconnectCause::Requested,
        ];
        for cause in causes {
            let frame = close_frame(cause, None).flatten();
            assert_eq!(frame.map(|frame| frame.code), Some(1006), "{cause:?}");
        }
    }

    #[test]
    fn reply_to_the_close_frame_of_the_client_is_not_a_close_of_the_server() {
        let closed = DisconnectCause::Closed { code: Some(4000) };
        let requested = DisconnectCause::Requested;
        let by_op_7 = DisconnectCause::ReconnectRequested;
        for (cause, code, is_own) in [
            (closed, 4000, true),
            (by_op_7, 4000, false),
            (by_op_7, 4004, true),
            (requested, 1000, false),
            (requested, 3999, false),
        ] {
            let frame = Some(CloseFrame::new(code, ""));
            let event = Lifecycle::Disconnected { cause, frame };
            assert_eq!(event.server_close().is_some(), is_own, "{cause:?} {code}");
        }
    }

    #[test]
    fn every_cause_has_a_name_of_its_own_in_the_list() {
        let causes = [
            DisconnectCause::ConnectFailed,
            DisconnectCause::ConnectTimeout,
            DisconnectCause::Closed { code: None },
            DisconnectCause::Lost,
            DisconnectCause::HelloTimeout,
            DisconnectCause::ResumeTimeout,
            DisconnectCause::Zombie,
            DisconnectCause::ReconnectRequested,
            DisconnectCause::SessionInvalid {
                resumable: Resumable::Yes,
            },
            DisconnectCause::SessionInvalid {
                resumable: Resumable::No,
            },
            DisconnectCause::Unreadable,
            DisconnectCause::Flooded,
            DisconnectCause::UnusableReady,
            DisconnectCause::Requested,
        ];
        let mut names = causes.map(DisconnectCause::name);
        names.sort_unstable();
        assert_eq!(names, DisconnectCause::NAMES);
    }

    #[test]
    fn only_the_end_of_an_open_connection_has_a_close_frame() {
        for cause in [
            DisconnectCause::ConnectFailed,
            DisconnectCause::ConnectTimeout,
        ] {
            assert_eq!(close_frame(cause, None), None, "{cause:?}");
        }
        let reason = StopReason::Requested;
        assert_eq!(Lifecycle::Stopped { reason }.close_frame(), None);
    }
}
