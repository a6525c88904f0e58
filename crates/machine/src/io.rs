//! What goes into the machine and what comes out of it.

use crate::{
    command::{CommandId, CommandOutcome},
    lifecycle::Lifecycle,
    recovery::RecoveryStep,
    requests::{RequestErrorKind, RequestId, RequestPayload, RequestState},
};
use gloaming_protocol::{CloseFrame, GatewayUrl, Payload};
use std::{
    fmt,
    time::{Duration, Instant},
};

/// Something that happened outside of the machine.
#[derive(Debug)]
pub enum Input<'a> {
    /// Start connecting. Ignored after the first time.
    Start,
    /// The connection requested by [`Output::Connect`] is open.
    Connected,
    /// The connection requested by [`Output::Connect`] could not be opened.
    ConnectFailed {
        /// Whether another attempt can succeed.
        severity: Severity,
        /// How long the server asks to wait before the next attempt, if it does. The machine waits
        /// [`MAX_RETRY_AFTER`](crate::MAX_RETRY_AFTER) at most. After a resume host that asks to wait, it tries the main
        /// host at once.
        retry_after: Option<Duration>,
    },
    /// A payload arrived.
    Payload(&'a Payload<'a>),
    /// A frame arrived that has no payload: a ping, a pong, or a part that adds nothing to a message. The transport answers
    /// pings; the machine only counts, and leaves a server that sends [too
    /// many](crate::DisconnectCause::Flooded).
    EmptyFrame,
    /// A message arrived that can't be read: the decoder's context is lost, or an event may be. The machine
    /// answers with [`Output::Disconnect`].
    Unreadable,
    /// The server sent a close frame.
    Closed {
        /// The frame's content, if it had any.
        frame: Option<CloseFrame<'static>>,
    },
    /// The connection ended without a close frame. If it did so while [reading was paused](Self::ReadPaused), the answer to
    /// RESUME may lie unread, and the end does not count as a failed try of the recovery. A driver that has read up to the
    /// end feeds [`ReadResumed`](Self::ReadResumed) first.
    Lost,
    /// The queue granted the permit requested by [`Output::RequestPermit`]. The next
    /// [`poll_transmit`](crate::Machine::poll_transmit) that may send it gives IDENTIFY.
    PermitGranted,
    /// The queue refused the permit.
    PermitRefused {
        /// When to ask again, if the queue knows.
        retry_in: Option<Duration>,
    },
    /// Queue a command of the user.
    Command {
        /// Identifies the command in [`Output::Command`].
        id: CommandId,
        /// The payload, JSON.
        json: String,
    },
    /// Withdraw a command that has not been sent yet. Ignored if it has.
    WithdrawCommand(CommandId),
    /// Open a request whose replies are awaited.
    Request {
        /// Identifies the request in [`Output::Reply`], [`Output::RequestState`] and [`Output::RequestEnded`].
        id: RequestId,
        /// What to send, one payload after another.
        payloads: Vec<RequestPayload>,
    },
    /// The caller dropped a request. Its id is not used in any later output.
    ForgetRequest(RequestId),
    /// From here on, what arrives is not read at once because the consumer is slow. Suspends the verdict on
    /// missing ACKs; heartbeats go on ([P7](gloaming_protocol::rules#p7)).
    ReadPaused,
    /// Everything that had arrived has been read. A missing ACK gets a whole interval from here.
    ReadResumed,
    /// The transport has written everything that [`poll_transmit`](crate::Machine::poll_transmit) gave it, and
    /// has room again. Messages that were stuck in the transport count as sent now
    /// ([P22](gloaming_protocol::rules#p22)).
    Flushed,
    /// The deadline of [`Output::Wait`] has passed. Harmless if it has not.
    Timeout,
    /// Close the connection and stop.
    Shutdown(CloseFrame<'static>),
    /// Drop the connection and resume the session on a new one. Ignored without an open connection, since
    /// the machine is connecting already.
    Reconnect,
    /// End the session, if there is one, and identify on a new connection. The events since the last one received are
    /// lost, which [`Lifecycle::Gap`] reports. Ignored once the machine is stopping.
    NewSession,
}

/// Whether another attempt can succeed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Severity {
    /// The network or the server is at fault. Another attempt may succeed.
    Transient,
    /// The configuration is at fault. No attempt with this configuration can succeed.
    Permanent,
}

/// Something for the driver to do, in the order given.
///
/// The enum is exhaustive on purpose: a driver that ignores an output does not work.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Output {
    /// Open a connection, with a fresh decoder ([P31](gloaming_protocol::rules#p31)). Report
    /// [`Input::Connected`] or [`Input::ConnectFailed`].
    Connect {
        /// The URL, query included ([P1](gloaming_protocol::rules#p1)).
        url: GatewayUrl,
        /// The step of the recovery that this connection is.
        step: RecoveryStep,
    },
    /// Ask the queue for a permit to identify. Report [`Input::PermitGranted`] or [`Input::PermitRefused`].
    RequestPermit,
    /// Cancel the request for a permit, or return the permit if it is not spent.
    CancelPermit,
    /// Drop the connection, or the attempt to open one.
    Disconnect {
        /// A close frame to send first, if the transport has room for it at once.
        close: Option<CloseFrame<'static>>,
    },
    /// Hand the payload that was just fed to the consumer. At most once per payload, and before all other
    /// outputs.
    Deliver,
    /// Hand the payload that was just fed to the callers of these requests.
    Reply(Vec<RequestId>),
    /// The outcome of a command. A command of a request's ([`CommandId::is_request`]) has no other sender.
    Command {
        /// The command.
        id: CommandId,
        /// Its outcome.
        outcome: CommandOutcome,
    },
    /// The state of a request changed.
    RequestState {
        /// The request.
        id: RequestId,
        /// Its state.
        state: RequestState,
    },
    /// A request ended. Its id is not used in any later output.
    RequestEnded {
        /// The request.
        id: RequestId,
        /// Whether all replies arrived.
        result: Result<(), RequestErrorKind>,
    },
    /// Report this to the consumer.
    Event(Lifecycle),
    /// Nothing more to do until an input arrives or this time comes (`None`: not started, or stopped).
    Wait(Option<Instant>),
}

/// A frame to send, given by [`poll_transmit`](crate::Machine::poll_transmit).
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Transmit {
    /// A text message.
    Message {
        /// What it is.
        kind: SendKind,
        /// Its text.
        text: WireText,
    },
    /// A close frame. The last frame of a connection.
    Close(CloseFrame<'static>),
}

/// What a sent message is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum SendKind {
    /// Op 1.
    Heartbeat,
    /// Op 2. Spend the permit when this message is handed to the transport.
    Identify,
    /// Op 6.
    Resume,
    /// A command of the user's or a request's.
    Command,
}

/// The text of a message to send. It may hold the token, so `Debug` shows only its length.
#[derive(Clone, Eq, PartialEq)]
pub struct WireText(String);

impl WireText {
    pub(crate) const fn new(text: String) -> Self {
        Self(text)
    }

    /// Returns the text, to be sent and not logged.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns the text, to be sent and not logged.
    #[must_use]
    pub fn into_inner(self) -> String {
        self.0
    }
}

impl fmt::Debug for WireText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.0.len())
    }
}
