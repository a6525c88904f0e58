//! The machine's one door in and one door out.

use super::{
    command::{CommandId, CommandOutcome},
    lifecycle::Lifecycle,
    recovery::RecoveryStep,
};
use gloaming_protocol::{CloseFrame, GatewayUrl, Payload};
use std::{
    fmt,
    time::{Duration, Instant},
};

/// Something that happened outside of the machine.
#[derive(Debug)]
#[non_exhaustive]
pub enum Input<'a> {
    /// Begin. Later ones are ignored.
    Start,
    /// The connection asked for by [`Output::Connect`] is open.
    Connected,
    /// The connection asked for by [`Output::Connect`] could not be opened.
    ConnectFailed(Severity),
    /// A payload arrived.
    Payload(&'a Payload<'a>),
    /// Something arrived that can't be read: the connection's decoder context is lost, or an event
    /// may be. The driver drops the connection when told to.
    Unreadable,
    /// The server sent a close frame (or an empty one).
    Closed {
        /// The frame's content.
        frame: Option<CloseFrame<'static>>,
    },
    /// The connection ended without a close frame.
    Lost,
    /// The permit asked for by [`Output::RequestPermit`] is there; IDENTIFY follows as soon as the
    /// transport takes it.
    PermitGranted,
    /// The queue refused to give a permit.
    PermitRefused {
        /// When asking again may help, if the queue knows.
        retry_in: Option<Duration>,
    },
    /// A command of the user.
    Command {
        /// Named again in [`Output::Command`].
        id: CommandId,
        /// The payload, JSON.
        json: String,
    },
    /// Take a command back, if it has not been sent yet; otherwise nothing changes.
    WithdrawCommand(CommandId),
    /// From here on, what arrives is not read at once: the consumer is slow. Suspends the verdict on
    /// missing acknowledgements; heartbeats go on (P7).
    ReadPaused,
    /// All that arrived has been read; the verdict's window starts anew.
    ReadResumed,
    /// The transport can take nothing more. Until [`WriteReady`](Self::WriteReady), or another
    /// connection, nothing is handed out but close frames: commands wait and expire in their queue,
    /// of the heartbeats that fall due one is kept, IDENTIFY or RESUME stays. Verdicts and deadlines
    /// go on.
    ///
    /// This one input may also come between two outputs, and belongs there: right after the
    /// [`Output::Send`] that left no room for another.
    WriteBlocked,
    /// The transport has written all that it took, and takes more. What may have been stuck in it
    /// counts as sent now (P22).
    WriteReady,
    /// The deadline of [`Output::Wait`] has passed. Harmless when it has not.
    Timeout,
    /// Close the connection and stop.
    Shutdown(CloseFrame<'static>),
    /// Drop the connection and make a new one, resuming the session. Without an open connection
    /// nothing changes: another is under way already.
    Reconnect,
}

/// Whether trying again can help.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Severity {
    /// The network or the server is at fault: later may be better.
    Transient,
    /// The configuration is at fault: this host can never be reached with it.
    Permanent,
}

/// Something for the driver to do.
///
/// Do each in the order handed out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Output {
    /// Open a connection, with a fresh decoder (P31). Report [`Input::Connected`] or
    /// [`Input::ConnectFailed`].
    Connect {
        /// The URL, query included (P1).
        url: GatewayUrl,
        /// Which step of the recovery this is.
        step: RecoveryStep,
    },
    /// Ask the queue for a permit to identify.
    RequestPermit,
    /// Withdraw the request, or give back the unspent permit.
    CancelPermit,
    /// Send a text message. If the transport has no room for another after it, say so before the next
    /// output: [`Input::WriteBlocked`].
    Send {
        /// What it is.
        kind: SendKind,
        /// Its text.
        text: WireText,
    },
    /// Send a close frame.
    Close(CloseFrame<'static>),
    /// Drop the connection, or the attempt to open one. What is not yet flushed may be lost.
    Disconnect,
    /// Hand the payload that was just fed to the consumer. Comes at most once per payload, before
    /// all else.
    Deliver,
    /// Tell whoever queued the command what became of it.
    Command {
        /// Which.
        id: CommandId,
        /// What became of it.
        outcome: CommandOutcome,
    },
    /// Tell the consumer.
    Event(Lifecycle),
    /// Nothing more to do until an input arrives, or this time (`None`: stopped or not started).
    Wait(Option<Instant>),
}

/// What a sent message is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum SendKind {
    /// Op 1.
    Heartbeat,
    /// Op 2. The permit is spent when this message is handed to the socket.
    Identify,
    /// Op 6.
    Resume,
    /// A user's command.
    Command,
}

/// A message's text on its way to the wire. It may hold the token, so `Debug` shows only its length.
#[derive(Clone, Eq, PartialEq)]
pub struct WireText(String);

impl WireText {
    pub(super) const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, to be sent and not logged.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The text itself, to be sent and not logged.
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
