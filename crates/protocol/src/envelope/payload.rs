use super::EnvelopeError;
use super::scan::Envelope;
use crate::dispatch::DispatchKind;
use crate::opcode::OpCode;
use serde::Deserialize;
use std::fmt::{self, Debug, Formatter};

/// One gateway payload, borrowed from the text it came in.
///
/// [`parse`](Self::parse) looks at the outermost object only, and only until it knows `op`, `s`, `t`
/// and where `d` starts: with the gateway's key order a few dozen bytes, however large the event.
/// Key order, escapes and nesting are honored (P32); of a key that stands twice the first counts.
/// Nothing is allocated, except where `t` is written with escapes, which no documented name is.
///
/// What `d` holds is checked by whoever parses it.
///
/// ```
/// use gloaming_protocol::{DispatchKind, OpCode, Payload};
///
/// let payload = Payload::parse(
///     r#"{"t":"MESSAGE_DELETE","s":42,"op":0,"d":{"id":"5","channel_id":"6","guild_id":"7"}}"#,
/// )?;
/// assert_eq!(payload.op(), OpCode::Dispatch);
/// assert_eq!(payload.sequence(), Some(42));
/// assert_eq!(payload.kind(), Some(DispatchKind::MessageDelete));
/// assert_eq!(payload.guild_id().map(|id| id.get()), Some(7));
/// assert_eq!(payload.data(), r#"{"id":"5","channel_id":"6","guild_id":"7"}"#);
/// # Ok::<_, gloaming_protocol::EnvelopeError>(())
/// ```
#[derive(Clone)]
pub struct Payload<'a> {
    pub(super) text: &'a str,
    pub(super) envelope: Envelope,
}

impl<'a> Payload<'a> {
    /// Reads the envelope of a payload.
    ///
    /// # Errors
    ///
    /// If the text is no JSON object, does not end with one, lacks `op`, or has `op`, `s` or `t` with a
    /// value of the wrong type.
    pub fn parse(text: &'a str) -> Result<Self, EnvelopeError> {
        let envelope = Envelope::scan(text)?;
        Ok(Self { text, envelope })
    }

    pub(super) const fn from_parts(text: &'a str, envelope: Envelope) -> Self {
        Self { text, envelope }
    }

    /// What the payload is about: `op`.
    #[must_use]
    pub const fn op(&self) -> OpCode {
        self.envelope.op
    }

    /// The sequence of a dispatch: `s`.
    #[must_use]
    pub const fn sequence(&self) -> Option<u64> {
        self.envelope.sequence
    }

    /// The name of a dispatch: `t`.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.envelope.name(self.text)
    }

    /// The documented event that [`name`](Self::name) stands for.
    #[must_use]
    pub const fn kind(&self) -> Option<DispatchKind> {
        self.envelope.kind
    }

    /// The exact text of `d`, `null` if there is none.
    ///
    /// Where the scan stopped at the start of `d`, each call walks through it to find its end.
    #[must_use]
    pub fn data(&self) -> &'a str {
        self.envelope.data(self.text)
    }

    /// The text from the start of `d` on, `null` if there is no `d`.
    ///
    /// For parsers that stop by themselves after one value; costs nothing.
    #[must_use]
    pub fn data_start(&self) -> &'a str {
        self.envelope.data_start(self.text)
    }

    /// The whole text.
    #[must_use]
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// Parses `d` into a type of one's own; `d` may be borrowed from.
    ///
    /// # Errors
    ///
    /// If `d` is not the JSON of a `T`.
    pub fn decode_data<T: Deserialize<'a>>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(&mut serde_json::Deserializer::from_str(self.data_start()))
    }
}

/// Without the text, which may be megabytes and is nobody else's business.
impl Debug for Payload<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload")
            .field("op", &self.op())
            .field("sequence", &self.sequence())
            .field("name", &self.name())
            .field("bytes", &self.text.len())
            .finish()
    }
}
