use crate::dispatch_kind::Typing;
use crate::event_error::EventError;
use crate::json_parser::BoxError;
use crate::{DispatchKind, JsonParser, OpCode, OwnedPayload, Payload, Supplement, model_gaps};
use serde::Deserialize;
use twilight_model::gateway::event::Event;

/// What a payload turned out to be.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "it is passed on at once; a box would cost each event an allocation"
)]
pub enum Decoded {
    /// An event of twilight-model's.
    Event(Event),
    /// An event, or an opcode, that twilight-model has no type for. If it is documented,
    /// [`supplement`](UnknownEvent::supplement) has one.
    Unknown(UnknownEvent),
}

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

    /// Parses its `d` into a type of one's own, or one of [`supplement`](crate::supplement).
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

/// Parses a payload into a typed event.
///
/// Nothing vanishes: what twilight-model has no type for comes as [`Decoded::Unknown`], and what does not fit
/// its type as an error. Both keep name, sequence and raw JSON (P34). The payloads that keep a
/// connection (op 1, 7, 9, 10, 11) are events too.
///
/// ```
/// use gloaming_protocol::{Decoded, Event, JsonParser, Payload, decode_event};
///
/// let payload = Payload::parse(
///     r#"{"t":"WEBHOOKS_UPDATE","s":3,"op":0,"d":{"guild_id":"1","channel_id":"2"}}"#,
/// )?;
/// let Decoded::Event(Event::WebhooksUpdate(event)) = decode_event(&payload, JsonParser::best())?
/// else {
///     panic!("the name says what it is");
/// };
/// assert_eq!(event.channel_id.get(), 2);
///
/// let payload = Payload::parse(r#"{"t":"BRAND_NEW","s":4,"op":0,"d":{"id":"3"}}"#)?;
/// let Decoded::Unknown(event) = decode_event(&payload, JsonParser::best())? else {
///     panic!("nobody knows this name");
/// };
/// assert_eq!((event.name(), event.data()), (Some("BRAND_NEW"), r#"{"id":"3"}"#));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If `d` does not fit the type of the event, or `parser` is not compiled in.
pub fn decode_event(payload: &Payload<'_>, parser: JsonParser) -> Result<Decoded, EventError> {
    // Nearly every payload ends here, in one step: an event is large, and each further one moves it.
    let modeled = payload.kind().filter(|kind| {
        payload.op() == OpCode::Dispatch
            && kind.typing() == Typing::Model
            && !model_gaps::has(*kind)
    });
    if let Some(kind) = modeled {
        return match parser.dispatch(kind.name(), payload) {
            Ok(event) => Ok(Decoded::Event(event.into())),
            Err(source) => Err(EventError::new(payload.to_owned_payload(), source)),
        };
    }
    match typed(payload) {
        Ok(Some(event)) => Ok(Decoded::Event(event)),
        Ok(None) => Ok(Decoded::Unknown(UnknownEvent {
            payload: payload.to_owned_payload(),
        })),
        Err(source) => Err(EventError::new(payload.to_owned_payload(), source)),
    }
}

/// `None` where there is no type.
fn typed(payload: &Payload<'_>) -> Result<Option<Event>, BoxError> {
    Ok(match payload.op() {
        OpCode::Dispatch => return model_gaps::fill(payload),
        OpCode::Heartbeat => Some(Event::GatewayHeartbeat),
        OpCode::HeartbeatAck => Some(Event::GatewayHeartbeatAck),
        OpCode::Hello => Some(Event::GatewayHello(payload.decode_data()?)),
        OpCode::InvalidSession => Some(Event::GatewayInvalidateSession(payload.decode_data()?)),
        OpCode::Reconnect => Some(Event::GatewayReconnect),
        _ => None,
    })
}
