use super::EnvelopeError;
use super::scan::Envelope;
use crate::dispatch::DispatchKind;
use crate::opcode::OpCode;
use serde::Deserialize;
use std::fmt::{self, Debug, Formatter};

/// A gateway payload that borrows its text.
///
/// [`parse`](Self::parse) scans the outermost object only until `op`, `s`, `t` and the start of `d` are
/// known. With the gateway's key order, that is a few dozen bytes, however large the event is. Key order,
/// escapes and nesting are respected ([P32](crate::rules#p32)). If a key appears twice, its first value
/// counts. No memory is allocated unless `t` contains an escape, which no documented name does.
///
/// The content of `d` is not validated until it is parsed.
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
    /// Returns an error if the text does not start and end like a JSON object, if `op` is missing, or if
    /// `op`, `s` or `t` has a value of the wrong type.
    pub fn parse(text: &'a str) -> Result<Self, EnvelopeError> {
        let envelope = Envelope::scan(text)?;
        Ok(Self { text, envelope })
    }

    pub(super) const fn from_parts(text: &'a str, envelope: Envelope) -> Self {
        Self { text, envelope }
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
        self.envelope.name(self.text)
    }

    /// The documented or announced event with this [`name`](Self::name), or `None` if the name is new.
    #[must_use]
    pub const fn kind(&self) -> Option<DispatchKind> {
        self.envelope.kind
    }

    /// Returns the exact text of `d`, or `null` if there is none.
    ///
    /// If the scan stopped at the start of `d`, each call scans `d` to find its end.
    #[must_use]
    pub fn data(&self) -> &'a str {
        self.envelope.data(self.text)
    }

    /// Returns the text from the start of `d` to the end of the payload, or `null` if there is no `d`.
    ///
    /// For parsers that stop after one value. Does not scan `d`.
    #[must_use]
    pub fn data_start(&self) -> &'a str {
        self.envelope.data_start(self.text)
    }

    /// Where `d` starts in the text, in bytes, if there is a `d`.
    pub(crate) fn data_offset(&self) -> Option<usize> {
        self.envelope.data_offset()
    }

    /// The whole text.
    #[must_use]
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// Parses `d` into a type of your own, which may borrow from it.
    ///
    /// # Errors
    ///
    /// Returns an error if `d` is not the JSON of a `T`.
    pub fn decode_data<T: Deserialize<'a>>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(&mut serde_json::Deserializer::from_str(self.data_start()))
    }
}

/// Omits the text, which may be megabytes of private data.
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
