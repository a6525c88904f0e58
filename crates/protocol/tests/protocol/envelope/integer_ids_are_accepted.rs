//! Ids may be integers instead of strings (P33).

use crate::harness::parsers;
use gloaming_protocol::{Decoded, Event, Payload, decode_event};
use twilight_model::id::Id;

fn event(text: &str) -> impl Iterator<Item = Event> {
    parsers().map(
        move |parser| match decode_event(&Payload::parse(text).unwrap(), parser) {
            Ok(Decoded::Event(event)) => event,
            other => panic!("{text}: {other:?}"),
        },
    )
}

#[test]
fn typed_events_may_have_integer_ids() {
    for event in
        event(r#"{"t":"MESSAGE_DELETE","s":1,"op":0,"d":{"id":1,"channel_id":"2","guild_id":3}}"#)
    {
        let Event::MessageDelete(event) = event else {
            panic!("another event");
        };
        assert_eq!((event.id, event.channel_id), (Id::new(1), Id::new(2)));
        assert_eq!(event.guild_id, Some(Id::new(3)));
    }
    for event in event(
        r#"{"t":"GUILD_MEMBERS_CHUNK","s":1,"op":0,"d":{"guild_id":"1","members":[],"chunk_index":0,"chunk_count":1,"not_found":[123,"456"]}}"#,
    ) {
        let Event::MemberChunk(event) = event else {
            panic!("another event");
        };
        assert_eq!(event.not_found, [Id::new(123), Id::new(456)]);
    }
}

#[test]
fn the_guild_id_of_a_payload_may_be_an_integer() {
    let guild_id = |name: &str, data: &str| {
        let text = crate::harness::dispatch_text(name, 1, data);
        let payload = Payload::parse(&text).unwrap();
        assert_eq!(payload.to_owned_payload().guild_id(), payload.guild_id());
        payload.guild_id().map(Id::get)
    };
    for (name, data, expected) in [
        ("MESSAGE_CREATE", r#"{"id":"1","guild_id":"2"}"#, Some(2)),
        ("MESSAGE_CREATE", r#"{"guild_id": 2 ,"id":1}"#, Some(2)),
        (
            "MESSAGE_CREATE",
            r#"{"guild_id":18446744073709551615}"#,
            Some(u64::MAX),
        ),
        ("MESSAGE_CREATE", r#"{"gu\u0069ld_id":"\u0032"}"#, Some(2)),
        (
            "MESSAGE_CREATE",
            r#"{"x":{"guild_id":"9"},"guild_id":"2"}"#,
            Some(2),
        ),
        ("GUILD_CREATE", r#"{"guild_id":"1","id":"2"}"#, Some(2)),
        ("GUILD_UPDATE", r#"{"roles":[{"id":"9"}],"id":2}"#, Some(2)),
        ("GUILD_DELETE", r#"{"unavailable":true,"id":"2"}"#, Some(2)),
        ("MESSAGE_CREATE", r#"{"id":"1"}"#, None),
        ("MESSAGE_CREATE", r#"{"message":{"guild_id":"2"}}"#, None),
        ("MESSAGE_CREATE", r#"{"guild_id":null}"#, None),
        ("MESSAGE_CREATE", r#"{"guild_id":"0"}"#, None),
        ("MESSAGE_CREATE", r#"{"guild_id":-2}"#, None),
        ("MESSAGE_CREATE", r#"{"guild_id":"2x"}"#, None),
        (
            "MESSAGE_CREATE",
            r#"{"guild_id":"18446744073709551616"}"#,
            None,
        ),
        ("MESSAGE_CREATE", "[]", None),
        ("MESSAGE_CREATE", "null", None),
        ("MESSAGE_CREATE", "{}", None),
    ] {
        assert_eq!(guild_id(name, data), expected, "{name} {data}");
    }
}

#[test]
fn an_undocumented_event_may_have_a_guild_id() {
    let payload = r#"{"t":"BRAND_NEW","s":1,"op":0,"d":{"guild_id":"2"}}"#;
    assert_eq!(
        Payload::parse(payload).unwrap().guild_id(),
        Some(Id::new(2))
    );
    let payload = r#"{"op":31,"d":{"guild_id":"2"}}"#;
    assert_eq!(Payload::parse(payload).unwrap().guild_id(), None);
}
