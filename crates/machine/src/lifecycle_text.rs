//! The texts of lifecycle events, for logs.

use crate::{
    GapCause, Lifecycle, RecoveryStep, Resumable, SendKind, StopReason, lifecycle::DisconnectCause,
};
use gloaming_protocol::{CloseFrame, Excerpt};
use std::fmt::{self, Display, Formatter};

/// One line, which ends without a dot. Of the server, it contains only the reason of a close frame and the id of a session,
/// each as an [`Excerpt`].
impl Display for Lifecycle {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connecting { step, attempt: 0 } => write!(f, "connecting to {step}"),
            Self::Connecting { step, attempt } => {
                write!(f, "connecting to {step}, after {attempt} attempts")
            }
            Self::Hello { interval } => write!(f, "HELLO, with a heartbeat every {interval:?}"),
            Self::AwaitingPermit => f.write_str("waiting for a permit to identify"),
            Self::PermitDelayed { waited } => write!(
                f,
                "the identify queue has not answered for {waited:?}; still waiting for a permit"
            ),
            Self::PermitRefused { retry_in } => write!(
                f,
                "the identify queue refused a permit; requesting another in {retry_in:?}"
            ),
            Self::Identifying => f.write_str("identifying"),
            Self::ReadyDelayed { waited } => {
                write!(f, "READY has not arrived for {waited:?}; still waiting")
            }
            Self::Ready { session_id } => {
                write!(f, "ready, in session {}", Excerpt::new(session_id))
            }
            Self::GuildsArrived {
                arrived,
                missing: 0,
            } => write!(f, "all guilds have arrived: {arrived}"),
            Self::GuildsArrived { arrived, missing } => write!(
                f,
                "{arrived} guilds have arrived, {missing} have not; no longer waiting for them"
            ),
            Self::Resuming { sequence, .. } => write!(f, "resuming after event {sequence}"),
            Self::Resumed { replayed } => write!(f, "resumed, with {replayed} events replayed"),
            Self::HeartbeatAcknowledged {
                latency: Some(latency),
            } => write!(f, "heartbeat acknowledged after {latency:?}"),
            Self::HeartbeatAcknowledged { latency: None } => {
                f.write_str("a heartbeat was acknowledged that was not awaited")
            }
            Self::Disconnected { cause, .. } => match self.server_close() {
                Some(frame) => write!(f, "disconnected: {cause} ({})", CloseText(frame)),
                None => write!(f, "disconnected: {cause}"),
            },
            Self::RecoveryStepExhausted { from, to } => {
                write!(f, "giving up to {from}; next is to {to}")
            }
            Self::Retrying { after, step } => write!(f, "connecting to {step} in {after:?}"),
            Self::SessionShardMismatch { identified_as, .. } => write!(
                f,
                "the stored session is of shard {} of {} and is not resumed",
                identified_as.number(),
                identified_as.total()
            ),
            Self::ResumeUrlRefused { error } => Display::fmt(error, f),
            Self::Gap {
                session_id,
                after,
                cause,
            } => {
                let session = Excerpt::new(session_id);
                match cause {
                    GapCause::SessionLost => {
                        write!(
                            f,
                            "the events after {after} were lost with session {session}"
                        )
                    }
                    GapCause::NotHandled { until, sessions } => {
                        write!(
                            f,
                            "the process before ended before it had handled the events after {after} of session \
                             {session}, which was lost after event {until}"
                        )?;
                        match sessions.get() - 1 {
                            0 => Ok(()),
                            1 => f.write_str(", and those of another session that was lost"),
                            more => write!(f, ", and those of {more} more sessions that were lost"),
                        }
                    }
                }
            }
            Self::Skipped { after, until } => write!(
                f,
                "the server skipped the events between {after} and {until}"
            ),
            Self::Duplicate { sequence } => write!(f, "event {sequence} arrived again"),
            Self::PolledLate { by } => write!(
                f,
                "the task of the shard was polled {by:?} late, and heartbeats were late, too; is a \
                 handler blocking the runtime?"
            ),
            Self::Omitted { count } => {
                write!(f, "{count} reports were dropped, as nobody took them")
            }
            Self::Unexpected { op, state } => write!(
                f,
                "a payload of op {} was ignored while {state}",
                op.number()
            ),
            Self::Stopped { reason } => write!(f, "stopped: {reason}"),
        }
    }
}

