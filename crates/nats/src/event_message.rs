//! An event as a message: the subject, the headers, and the JSON as Discord sent it.

use async_nats::{HeaderMap, HeaderValue};
use bytes::Bytes;
use gloaming_coordinator::{EventLoss, Fence, LossCause, MessageId, PublishedEvent, StreamItem};
use gloaming_protocol::ShardId;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// The id by which the server knows an event: the session, a colon, and the sequence.
const ID: &str = "Nats-Msg-Id";
const NAME: &str = "Gloaming-Event";
const SHARD: &str = "Gloaming-Shard";
const TOTAL: &str = "Gloaming-Shard-Total";
const FENCE: &str = "Gloaming-Fence";

/// The context of a trace, as the W3C describes it.
const TRACE: &str = "traceparent";

/// The longest name of an event in a subject.
const MAX_TOKEN: usize = 64;

/// Returns the last part of a subject for the events with this name.
pub(crate) fn name_token(name: &str) -> String {
    let is_allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let token = name.chars().take(MAX_TOKEN);
    let token: String = token
        .map(|c| if is_allowed(&c) { c } else { '_' })
        .collect();
    match token.is_empty() {
        true => "_".to_owned(),
        false => token,
    }
}

pub(crate) fn headers(event: &PublishedEvent, trace: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let MessageId { session, sequence } = &event.id;
    headers.insert(ID, format!("{}:{sequence}", escape(session)).as_str());
    add_source(&mut headers, &event.name, event.shard, event.fence);
    if let Some(trace) = trace {
        headers.insert(TRACE, escape(trace).as_str());
    }
    headers
}

fn add_source(headers: &mut HeaderMap, name: &str, shard: ShardId, fence: Fence) {
    headers.insert(NAME, escape(name).as_str());
    headers.insert(SHARD, HeaderValue::from(shard.number()));
    headers.insert(TOTAL, HeaderValue::from(shard.total()));
    headers.insert(FENCE, HeaderValue::from(fence.get()));
}

/// The payload of a loss.
#[derive(Debug, Deserialize, Serialize)]
struct LossPayload {
    session: String,
    after: u64,
    cause: String,
}

/// Returns the headers and the payload of a loss.
pub(crate) fn write_loss(loss: &EventLoss) -> (HeaderMap, Bytes) {
    let EventLoss {
        session,
        after,
        cause,
        ..
    } = loss;
    let mut headers = HeaderMap::new();
    // Not that of an event, of which the last part is a number.
    let id = format!("{}:{after}:{cause}", escape(session));
    headers.insert(ID, id.as_str());
    add_source(&mut headers, EventLoss::NAME, loss.shard, loss.fence);
    let payload = LossPayload {
        session: session.to_string(),
        after: *after,
        cause: cause.name().to_owned(),
    };
    let payload = serde_json::to_vec(&payload).expect("it has texts and numbers only");
    (headers, payload.into())
}

/// Reads an event with the context of its trace, or a loss. `None` if it is not one that [`headers`] or [`write_loss`] has
/// written.
pub(crate) fn read(
    headers: Option<&HeaderMap>,
    payload: Bytes,
) -> Option<(StreamItem, Option<String>)> {
    let text = |name| headers?.get(name).map(|value| value.as_str());
    let number = |name| text(name)?.parse::<u64>().ok();
    let small = |name| u32::try_from(number(name)?).ok();
    let shard = ShardId::new_checked(small(SHARD)?, small(TOTAL)?)?;
    let fence = Fence::new(number(FENCE)?);
    if text(NAME)? == EventLoss::NAME {
        let loss: LossPayload = serde_json::from_slice(&payload).ok()?;
        let loss = EventLoss {
            shard,
            fence,
            session: loss.session.into(),
            after: loss.after,
            cause: LossCause::from_name(&loss.cause)?,
        };
        return Some((StreamItem::Lost(loss), None));
    }
    let (session, sequence) = text(ID)?.rsplit_once(':')?;
    let event = PublishedEvent {
        shard,
        fence,
        id: MessageId {
            session: unescape(session)?.into(),
            sequence: sequence.parse().ok()?,
        },
        name: unescape(text(NAME)?)?.into(),
        payload,
    };
    let trace = text(TRACE).and_then(unescape);
    Some((StreamItem::Event(event), trace))
}

