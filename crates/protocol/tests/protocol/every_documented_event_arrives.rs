//! Each of the documented events arrives typed, or as a value with its raw JSON: none vanishes (P34).

use crate::common::{dispatch_fixture, dispatch_text, parsers};
use gloaming_protocol::{
    Decoded, DispatchKind, EventTypeFlags, JsonParser, Payload, Typing, decode_event,
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
fn events_with_a_type_arrive_typed() {
    for parser in parsers() {
        for kind in DispatchKind::ALL {
            if kind.typing() == Typing::Raw {
                continue;
            }
            let Decoded::Event(event) = decode(kind, parser) else {
                panic!("{kind} arrived untyped");
            };
            assert_eq!(
                event.kind().name(),
                Some(kind.name()),
                "another event's type"
            );
            assert_eq!(EventTypeFlags::from(event.kind()), kind.flag());
        }
    }
}

#[test]
fn events_without_a_type_arrive_as_values() {
    for parser in parsers() {
        for kind in DispatchKind::ALL {
            if kind.typing() == Typing::Model {
                continue;
            }
            let Decoded::Unknown(event) = decode(kind, parser) else {
                panic!("{kind} arrived typed, so its typing is wrong");
            };
            assert_eq!(event.kind(), Some(kind));
            assert_eq!(event.name(), Some(kind.name()));
            assert_eq!(event.sequence(), Some(42));
            assert_eq!(event.data(), dispatch_fixture(kind.name()).trim_end());
        }
    }
}

#[test]
fn seventy_of_the_seventy_nine_have_a_type() {
    let typed = DispatchKind::ALL
        .iter()
        .filter(|kind| kind.typing() == Typing::Model);
    assert_eq!(typed.count(), 70);
}
