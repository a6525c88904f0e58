use super::{EventError, UnknownEvent, model_gaps};
use crate::box_error::BoxError;
use crate::dispatch::Typing;
use crate::envelope::{OwnedPayload, Payload};
use crate::json::JsonParser;
use crate::opcode::OpCode;
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
        return match parser.dispatch(kind.name(), payload.data_start()) {
            Ok(event) => Ok(Decoded::Event(event.into())),
            Err(source) => Err(EventError::new(payload.to_owned_payload(), source)),
        };
    }
    match typed(payload) {
        Ok(Some(event)) => Ok(Decoded::Event(event)),
        Ok(None) => Ok(Decoded::Unknown(UnknownEvent::new(
            payload.to_owned_payload(),
        ))),
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

impl OwnedPayload {
    /// Parses the payload into a typed event, as [`decode_event`].
    ///
    /// # Errors
    ///
    /// As [`decode_event`].
    pub fn event(&self, parser: JsonParser) -> Result<Decoded, EventError> {
        decode_event(&self.as_payload(), parser)
    }
}
