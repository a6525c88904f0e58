//! Errors of a shard's stream.

use crate::{
    config::ConfigError,
    transport::{ConnectError, TransportError},
};
use gloaming_machine::Severity;
use gloaming_protocol::{
    CloseCode, DecodeError, EnvelopeError, EventError, OwnedPayload, UnknownEvent,
};
use gloaming_queue::QueueError;
use std::{
    error::Error,
    fmt::{self, Display, Formatter},
};
use twilight_model::gateway::event::EventConversionError;

/// Something went wrong while receiving.
///
/// The shard carries on by itself, reconnecting and resuming as needed, unless the error
/// [is fatal](Self::is_fatal).
#[derive(Debug)]
pub struct ReceiveMessageError {
    kind: ReceiveMessageErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
    severity: Severity,
}

/// What went wrong while receiving.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReceiveMessageErrorKind {
    /// The server sent what can't be decompressed; the shard reconnects and resumes.
    ///
    /// The source is a [`DecodeError`].
    Compression,
    /// The configuration can't work. Fatal.
    ///
    /// The source is a [`ConfigError`] or a [`DecodeError`].
    Config,
    /// A payload could not be read, or an event does not fit its type.
    ///
    /// An unreadable payload makes the shard reconnect and resume; an event that does not fit its
    /// type concerns that event only, and the source is an [`EventError`]'s cause.
    Deserializing {
        /// The payload's text.
        event: String,
    },
    /// The identify queue gave no permit; the shard asks again.
    ///
    /// The source is a [`QueueError`].
    Queue,
    /// The gateway could not be reached; the shard tries again, unless the error is fatal.
    ///
    /// The source is a [`ConnectError`], if there is more to say.
    Reconnect,
    /// Discord closed the connection with a code after which it takes no one back. Fatal.
    Refused(CloseCode),
    /// An event that twilight-model has no type for (P34). It is no failure: the value holds its
    /// name, sequence and raw JSON, and [`UnknownEvent::supplement`] decodes it if it is documented.
    UnknownEvent(Box<UnknownEvent>),
    /// The connection failed; the shard reconnects and resumes.
    ///
    /// The source is a [`TransportError`].
    WebSocket,
}

impl ReceiveMessageError {
    /// What went wrong.
    #[must_use]
    pub const fn kind(&self) -> &ReceiveMessageErrorKind {
        &self.kind
    }

    /// Whether the shard stops because of this: nothing but a change of configuration, or of the
    /// bot's settings with Discord, can help.
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        matches!(self.severity, Severity::Permanent)
    }

    /// The cause, if there is one.
    #[must_use]
    pub fn into_source(self) -> Option<Box<dyn Error + Send + Sync>> {
        self.source
    }

    /// What went wrong, and the cause.
    #[must_use]
    pub fn into_parts(
        self,
    ) -> (
        ReceiveMessageErrorKind,
        Option<Box<dyn Error + Send + Sync>>,
    ) {
        (self.kind, self.source)
    }

    fn transient(
        kind: ReceiveMessageErrorKind,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            kind,
            source: Some(source.into()),
            severity: Severity::Transient,
        }
    }

    fn permanent(
        kind: ReceiveMessageErrorKind,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            severity: Severity::Permanent,
            ..Self::transient(kind, source)
        }
    }

    pub(crate) fn from_transport(error: TransportError) -> Self {
        Self::transient(ReceiveMessageErrorKind::WebSocket, error)
    }

    pub(crate) fn from_decode(error: DecodeError) -> Self {
        Self::transient(ReceiveMessageErrorKind::Compression, error)
    }

    pub(crate) fn from_envelope(text: &str, error: EnvelopeError) -> Self {
        let event = text.to_owned();
        Self::transient(ReceiveMessageErrorKind::Deserializing { event }, error)
    }

    pub(crate) fn from_event(error: EventError) -> Self {
        let (payload, source) = error.into_parts();
        let event = OwnedPayload::text(&payload).to_owned();
        Self::transient(ReceiveMessageErrorKind::Deserializing { event }, source)
    }

    pub(crate) fn from_conversion(text: &str, error: EventConversionError) -> Self {
        let event = text.to_owned();
        Self::transient(ReceiveMessageErrorKind::Deserializing { event }, error)
    }

    pub(crate) fn from_unknown(event: UnknownEvent) -> Self {
        Self {
            kind: ReceiveMessageErrorKind::UnknownEvent(Box::new(event)),
            source: None,
            severity: Severity::Transient,
        }
    }

    pub(crate) fn from_connect(error: ConnectError) -> Self {
        Self::transient(ReceiveMessageErrorKind::Reconnect, error)
    }

    pub(crate) fn from_fatal_connect(error: ConnectError) -> Self {
        Self::permanent(ReceiveMessageErrorKind::Reconnect, error)
    }

    pub(crate) fn from_queue(error: QueueError) -> Self {
        Self::transient(ReceiveMessageErrorKind::Queue, error)
    }

    pub(crate) fn from_config(error: ConfigError) -> Self {
        Self::permanent(ReceiveMessageErrorKind::Config, error)
    }

    pub(crate) fn from_decoder_setup(error: DecodeError) -> Self {
        Self::permanent(ReceiveMessageErrorKind::Config, error)
    }

    pub(crate) const fn refused(code: CloseCode) -> Self {
        Self {
            kind: ReceiveMessageErrorKind::Refused(code),
            source: None,
            severity: Severity::Permanent,
        }
    }
}

impl Display for ReceiveMessageError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ReceiveMessageErrorKind::Compression => {
                f.write_str("the gateway sent what can't be decompressed; reconnecting")
            }
            ReceiveMessageErrorKind::Config => {
                f.write_str("the shard can't work with its configuration")
            }
            // The event may be megabytes long: it is in the value, not in the message.
            ReceiveMessageErrorKind::Deserializing { event } => {
                write!(f, "a payload of {} bytes can't be decoded", event.len())
            }
            ReceiveMessageErrorKind::Queue => {
                f.write_str("the identify queue gave no permit; asking again")
            }
            ReceiveMessageErrorKind::Reconnect if self.is_fatal() => {
                f.write_str("the gateway can't be reached with this configuration")
            }
            ReceiveMessageErrorKind::Reconnect => {
                f.write_str("the gateway could not be reached; trying again")
            }
            ReceiveMessageErrorKind::Refused(code) => write!(
                f,
                "discord refused the shard with close code {}: {}",
                code.number(),
                code.explanation()
            ),
            ReceiveMessageErrorKind::UnknownEvent(event) => match event.name() {
                Some(name) => write!(f, "there is no type for the event {}", name.escape_debug()),
                None => write!(
                    f,
                    "there is no type for payloads of op {}",
                    event.op().number()
                ),
            },
            ReceiveMessageErrorKind::WebSocket => {
                f.write_str("the connection to the gateway failed")
            }
        }
    }
}

impl Error for ReceiveMessageError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}
