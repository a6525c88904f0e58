use super::{EventError, UnknownEvent, model_gaps};
use crate::box_error::BoxError;
use crate::dispatch::TypeSource;
use crate::envelope::{OwnedPayload, Payload};
use crate::json::JsonParser;
use crate::opcode::OpCode;
use twilight_model::gateway::event::Event;

/// The result of decoding a payload.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a box would cost one allocation per event"
)]
pub enum Decoded {
    /// An event with a type in twilight-model.
    Event(Event),
    /// An event, or a payload with another opcode, without a type in twilight-model. If it is documented,
    /// [`supplement`](UnknownEvent::supplement) decodes it.
    Unknown(UnknownEvent),
}

/// Parses a payload into a typed event.
///
/// A payload without a type in twilight-model is returned as [`Decoded::Unknown`], and a payload that does not
/// match its type as an error. Both keep name, sequence number and JSON ([P34](crate::rules#p34)). Payloads
/// that control the connection (op 1, 7, 9, 10, 11) are events too.
///
/// ```
/// use gloaming_protocol::{Decoded, Event, JsonParser, Payload, decode_event};
///
/// let payload = Payload::parse(
///     r#"{"t":"WEBHOOKS_UPDATE","s":3,"op":0,"d":{"guild_id":"1","channel_id":"2"}}"#,
/// )?;
/// let Decoded::Event(Event::WebhooksUpdate(event)) = decode_event(&payload, JsonParser::best())?
/// else {
///     panic!("the event has a type");
/// };
/// assert_eq!(event.channel_id.get(), 2);
///
/// let payload = Payload::parse(r#"{"t":"BRAND_NEW","s":4,"op":0,"d":{"id":"3"}}"#)?;
/// let Decoded::Unknown(event) = decode_event(&payload, JsonParser::best())? else {
///     panic!("the name is not documented");
/// };
/// assert_eq!((event.name(), event.data()), (Some("BRAND_NEW"), r#"{"id":"3"}"#));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Returns an error if `d` does not match the type of the event, or if `parser` is not compiled in.
pub fn decode_event(payload: &Payload<'_>, parser: JsonParser) -> Result<Decoded, EventError> {
    // Most payloads take this branch, which moves the event only once: events are large.
    let modeled = payload.kind().filter(|kind| {
        payload.op() == OpCode::Dispatch
            && kind.type_source() == TypeSource::Model
            && !model_gaps::contains(*kind)
    });
    if let Some(kind) = modeled {
        return match parser.dispatch(kind.name(), payload.data_start()) {
            Ok(event) => Ok(Decoded::Event(event.into())),
            Err(source) => Err(EventError::new(payload.to_owned_payload(), source)),
        };
    }
    match parse_other(payload) {
        Ok(Some(event)) => Ok(Decoded::Event(event)),
        Ok(None) => Ok(Decoded::Unknown(UnknownEvent::new(
            payload.to_owned_payload(),
        ))),
        Err(source) => Err(EventError::new(payload.to_owned_payload(), source)),
    }
}

/// Returns `None` if there is no type.
fn parse_other(payload: &Payload<'_>) -> Result<Option<Event>, BoxError> {
    Ok(match payload.op() {
        OpCode::Dispatch => return model_gaps::parse(payload),
        OpCode::Heartbeat => Some(Event::GatewayHeartbeat),
        OpCode::HeartbeatAck => Some(Event::GatewayHeartbeatAck),
        OpCode::Hello => Some(Event::GatewayHello(payload.decode_data()?)),
        OpCode::InvalidSession => Some(Event::GatewayInvalidateSession(payload.decode_data()?)),
        OpCode::Reconnect => Some(Event::GatewayReconnect),
        _ => None,
    })
}

impl OwnedPayload {
    /// Parses the payload into a typed event; see [`decode_event`].
    ///
    /// # Errors
    ///
    /// Returns an error in the same cases as [`decode_event`].
    pub fn event(&self, parser: JsonParser) -> Result<Decoded, EventError> {
        decode_event(&self.as_payload(), parser)
    }
}