/// Writes `%` and all that is not a visible character of ASCII as `%` and two hexadecimal digits per byte. What Discord sends
/// has none of these; a header could not have some.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && byte != b'%' {
            escaped.push(char::from(byte));
        } else {
            _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

fn unescape(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(session: &str, name: &str) -> PublishedEvent {
        PublishedEvent {
            shard: ShardId::new(3, 16),
            fence: Fence::new(u64::MAX),
            id: MessageId {
                session: session.into(),
                sequence: 41,
            },
            name: name.into(),
            payload: Bytes::from_static(b"{}"),
        }
    }

    #[test]
    fn headers_are_those_that_workers_in_other_languages_read() {
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let headers = headers(&event("d8c3b5", "MESSAGE_CREATE"), Some(trace));
        for (name, expected) in [
            ("Nats-Msg-Id", "d8c3b5:41"),
            ("Gloaming-Event", "MESSAGE_CREATE"),
            ("Gloaming-Shard", "3"),
            ("Gloaming-Shard-Total", "16"),
            ("Gloaming-Fence", "18446744073709551615"),
            ("traceparent", trace),
        ] {
            let value = headers.get(name).map(|value| value.as_str());
            assert_eq!(value, Some(expected), "{name}");
        }
    }

    #[test]
    fn any_session_and_name_is_read_as_it_was() {
        for text in [
            "a:b:7",
            "",
            "ä 🌒",
            "line\r\nNats-Rollup: all",
            "100%",
            "%0D",
            ".",
        ] {
            let event = event(text, text);
            let headers = headers(&event, Some(text));
            let read = read(Some(&headers), event.payload.clone());
            let expected = (StreamItem::Event(event), Some(text.to_owned()));
            assert_eq!(read, Some(expected));
            let token = name_token(text);
            let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            assert!(
                !token.is_empty() && token.chars().all(is_allowed),
                "{token}"
            );
        }
        assert_eq!(name_token(&"x".repeat(100)).len(), MAX_TOKEN);
    }

    #[test]
    fn losses_are_json_that_workers_in_other_languages_read() {
        let loss = EventLoss {
            shard: ShardId::new(3, 16),
            fence: Fence::new(7),
            session: "a:b 7".into(),
            after: 41,
            cause: LossCause::SessionLost,
        };
        let (headers, payload) = write_loss(&loss);
        for (name, expected) in [
            ("Nats-Msg-Id", "a:b%207:41:session_lost"),
            ("Gloaming-Event", "GLOAMING_EVENTS_LOST"),
            ("Gloaming-Shard", "3"),
            ("Gloaming-Fence", "7"),
        ] {
            assert_eq!(headers.get(name).unwrap().as_str(), expected, "{name}");
        }
        let expected = r#"{"session":"a:b 7","after":41,"cause":"session_lost"}"#;
        assert_eq!(payload, expected);
        let read = read(Some(&headers), payload);
        assert_eq!(read, Some((StreamItem::Lost(loss), None)));
        assert_eq!(name_token(EventLoss::NAME), EventLoss::NAME);
        assert!(super::read(Some(&headers), Bytes::new()).is_none());
    }

    #[test]
    fn messages_of_others_are_no_events() {
        assert_eq!(read(None, Bytes::new()), None);
        let whole = headers(&event("s", "n"), None);
        for name in [ID, NAME, SHARD, TOTAL, FENCE] {
            for value in [None, Some("%zz")] {
                let others = whole.iter().filter(|(known, _)| known.to_string() != name);
                let mut map = HeaderMap::new();
                for (known, values) in others {
                    map.insert(known.clone(), values[0].clone());
                }
                if let Some(value) = value {
                    map.insert(name, value);
                }
                assert_eq!(read(Some(&map), Bytes::new()), None, "{name} {value:?}");
            }
        }
    }
}
