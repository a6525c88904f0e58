//! The lines of JSON that workers read.

use gloaming_protocol::{OpCode, OwnedPayload, ShardId};
use gloaming_shard::{
    DeliveryKey, Item,
    machine::{GapCause, Lifecycle},
};
use serde::Serialize;

/// An event, or the loss of some.
///
/// Events with the same `session` and `sequence` are the same event.
#[derive(Debug, Serialize)]
struct Head<'a> {
    shard: u32,
    session: &'a str,
    sequence: u64,
    #[serde(rename = "type")]
    kind: &'a str,
}

#[derive(Debug, Serialize)]
struct GapLine<'a> {
    shard: u32,
    session: &'a str,
    gap: Gap,
}

/// Events that are lost: those of the session after this sequence.
#[derive(Debug, Serialize)]
struct Gap {
    after: u64,
    cause: &'static str,
}

/// Appends the line of an item, if it has one: events do, with the payload as Discord sent it, and the certain loss of events.
pub(crate) fn append(buffer: &mut Vec<u8>, shard: ShardId, item: &Item, key: Option<&DeliveryKey>) {
    if let Item::Lifecycle(Lifecycle::Gap {
        session_id,
        after,
        cause,
    }) = item
    {
        let cause = match cause {
            GapCause::SessionLost => "session_lost",
            GapCause::NotHandled { .. } => "not_handled",
            _ => "other",
        };
        let gap = Gap {
            after: *after,
            cause,
        };
        let line = GapLine {
            shard: shard.number(),
            session: session_id,
            gap,
        };
        write(buffer, &line);
        buffer.push(b'\n');
        return;
    }
    if let Some(payload) = payload(item).filter(|payload| payload.op() == OpCode::Dispatch) {
        append_payload(buffer, shard, payload, key.map(DeliveryKey::session_id));
    }
}

fn append_payload(
    buffer: &mut Vec<u8>,
    shard: ShardId,
    payload: &OwnedPayload,
    session: Option<&str>,
) {
    let head = Head {
        shard: shard.number(),
        session: session.unwrap_or_default(),
        sequence: payload.sequence().unwrap_or_default(),
        kind: payload.name().unwrap_or_default(),
    };
    write(buffer, &head);
    // The text is JSON itself.
    buffer.pop();
    buffer.extend_from_slice(b",\"raw\":");
    // A line break can only be white space between two tokens.
    let text = payload.text().bytes();
    buffer.extend(text.map(|byte| {
        if matches!(byte, b'\n' | b'\r') {
            b' '
        } else {
            byte
        }
    }));
    buffer.extend_from_slice(b"}\n");
}

fn write(buffer: &mut Vec<u8>, line: &impl Serialize) {
    serde_json::to_writer(buffer, line).expect("texts and numbers are written to memory");
}

/// Returns the payload of an item, if it has one.
pub(crate) fn payload(item: &Item) -> Option<&OwnedPayload> {
    match item {
        Item::EventWithPayload(event) => Some(event.payload()),
        Item::Unknown(event) => Some(event.payload()),
        Item::Undecodable(error) => Some(error.payload()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::num::NonZeroU32;

    fn line_of(text: &str, session: &str) -> String {
        let payload = OwnedPayload::parse(text).unwrap();
        let mut buffer = Vec::new();
        append_payload(&mut buffer, ShardId::new(3, 16), &payload, Some(session));
        String::from_utf8(buffer).unwrap()
    }

    #[test]
    fn line_has_the_payload_as_discord_sent_it() {
        let text = r#"{"t":"TYPING_START","s":17,"op":0,"d":{"user_id":"1","x":1.50}}"#;
        let line = line_of(text, "ab\"c");
        assert_eq!(
            line,
            format!(
                r#"{{"shard":3,"session":"ab\"c","sequence":17,"type":"TYPING_START","raw":{text}}}"#
            ) + "\n"
        );
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["raw"]["d"]["user_id"], "1");
    }

    #[test]
    fn line_breaks_between_tokens_do_not_end_a_line() {
        let line = line_of(
            "{\"t\":\"X\",\r\n\"s\":1,\"op\":0,\n\"d\":{\"a\":\"\\n\"}}",
            "s",
        );
        assert_eq!(line.find('\n'), Some(line.len() - 1));
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["raw"]["d"]["a"], "\n");
    }

    #[test]
    fn lost_events_have_a_line_and_other_changes_have_none() {
        let mut buffer = Vec::new();
        let gap = Lifecycle::Gap {
            session_id: "s".into(),
            after: 9,
            cause: GapCause::NotHandled {
                until: 12,
                sessions: NonZeroU32::MIN,
            },
        };
        append(&mut buffer, ShardId::new(0, 1), &Item::Lifecycle(gap), None);
        let value: Value = serde_json::from_slice(&buffer).unwrap();
        let expected =
            json!({"shard": 0, "session": "s", "gap": {"after": 9, "cause": "not_handled"}});
        assert_eq!(value, expected);
        buffer.clear();
        let identifying = Item::Lifecycle(Lifecycle::Identifying);
        append(&mut buffer, ShardId::new(0, 1), &identifying, None);
        assert!(buffer.is_empty());
    }
}
