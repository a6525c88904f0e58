use super::{EventError, Supplement};
use crate::dispatch::DispatchKind;
use crate::envelope::OwnedPayload;
use crate::opcode::OpCode;
use serde::Deserialize;

/// An event that twilight-model has no type for: its name, its sequence and its raw JSON (P34).
///
/// Either it is documented, and [`kind`](Self::kind) says which it is and
/// [`supplement`](Self::supplement) what it says, or nobody knows its name or opcode.
///
/// ```
/// use gloaming_protocol::{Supplement, UnknownEvent};
///
/// fn tell(event: &UnknownEvent) {
///     match event.supplement() {
///         Ok(Some(Supplement::ChannelInfo(info))) => println!("{} channels", info.channels.len()),
///         Ok(Some(other)) => println!("{other:?}"),
///         Ok(None) => println!("new: {:?} {}", event.name(), event.data()),
///         Err(error) => eprintln!("{error}"),
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct UnknownEvent {
    payload: OwnedPayload,
}

impl UnknownEvent {
    pub(super) const fn new(payload: OwnedPayload) -> Self {
        Self { payload }
    }

    /// Its opcode: dispatch, unless nobody knows the opcode either.
    #[must_use]
    pub const fn op(&self) -> OpCode {
        self.payload.op()
    }

    /// Its name, if it has one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.payload.name()
    }

    /// Which documented event it is.
    #[must_use]
    pub fn kind(&self) -> Option<DispatchKind> {
        self.payload.kind()
    }

    /// Its sequence, if it is a dispatch.
    #[must_use]
    pub const fn sequence(&self) -> Option<u64> {
        self.payload.sequence()
    }

    /// Its `d` as raw JSON.
    #[must_use]
    pub fn data(&self) -> &str {
        self.payload.data()
    }

    /// Decodes it into the type that this crate has for it, as [`OwnedPayload::supplement`].
    ///
    /// # Errors
    ///
    /// As [`OwnedPayload::supplement`].
    pub fn supplement(&self) -> Result<Option<Supplement>, EventError> {
        self.payload.supplement()
    }

    /// Parses its `d` into a type of one's own, or one of [`supplement`](super::supplement).
    ///
    /// # Errors
    ///
    /// If `d` is not the JSON of a `T`.
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        self.payload.decode()
    }

    /// The whole payload, to decode into a type of one's own.
    #[must_use]
    pub const fn payload(&self) -> &OwnedPayload {
        &self.payload
    }

    /// The whole payload.
    #[must_use]
    pub fn into_payload(self) -> OwnedPayload {
        self.payload
    }
}