/// A phrase that follows "to", as in "connecting to resume".
impl Display for RecoveryStep {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ResumeHost => "resume",
            Self::MainHost => "resume on the main url",
            Self::Identify => "identify",
        })
    }
}

impl Display for StopReason {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requested => f.write_str("the user requested it"),
            Self::Refused(code) => write!(
                f,
                "discord refused the shard with close code {}: {}",
                code.number(),
                code.explanation()
            ),
            Self::Misconfigured => {
                f.write_str("no connection can be opened with this configuration; correct it")
            }
        }
    }
}

impl Display for Resumable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Yes => "resumable",
            Self::No => "not resumable",
        })
    }
}

impl Display for SendKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Heartbeat => "heartbeat",
            Self::Identify => "identify",
            Self::Resume => "resume",
            Self::Command => "command",
        })
    }
}

struct CloseText<'a>(&'a CloseFrame<'static>);

impl Display for CloseText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let CloseFrame { code, reason } = self.0;
        match reason.is_empty() {
            true => write!(f, "code {code}"),
            false => write!(f, "code {code}, {}", Excerpt::new(reason)),
        }
    }
}

impl Display for DisconnectCause {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::ConnectFailed => "the connection can't be opened",
            Self::ConnectTimeout => "the connection was not open in time",
            Self::Closed { code: Some(code) } => {
                return write!(f, "the server closed the connection with code {code}");
            }
            Self::Closed { code: None } => "the server closed the connection without a code",
            Self::Lost => "the connection was lost",
            Self::HelloTimeout => "the server sent no HELLO in time",
            Self::ResumeTimeout => "the server did not answer RESUME in time",
            Self::Zombie => "the server did not acknowledge a heartbeat",
            Self::ReconnectRequested => "the server requested a reconnect",
            Self::SessionInvalid {
                resumable: Resumable::Yes,
            } => "the server requested another resume of the session",
            Self::SessionInvalid {
                resumable: Resumable::No,
            } => "the server declared the session invalid",
            Self::Unreadable => "a message of the server can't be read",
            Self::Flooded => "the server sent too many frames without an event",
            Self::UnusableReady => "the server sent a READY without a usable session id",
            Self::Requested => "the user requested it",
        };
        f.write_str(text)
    }
}

#[cfg(test)]
mod tests {
    use crate::{DisconnectCause, GapCause, Lifecycle, RecoveryStep, StopReason};
    use gloaming_protocol::{CloseCode, CloseFrame};
    use std::time::Duration;

    #[test]
    fn events_are_displayed_in_plain_words() {
        let closed = DisconnectCause::Closed { code: Some(4000) };
        for (event, text) in [
            (
                Lifecycle::Disconnected {
                    cause: DisconnectCause::ConnectFailed,
                    frame: None,
                },
                "disconnected: the connection can't be opened",
            ),
            (
                Lifecycle::Disconnected {
                    cause: closed,
                    frame: Some(CloseFrame::new(4000, "unknown\nerror")),
                },
                "disconnected: the server closed the connection with code 4000 (code 4000, unknown\\nerror)",
            ),
            (
                Lifecycle::Retrying {
                    after: Duration::from_millis(1500),
                    step: RecoveryStep::MainHost,
                },
                "connecting to resume on the main url in 1.5s",
            ),
            (
                Lifecycle::Stopped {
                    reason: StopReason::Refused(CloseCode::InvalidIntents),
                },
                "stopped: discord refused the shard with close code 4013: the intents contain an \
                 invalid bit; use the named constants",
            ),
        ] {
            assert_eq!(event.to_string(), text);
        }
    }

    #[test]
    fn texts_of_the_server_are_short_and_on_one_line() {
        let hostile = format!("a\n\u{1b}[31m{}", "\0".repeat(1_000_000));
        for event in [
            Lifecycle::Ready {
                session_id: hostile.as_str().into(),
            },
            Lifecycle::Gap {
                session_id: hostile.as_str().into(),
                after: 1,
                cause: GapCause::SessionLost,
            },
            Lifecycle::Disconnected {
                cause: DisconnectCause::Closed { code: Some(4000) },
                frame: Some(CloseFrame {
                    code: 4000,
                    reason: hostile.clone().into(),
                }),
            },
        ] {
            let text = event.to_string();
            assert!(
                text.len() < 1000 && !text.contains(char::is_control),
                "{text:?}"
            );
        }
    }
}
