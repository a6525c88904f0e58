//! MESSAGE_CREATE and GUILD_MEMBER_ADD are read without the untyped values that twilight-model's own deserialization
//! goes through, and become the same events, or are rejected as well.

use crate::harness::{dispatch_fixture, dispatch_text, parsers};
use gloaming_protocol::{Decoded, DispatchKind, Event, JsonParser, Payload, decode_event};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::error::Error;
use twilight_model::channel::Message;
use twilight_model::gateway::payload::incoming::{MemberAdd, MessageCreate};
use twilight_model::guild::Member;

/// Compares the event of a `d` with that of twilight-model, and returns whether there is one.
fn compare(kind: DispatchKind, data: &str) -> bool {
    let model = match kind {
        DispatchKind::MessageCreate => serde_json::from_str::<MessageCreate>(data)
            .map(|event| Event::MessageCreate(Box::new(event))),
        _ => serde_json::from_str::<MemberAdd>(data).map(|event| Event::MemberAdd(Box::new(event))),
    };
    let text = dispatch_text(kind.name(), 7, data);
    let payload = Payload::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    for parser in parsers() {
        match (decode_event(&payload, parser), &model) {
            (Ok(Decoded::Event(event)), Ok(model)) => {
                assert_eq!(event, *model, "{parser:?}: {data}")
            }
            (Ok(Decoded::Repaired(_)) | Err(_), Err(_)) => {}
            (other, _) => panic!("{parser:?}: {other:?} for {model:?}: {data}"),
        }
    }
    model.is_ok()
}

const EVENTS: [(DispatchKind, &str, &str); 2] = [
    (DispatchKind::MessageCreate, "channel_type", "0"),
    (
        DispatchKind::MemberAdd,
        "guild_id",
        r#""41771983423143937""#,
    ),
];

#[test]
fn every_member_may_be_missing_null_or_of_another_type() {
    for (kind, extra, value) in EVENTS {
        let mut whole: Value = serde_json::from_str(&dispatch_fixture(kind.name())).unwrap();
        whole[extra] = serde_json::from_str(value).unwrap();
        assert!(compare(kind, &whole.to_string()));
        let names = Vec::from_iter(whole.as_object().unwrap().keys().cloned());
        for name in names {
            let mut without = whole.clone();
            without.as_object_mut().unwrap().remove(&name);
            compare(kind, &without.to_string());
            for other in [
                Value::Null,
                json!(""),
                json!(-1),
                json!([]),
                json!({}),
                json!(true),
            ] {
                let mut changed = whole.clone();
                changed[&name] = other;
                compare(kind, &changed.to_string());
            }
        }
    }
}

#[test]
fn member_may_be_anywhere_escaped_or_twice() {
    for (kind, extra, value) in EVENTS {
        let mut rest: Value = serde_json::from_str(&dispatch_fixture(kind.name())).unwrap();
        rest.as_object_mut().unwrap().remove(extra);
        let rest = rest.to_string();
        let members = &rest[1..rest.len() - 1];
        let escaped = extra.replace('_', r"\u005f");
        for (data, is_event) in [
            (format!(r#"{{"{extra}":{value},{members}}}"#), true),
            (format!(r#"{{{members},"{extra}":{value}}}"#), true),
            (format!(r#"{{{members},"{escaped}":{value}}}"#), true),
            (
                format!(r#"{{{members},"ne\u0077":[{{}}],"{extra}":{value}}}"#),
                true,
            ),
            (
                format!(r#"{{"{extra}":{value},{members},"{extra}":{value}}}"#),
                false,
            ),
            (
                format!(r#"{{"{extra}":{value},"{escaped}":{value},{members}}}"#),
                false,
            ),
            (format!(r#"{{{members},"{extra}":{{}}}}"#), false),
            (format!("[{value},{rest}]"), false),
            ("null".to_owned(), false),
        ] {
            assert_eq!(compare(kind, &data), is_event, "{data}");
        }
    }
}

#[test]
fn what_is_not_an_object_is_named_by_the_error() {
    for kind in [DispatchKind::MessageCreate, DispatchKind::MemberAdd] {
        let text = dispatch_text(kind.name(), 7, "5");
        let payload = Payload::parse(&text).unwrap();
        let error = decode_event(&payload, JsonParser::Serde).unwrap_err();
        let cause = error.source().expect("the cause is that of serde");
        let cause = cause.to_string();
        assert!(cause.contains("integer `5`, expected "), "{cause}");
        assert!(!cause.ends_with("expected "), "{cause}");
    }
}

/// The allocations of decoding the event, and of deserializing the type in it.
fn allocations<T: DeserializeOwned>(kind: DispatchKind) -> [u64; 2] {
    let data = dispatch_fixture(kind.name());
    let of_type = allocation_counter::measure(|| {
        let value: T = serde_json::from_str(&data).unwrap();
        std::hint::black_box(&value);
    });
    let text = dispatch_text(kind.name(), 7, &data);
    let of_event = allocation_counter::measure(|| {
        let payload = Payload::parse(&text).unwrap();
        let event = decode_event(&payload, JsonParser::Serde).unwrap();
        std::hint::black_box(&event);
    });
    [of_event.count_total, of_type.count_total]
}

/// The list of untyped values would have an allocation for most members.
#[test]
fn event_takes_the_allocations_of_its_own_members() {
    let boxes = 2;
    for [of_event, of_type] in [
        allocations::<Message>(DispatchKind::MessageCreate),
        allocations::<Member>(DispatchKind::MemberAdd),
    ] {
        assert!(of_event <= of_type + boxes, "{of_event}, and {of_type}");
    }
}
