//! An event as a message: the subject, the headers, and the JSON as Discord sent it.

use async_nats::{HeaderMap, HeaderValue};
use bytes::Bytes;
use gloaming_coordinator::{Fence, MessageId, PublishedEvent};
use gloaming_protocol::ShardId;
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
    headers.insert(NAME, escape(&event.name).as_str());
    headers.insert(SHARD, HeaderValue::from(event.shard.number()));
    headers.insert(TOTAL, HeaderValue::from(event.shard.total()));
    headers.insert(FENCE, HeaderValue::from(event.fence.get()));
    if let Some(trace) = trace {
        headers.insert(TRACE, escape(trace).as_str());
    }
    headers
}

/// Reads an event, and the context of its trace. `None` if it is not one that [`headers`] has written.
pub(crate) fn read(
    headers: Option<&HeaderMap>,
    payload: Bytes,
) -> Option<(PublishedEvent, Option<String>)> {
    let text = |name| headers?.get(name).map(|value| value.as_str());
    let number = |name| text(name)?.parse::<u64>().ok();
    let (session, sequence) = text(ID)?.rsplit_once(':')?;
    let small = |name| u32::try_from(number(name)?).ok();
    let event = PublishedEvent {
        shard: ShardId::new_checked(small(SHARD)?, small(TOTAL)?)?,
        fence: Fence::new(number(FENCE)?),
        id: MessageId {
            session: unescape(session)?.into(),
            sequence: sequence.parse().ok()?,
        },
        name: unescape(text(NAME)?)?.into(),
        payload,
    };
    let trace = text(TRACE).and_then(unescape);
    Some((event, trace))
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
            assert_eq!(read, Some((event, Some(text.to_owned()))));
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
