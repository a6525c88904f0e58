//! The error of a shard's stream.

use super::with_causes;
use crate::{
    config::ConfigError,
    transport::{ConnectError, TransportError},
};
use gloaming_machine::Severity;
use gloaming_protocol::{
    CloseCode, DecodeError, EnvelopeError, EventError, Excerpt, OwnedPayload, Payload, UnknownEvent,
};
use gloaming_queue::QueueError;
use std::{
    error::Error,
    fmt::{self, Display, Formatter},
};
use twilight_model::gateway::event::EventConversionError;

/// A failure while receiving, or of the connection.
///
/// The shard recovers by itself, reconnecting and resuming as needed, unless the error
/// [is fatal](Self::is_fatal).
#[derive(Debug)]
pub struct ReceiveMessageError {
    kind: ReceiveMessageErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
    severity: Severity,
}

/// The reason of a [`ReceiveMessageError`].
#[derive(Debug)]
#[non_exhaustive]
pub enum ReceiveMessageErrorKind {
    /// The server sent data that can't be decompressed (peer). The shard reconnects and resumes.
    ///
    /// The source is a [`DecodeError`].
    Compression,
    /// The configuration is invalid (configuration). Fatal.
    ///
    /// The source is a [`ConfigError`] or a [`DecodeError`].
    Config,
    /// A payload is not valid JSON, or an event does not match its type (peer).
    ///
    /// After an invalid payload, the shard reconnects and resumes. An event that does not match its type is
    /// skipped, and the source is that of an [`EventError`].
    Deserializing {
        /// The text of the payload.
        event: String,
    },
    /// The identify queue did not grant a permit (queue). The shard requests another.
    ///
    /// The source is a [`QueueError`].
    Queue,
    /// The gateway could not be reached (network or configuration). The shard tries again, unless the error
    /// is fatal.
    ///
    /// The source is a [`ConnectError`].
    Reconnect,
    /// Discord closed the connection with a code that forbids reconnecting (configuration). Fatal.
    Refused(CloseCode),
    /// An event without a type in twilight-model ([P34](gloaming_protocol::rules#p34)).
    ///
    /// This is not a failure: [`next_event`](crate::StreamExt::next_event) returns it as an error for
    /// compatibility with twilight-gateway, whose `Event` has no variant for it.
    /// [`Shard::next_item`](crate::Shard::next_item) returns it as
    /// [`Item::Unknown`](crate::Item::Unknown). The value has the event's name, sequence and JSON, and
    /// [`UnknownEvent::supplement`] decodes it if it is documented.
    UnknownEvent(Box<UnknownEvent>),
    /// The connection failed (network or peer). The shard reconnects and resumes.
    ///
    /// The source is a [`TransportError`].
    WebSocket,
}

impl ReceiveMessageError {
    /// Returns the kind, by reference for compatibility with twilight-gateway.
    #[must_use]
    pub const fn kind(&self) -> &ReceiveMessageErrorKind {
        &self.kind
    }

    /// Returns whether the error stops the shard: only a change of the configuration, or of the bot's
    /// settings at Discord, can help.
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        matches!(self.severity, Severity::Permanent)
    }

    /// Returns the source, if there is one.
    #[must_use]
    pub fn into_source(self) -> Option<Box<dyn Error + Send + Sync>> {
        self.source
    }

    /// Returns the kind and the source.
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

/// Contains the texts of all sources, since most programs print only this.
impl Display for ReceiveMessageError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&with_causes(Problem(self).to_string(), self.source()))
    }
}

/// The text of an error without those of its sources.
struct Problem<'a>(&'a ReceiveMessageError);

impl Display for Problem<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(error) = self;
        match &error.kind {
            ReceiveMessageErrorKind::Compression => {
                f.write_str("the gateway sent data that can't be decompressed; reconnecting")
            }
            ReceiveMessageErrorKind::Config => {
                f.write_str("the configuration of the shard is invalid; correct it")
            }
            // The event may have megabytes, so the message has only its size.
            ReceiveMessageErrorKind::Deserializing { event } => {
                let payload = Payload::parse(event);
                match payload.as_ref().ok().and_then(Payload::name) {
                    Some(name) => write!(f, "the event {}", Excerpt::new(name))?,
                    None => f.write_str("a payload")?,
                }
                write!(
                    f,
                    " ({} B) from the gateway can't be decoded; its text is in the error's kind",
                    event.len()
                )
            }
            ReceiveMessageErrorKind::Queue => {
                f.write_str("the identify queue did not grant a permit; requesting another")
            }
            ReceiveMessageErrorKind::Reconnect if error.is_fatal() => {
                f.write_str("the gateway can't be reached with this configuration; correct it")
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
                Some(name) => write!(
                    f,
                    "the event {} has no type in twilight-model; use its raw json",
                    Excerpt::new(name)
                ),
                None => write!(
                    f,
                    "payloads of op {} have no type in twilight-model; use the raw json",
                    event.op().number()
                ),
            },
            ReceiveMessageErrorKind::WebSocket => {
                f.write_str("the connection to the gateway failed; reconnecting")
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

#[cfg(test)]
mod tests {
    use super::{ReceiveMessageError, ReceiveMessageErrorKind};
    use std::{
        error::Error,
        fmt::{self, Display, Formatter},
        io,
    };

    /// An error whose text contains that of its source.
    #[derive(Debug)]
    struct Repeating(io::Error);

    impl Display for Repeating {
        fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
            write!(f, "handshake failed: {}", self.0)
        }
    }

    impl Error for Repeating {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn name_of_an_event_is_short_and_on_one_line() {
        let name = format!("A\\n\\u001b{}", "x".repeat(1_000_000));
        let text = format!(r#"{{"op":0,"s":1,"t":"{name}","d":{{}}}}"#);
        let event = text.clone();
        let kind = ReceiveMessageErrorKind::Deserializing { event };
        let error = ReceiveMessageError::transient(kind, io::Error::other(text));
        let shown = error.to_string();
        assert!(
            shown.len() < 3000 && !shown.contains(char::is_control),
            "{shown}"
        );
        assert!(shown.starts_with(r"the event A\n\u"), "{shown}");
    }

    #[test]
    fn text_of_a_source_is_not_repeated() {
        let source = Repeating(io::Error::other("connection refused"));
        let error = ReceiveMessageError::transient(ReceiveMessageErrorKind::WebSocket, source);
        let text = error.to_string();
        assert!(
            text.ends_with(": handshake failed: connection refused"),
            "{text}"
        );
        assert_eq!(text.matches("connection refused").count(), 1, "{text}");
    }
}
