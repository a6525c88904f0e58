use super::scan::Envelope;
use super::{EnvelopeError, Payload};
use crate::dispatch::DispatchKind;
use crate::opcode::OpCode;
use serde::Deserialize;
use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

/// A gateway payload that owns its text.
///
/// Clones share the text. It is parsed only by [`decode`](Self::decode), [`event`](Self::event) and
/// [`supplement`](Self::supplement).
///
/// ```
/// use gloaming_protocol::{Decoded, Event, JsonParser, OwnedPayload};
///
/// let payload = OwnedPayload::parse(r#"{"op":10,"d":{"heartbeat_interval":41250}}"#)?;
/// let Decoded::Event(Event::GatewayHello(hello)) = payload.event(JsonParser::best())? else {
///     panic!("op 10 is a hello");
/// };
/// assert_eq!(hello.heartbeat_interval, 41_250);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct OwnedPayload {
    text: Arc<str>,
    envelope: Envelope,
}

impl OwnedPayload {
    /// Reads the envelope of a payload and keeps its text.
    ///
    /// # Errors
    ///
    /// Returns an error in the same cases as [`Payload::parse`].
    pub fn parse(text: impl Into<Arc<str>>) -> Result<Self, EnvelopeError> {
        let text = text.into();
        let envelope = Envelope::scan(&text)?;
        Ok(Self { text, envelope })
    }

    /// Returns a payload that borrows from this one.
    #[must_use]
    pub fn as_payload(&self) -> Payload<'_> {
        Payload::from_parts(&self.text, self.envelope.clone())
    }

    /// The opcode: `op`.
    #[must_use]
    pub const fn op(&self) -> OpCode {
        self.envelope.op
    }

    /// The sequence number of a dispatch: `s`.
    #[must_use]
    pub const fn sequence(&self) -> Option<u64> {
        self.envelope.sequence
    }

    /// The name of a dispatch: `t`.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.envelope.name(&self.text)
    }

    /// The documented or announced event with this [`name`](Self::name), or `None` if the name is new.
    #[must_use]
    pub const fn kind(&self) -> Option<DispatchKind> {
        self.envelope.kind
    }

    /// Returns the exact text of `d`; see [`Payload::data`].
    #[must_use]
    pub fn data(&self) -> &str {
        self.envelope.data(&self.text)
    }

    /// Returns the text from the start of `d`; see [`Payload::data_start`].
    #[must_use]
    pub fn data_start(&self) -> &str {
        self.envelope.data_start(&self.text)
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the whole text. The clones of this payload share it.
    #[must_use]
    pub fn into_text(self) -> Arc<str> {
        self.text
    }

    /// Parses `d` into a type of your own; see [`Payload::decode_data`].
    ///
    /// # Errors
    ///
    /// Returns an error if `d` is not the JSON of a `T`.
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        self.as_payload().decode_data()
    }
}

impl Payload<'_> {
    /// Copies the payload into one that owns its text, with one allocation.
    #[inline]
    #[must_use]
    pub fn to_owned_payload(&self) -> OwnedPayload {
        OwnedPayload {
            text: self.text.into(),
            envelope: self.envelope.clone(),
        }
    }
}

impl From<&Payload<'_>> for OwnedPayload {
    fn from(payload: &Payload<'_>) -> Self {
        payload.to_owned_payload()
    }
}

/// Omits the text, like [`Payload`].
impl Debug for OwnedPayload {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(&self.as_payload(), f)
    }
}
