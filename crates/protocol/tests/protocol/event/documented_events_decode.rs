//! Every documented event is decoded into a type, or returned with its JSON, as every announced event is (P34).

use crate::harness::{dispatch_fixture, dispatch_text, parsers};
use gloaming_protocol::{
    Decoded, DispatchKind, EventTypeFlags, JsonParser, Payload, TypeSource, decode_event,
};
use std::error::Error;

fn decode(kind: DispatchKind, parser: JsonParser) -> Decoded {
    let text = dispatch_text(kind.name(), 42, &dispatch_fixture(kind.name()));
    let payload = Payload::parse(&text).unwrap();
    assert_eq!(payload.kind(), Some(kind));
    decode_event(&payload, parser)
        .unwrap_or_else(|error| panic!("{kind}: {error}: {}", error.source().unwrap()))
}

#[test]
fn events_with_a_type_decode_into_it() {
    for parser in parsers() {
        for kind in DispatchKind::ALL {
            if kind.type_source() != TypeSource::Model {
                continue;
            }
            let Decoded::Event(event) = decode(kind, parser) else {
                panic!("{kind} has no type");
            };
            assert_eq!(
                event.kind().name(),
                Some(kind.name()),
                "the type of another event"
            );
            assert_eq!(EventTypeFlags::from(event.kind()), kind.flag());
        }
    }
}

#[test]
fn events_without_a_type_keep_their_json() {
    for parser in parsers() {
        for kind in DispatchKind::ALL {
            if kind.type_source() == TypeSource::Model {
                continue;
            }
            let Decoded::Unknown(event) = decode(kind, parser) else {
                panic!("{kind} has a type, so its source is wrong");
            };
            assert_eq!(event.kind(), Some(kind));
            assert_eq!(event.name(), Some(kind.name()));
            assert_eq!(event.sequence(), Some(42));
            assert_eq!(event.data(), dispatch_fixture(kind.name()).trim_end());
        }
    }
}

#[test]
fn seventy_events_have_a_type_in_twilight_model() {
    let typed = DispatchKind::ALL
        .iter()
        .filter(|kind| kind.type_source() == TypeSource::Model);
    assert_eq!(typed.count(), 70);
}
