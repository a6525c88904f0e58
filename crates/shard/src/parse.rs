//! Typed events from raw messages.

use crate::{
    ReceiveMessageError,
    driver::clock,
    line_limiter::{Detail, Limits, LineLimiter},
};
use gloaming_protocol::{
    Decoded, Event, EventTypeFlags, JsonParser, OpCode, Payload, RepairReport, decode_event,
};
use std::{
    fmt::{self, Display, Formatter},
    sync::{Mutex, PoisonError},
    time::Duration,
};
use twilight_model::gateway::event::{DispatchEvent, GatewayEvent};

/// Parses the text of a [`Message`](crate::Message) into an event, or returns `None` if the event is not among
/// `wanted`.
///
/// For programs that receive raw messages and need some of them typed;
/// [`next_event`](crate::StreamExt::next_event) does the same without a copy. Uses [`JsonParser::best`].
/// Convert the result into an [`Event`] with `into`. Repairs of an event that does not match its type are logged as
/// warnings, of which there are at most five within 10 s; [`decode_event`] returns all of them.
///
/// ```
/// use gloaming_shard::{Event, EventTypeFlags, parse};
///
/// let text = r#"{"t":"GUILD_DELETE","s":7,"op":0,"d":{"id":"197038439483310086"}}"#;
/// let event = parse(text.to_owned(), EventTypeFlags::GUILDS)?.map(Event::from);
/// assert!(matches!(event, Some(Event::GuildDelete(_))));
///
/// assert!(parse(text.to_owned(), EventTypeFlags::GUILD_MESSAGES)?.is_none());
/// # Ok::<(), gloaming_shard::ReceiveMessageError>(())
/// ```
///
/// # Errors
///
/// - [`Deserializing`](crate::error::ReceiveMessageErrorKind::Deserializing) if the text is not a payload, or
///   the event does not match its type and can't be repaired.
/// - [`UnknownEvent`](crate::error::ReceiveMessageErrorKind::UnknownEvent) if the event has no type, unless
///   `wanted` excludes [`EventTypeFlags::UNKNOWN`].
pub fn parse(
    event: String,
    wanted: EventTypeFlags,
) -> Result<Option<GatewayEvent>, ReceiveMessageError> {
    let payload = Payload::parse(&event)
        .map_err(|error| ReceiveMessageError::from_envelope(&event, error))?;
    if !wanted.intersects(EventTypeFlags::of(&payload)) {
        return Ok(None);
    }
    match decode_event(&payload, JsonParser::best()) {
        Ok(Decoded::Event(event)) => with_sequence(event, &payload).map(Some),
        Ok(Decoded::Repaired(repaired)) => {
            let (event, report) = repaired.into_parts();
            log_repair(&report);
            with_sequence(event, &payload).map(Some)
        }
        Ok(Decoded::Unknown(event)) => Err(ReceiveMessageError::from_unknown(event)),
        Err(error) => Err(ReceiveMessageError::from_event(error)),
    }
}

/// The lines of all calls, which know no shard.
static LINES: Mutex<LineLimiter<Repairs>> = Mutex::new(LineLimiter::new(Limits {
    period: Duration::from_secs(10),
    lines: 5,
    lines_of_a_kind: 5,
}));

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Repairs;

impl Display for Repairs {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("repaired events")
    }
}

fn log_repair(report: &RepairReport) {
    let now = clock::now();
    let (summary, detail) = {
        // No method leaves it half-changed.
        let mut lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
        (lines.ended_period(now), lines.admit(now, Repairs))
    };
    if let Some(summary) = summary {
        let more = summary.total();
        tracing::warn!("... and {more} more lines within 10 s: {summary}");
    }
    match detail {
        Detail::Full => tracing::warn!(%report, "repaired"),
        Detail::Counted => tracing::debug!(%report, "repaired"),
    }
}

fn with_sequence(event: Event, payload: &Payload<'_>) -> Result<GatewayEvent, ReceiveMessageError> {
    let converted = if payload.op() == OpCode::Dispatch {
        // twilight-model requires a number, and the gateway does not use 0.
        let sequence = payload.sequence().unwrap_or(0);
        DispatchEvent::try_from(event).map(|event| GatewayEvent::Dispatch(sequence, event))
    } else {
        GatewayEvent::try_from(event)
    };
    converted.map_err(|error| ReceiveMessageError::from_conversion(payload.text(), error))
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::error::ReceiveMessageErrorKind;
    use gloaming_protocol::EventTypeFlags;
    use twilight_model::gateway::event::{DispatchEvent, GatewayEvent};

    const ALL: EventTypeFlags = EventTypeFlags::all();

    fn of(text: &str) -> Result<Option<GatewayEvent>, ReceiveMessageErrorKind> {
        parse(text.to_owned(), ALL).map_err(|error| error.into_parts().0)
    }

    #[test]
    fn a_dispatch_keeps_its_sequence() {
        let event = of(r#"{"op":0,"d":{"id":"1"},"s":7,"t":"GUILD_DELETE"}"#);
        assert!(matches!(
            event,
            Ok(Some(GatewayEvent::Dispatch(
                7,
                DispatchEvent::GuildDelete(_)
            )))
        ));
    }

    #[test]
    fn payloads_other_than_dispatches_are_events() {
        let event = of(r#"{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250}}"#);
        let Ok(Some(GatewayEvent::Hello(hello))) = event else {
            panic!("{event:?}");
        };
        assert_eq!(hello.heartbeat_interval, 41_250);
        assert!(matches!(
            of(r#"{"op":9,"d":true}"#),
            Ok(Some(GatewayEvent::InvalidateSession(true)))
        ));
    }

    #[test]
    fn an_unknown_event_is_an_error_with_its_name() {
        let text = r#"{"t":"BRAND_NEW","s":4,"op":0,"d":{}}"#;
        let Err(ReceiveMessageErrorKind::UnknownEvent(event)) = of(text) else {
            panic!("this name is unknown");
        };
        assert_eq!(event.name(), Some("BRAND_NEW"));
        let known = ALL - EventTypeFlags::UNKNOWN;
        assert!(matches!(parse(text.to_owned(), known), Ok(None)));
    }

    #[test]
    fn an_undecodable_payload_is_an_error_with_its_text() {
        for text in [
            "{",
            r#"{"t":"GUILD_DELETE","s":4,"op":0,"d":{"id":"no number"}}"#,
        ] {
            let Err(ReceiveMessageErrorKind::Deserializing { event }) = of(text) else {
                panic!("{text} was read");
            };
            assert_eq!(event, text);
        }
    }
}
