use super::mismatch::Mismatch;
use super::repair::{Repair, repair};
use super::{EventError, RepairedEvent, UnknownEvent, model_gaps, time_offset};
use crate::box_error::BoxError;
use crate::dispatch::{DispatchKind, TypeSource};
use crate::envelope::{OwnedPayload, Payload};
use crate::json::{self, JsonParser};
use crate::opcode::OpCode;
use serde::de::Error as _;
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
    /// An event that did not match its type until some parts were changed.
    Repaired(Box<RepairedEvent>),
    /// An event, or a payload with another opcode, without a type in twilight-model. If it is documented,
    /// [`supplement`](UnknownEvent::supplement) decodes it.
    Unknown(UnknownEvent),
}

impl Decoded {
    /// Returns the event, repaired or not, or the payload if it has no type.
    ///
    /// # Errors
    ///
    /// Returns the [`UnknownEvent`].
    pub fn into_event(self) -> Result<Event, UnknownEvent> {
        match self {
            Self::Event(event) => Ok(event),
            Self::Repaired(repaired) => Ok(repaired.into_parts().0),
            Self::Unknown(event) => Err(event),
        }
    }
}

/// Parses a payload into a typed event.
///
/// An event that does not match its type is changed so that it does, in as little as possible: a number that came as a
/// string is converted, what is absent gets the value that stands for nothing, and what can't be converted is left out.
/// A timestamp with an offset from UTC is converted as well, since twilight-model ignores the offset.
/// It is returned as [`Decoded::Repaired`], with a list of the changes and the JSON as it arrived. An event that
/// needs no change costs a search for such timestamps, and nothing else.
///
/// A payload without a type in twilight-model is returned as [`Decoded::Unknown`], and a payload that does not
/// match its type even then as an error. Both keep name, sequence number and JSON ([P34](crate::rules#p34)). Payloads
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
        let data = payload.data_start();
        let mut decode = |data: &str| json::dispatch_with_cause(kind, data).map(Event::from);
        return match parser.dispatch(kind, data) {
            Ok(event) if time_offset::occurs(kind, data) => {
                Ok(convert_times(payload, event.into(), &mut decode))
            }
            Ok(event) => Ok(Decoded::Event(event.into())),
            Err(source) if parser.is_available() => repair_event(payload, source, &mut decode),
            Err(source) => Err(EventError::new(payload.to_owned_payload(), source)),
        };
    }
    if let Some(kind) = payload.kind()
        && payload.op() == OpCode::Dispatch
    {
        return decode_gap(kind, payload);
    }
    match parse_control(payload) {
        Ok(Some(event)) => Ok(Decoded::Event(event)),
        Ok(None) => Ok(unknown(payload)),
        Err(error) => Err(EventError::new(
            payload.to_owned_payload(),
            Mismatch::of(&error).into(),
        )),
    }
}

/// Decodes a dispatch of the table without the deserializer of twilight-model.
fn decode_gap(kind: DispatchKind, payload: &Payload<'_>) -> Result<Decoded, EventError> {
    let data = payload.data_start();
    let mut decode = |data: &str| {
        let no_type = || serde_json::Error::custom("the event has no type");
        model_gaps::parse(kind, data)?.ok_or_else(no_type)
    };
    match model_gaps::parse(kind, data) {
        Ok(Some(event)) if time_offset::occurs(kind, data) => {
            Ok(convert_times(payload, event, &mut decode))
        }
        Ok(Some(event)) => Ok(Decoded::Event(event)),
        Ok(None) => Ok(unknown(payload)),
        Err(source) => repair_event(payload, source.into(), &mut decode),
    }
}

fn unknown(payload: &Payload<'_>) -> Decoded {
    Decoded::Unknown(UnknownEvent::new(payload.to_owned_payload()))
}

/// Decodes a dispatch again that contains what looks like a timestamp with an offset from UTC.
#[cold]
#[inline(never)]
fn convert_times(
    payload: &Payload<'_>,
    event: Event,
    decode: &mut dyn FnMut(&str) -> Result<Event, serde_json::Error>,
) -> Decoded {
    match repair(payload.data(), decode) {
        Ok((event, repairs)) if !repairs.is_empty() => repaired(payload, event, repairs),
        _ => Decoded::Event(event),
    }
}

/// Decodes a dispatch that does not match its type, with changes.
#[cold]
#[inline(never)]
fn repair_event(
    payload: &Payload<'_>,
    source: BoxError,
    decode: &mut dyn FnMut(&str) -> Result<Event, serde_json::Error>,
) -> Result<Decoded, EventError> {
    match repair(payload.data(), decode) {
        // Without a change, only the parsers disagree.
        Ok((event, repairs)) if repairs.is_empty() => Ok(Decoded::Event(event)),
        Ok((event, repairs)) => Ok(repaired(payload, event, repairs)),
        Err(mismatch) => {
            let mismatch = mismatch.unwrap_or_else(|| Mismatch::of(&*source));
            Err(EventError::new(payload.to_owned_payload(), mismatch.into()))
        }
    }
}

fn repaired(payload: &Payload<'_>, event: Event, repairs: Vec<Repair>) -> Decoded {
    let repaired = RepairedEvent::new(event, repairs, payload.to_owned_payload());
    Decoded::Repaired(Box::new(repaired))
}

/// Parses a payload that controls the connection. Returns `None` if there is no type.
fn parse_control(payload: &Payload<'_>) -> Result<Option<Event>, serde_json::Error> {
    Ok(match payload.op() {
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

#[cfg(test)]
mod tests {
    use super::{Decoded, Payload, repair_event};
    use crate::dispatch::DispatchKind;
    use crate::json;
    use twilight_model::gateway::event::Event;

    #[test]
    fn event_that_one_parser_accepts_as_it_is_was_not_repaired() {
        let text = r#"{"t":"WEBHOOKS_UPDATE","s":3,"op":0,"d":{"guild_id":"1","channel_id":"2"}}"#;
        let payload = Payload::parse(text).unwrap();
        let decoded = repair_event(&payload, "of the other parser".into(), &mut |data| {
            json::dispatch_with_cause(DispatchKind::WebhooksUpdate, data).map(Event::from)
        });
        let Ok(Decoded::Event(Event::WebhooksUpdate(event))) = decoded else {
            panic!("nothing was changed: {decoded:?}");
        };
        assert_eq!(event.channel_id.get(), 2);
    }
}
