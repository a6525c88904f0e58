use super::{EventError, Supplement};
use crate::dispatch::DispatchKind;
use crate::envelope::OwnedPayload;
use crate::opcode::OpCode;
use serde::Deserialize;

/// An event without a type in twilight-model: its name, sequence number and JSON ([P34](crate::rules#p34)).
///
/// If it is documented, [`kind`](Self::kind) identifies it and [`supplement`](Self::supplement) decodes it. If it is only
/// announced, such as GUILD_JOIN_REQUEST_CREATE, `kind` identifies it. Otherwise its name or opcode is new.
///
/// ```
/// use gloaming_protocol::{Supplement, UnknownEvent};
///
/// fn print(event: &UnknownEvent) {
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

    /// The opcode, which is [`OpCode::Dispatch`] for events.
    #[must_use]
    pub const fn op(&self) -> OpCode {
        self.payload.op()
    }

    /// The name, if it has one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.payload.name()
    }

    /// The documented or announced event with this name, or `None` if the name is new.
    #[must_use]
    pub fn kind(&self) -> Option<DispatchKind> {
        self.payload.kind()
    }

    /// The sequence number, if it is a dispatch.
    #[must_use]
    pub const fn sequence(&self) -> Option<u64> {
        self.payload.sequence()
    }

    /// The JSON of `d`.
    #[must_use]
    pub fn data(&self) -> &str {
        self.payload.data()
    }

    /// Decodes the event into this crate's type for it; see [`OwnedPayload::supplement`].
    ///
    /// # Errors
    ///
    /// Returns an error if `d` does not match the type of the event.
    pub fn supplement(&self) -> Result<Option<Supplement>, EventError> {
        self.payload.supplement()
    }

    /// Parses `d` into a type of your own, or one of [`supplement`](super::supplement).
    ///
    /// # Errors
    ///
    /// Returns an error if `d` is not the JSON of a `T`.
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        self.payload.decode()
    }

    /// The whole payload, which can be decoded into a type of your own.
    #[must_use]
    pub const fn payload(&self) -> &OwnedPayload {
        &self.payload
    }

    /// Returns the whole payload.
    #[must_use]
    pub fn into_payload(self) -> OwnedPayload {
        self.payload
    }
}
