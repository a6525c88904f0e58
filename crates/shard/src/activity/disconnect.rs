//! The end of a connection, and its cause in words.

use crate::{
    ReceiveMessageError,
    error::ReceiveMessageErrorKind,
    machine::{DisconnectCause, RecoveryStep},
    transport::{ConnectError, ConnectErrorKind},
};
use gloaming_protocol::CloseFrame;
use std::{
    error::Error,
    fmt::{self, Display, Formatter},
    sync::Arc,
    time::Instant,
};

/// The end of a connection, or of an attempt to open one.
///
/// `Display` is the cause as a phrase that follows "as", for example `the resume host refuses with HTTP status 503`. What
/// the server sent is an excerpt of it, and the token is not in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Disconnect {
    pub(super) at: Instant,
    pub(super) cause: DisconnectCause,
    pub(super) step: Option<RecoveryStep>,
    pub(super) text: Arc<str>,
}

impl Disconnect {
    /// Returns when the connection ended.
    #[must_use]
    pub const fn at(&self) -> Instant {
        self.at
    }

    /// Returns the cause.
    #[must_use]
    pub const fn cause(&self) -> DisconnectCause {
        self.cause
    }

    /// Returns the step of the recovery that the connection was. The first connection is one, too.
    #[must_use]
    pub const fn step(&self) -> Option<RecoveryStep> {
        self.step
    }
}

impl Display for Disconnect {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The cause in words, with the error that it was.
pub(super) fn text(
    cause: DisconnectCause,
    frame: Option<&CloseFrame<'_>>,
    error: Option<&str>,
) -> String {
    match (cause, frame, error) {
        (DisconnectCause::ConnectFailed | DisconnectCause::Lost, _, Some(error)) => {
            error.to_owned()
        }
        (DisconnectCause::Unreadable, _, Some(error)) => format!("{cause}: {error}"),
        (DisconnectCause::Closed { .. }, Some(frame), _) if !frame.reason.is_empty() => {
            format!("{cause} ({})", frame.reason)
        }
        _ => cause.to_string(),
    }
}

/// What happened, without what to do about it. `None` if the cause of the disconnect says it.
pub(super) fn failure_text(
    error: &ReceiveMessageError,
    step: Option<RecoveryStep>,
) -> Option<String> {
    let source = error.source()?;
    match error.kind() {
        ReceiveMessageErrorKind::Reconnect => Some(match source.downcast_ref::<ConnectError>() {
            Some(connect) => connect_text(connect, step),
            None => statement(source),
        }),
        ReceiveMessageErrorKind::WebSocket => {
            let cause = source.source().unwrap_or(source);
            Some(format!("the connection failed: {}", statement(cause)))
        }
        ReceiveMessageErrorKind::Queue
        | ReceiveMessageErrorKind::Compression
        | ReceiveMessageErrorKind::Deserializing { .. } => Some(statement(source)),
        ReceiveMessageErrorKind::Config
        | ReceiveMessageErrorKind::Refused(_)
        | ReceiveMessageErrorKind::UnknownEvent(_) => None,
    }
}

fn connect_text(error: &ConnectError, step: Option<RecoveryStep>) -> String {
    let host = match step {
        Some(RecoveryStep::ResumeHost) => "the resume host",
        _ => "the main host",
    };
    match (error.kind(), error.source()) {
        (ConnectErrorKind::Handshake { status }, _) => {
            format!("{host} refuses with HTTP status {status}")
        }
        (ConnectErrorKind::Other, Some(source)) => {
            format!("{host} can't be reached: {}", statement(source))
        }
        _ => statement(error),
    }
}

/// The part of an error's text before what to do about it.
fn statement(error: &(dyn Error + 'static)) -> String {
    let text = error.to_string();
    match text.split_once("; ") {
        Some((statement, _)) => statement.to_owned(),
        None => text,
    }
}
