//! Events that Discord announced before it documented them are known by name and by flag, and keep their JSON (P34).

use crate::harness::{dispatch_fixture, dispatch_text, parsers};
use gloaming_protocol::{
    Decoded, DispatchKind, EventTypeFlags, Intents, Payload, TypeSource, decode_event,
};

const ANNOUNCED: [(&str, EventTypeFlags, Intents); 6] = [
    (
        "GUILD_JOIN_REQUEST_CREATE",
        EventTypeFlags::GUILD_JOIN_REQUEST_CREATE,
        Intents::GUILD_MODERATION,
    ),
    (
        "GUILD_JOIN_REQUEST_UPDATE",
        EventTypeFlags::GUILD_JOIN_REQUEST_UPDATE,
        Intents::GUILD_MODERATION,
    ),
    (
        "GUILD_JOIN_REQUEST_DELETE",
        EventTypeFlags::GUILD_JOIN_REQUEST_DELETE,
        Intents::GUILD_MODERATION,
    ),
    (
        "GUILD_SCHEDULED_EVENT_EXCEPTION_CREATE",
        EventTypeFlags::GUILD_SCHEDULED_EVENT_EXCEPTION_CREATE,
        Intents::GUILD_SCHEDULED_EVENTS,
    ),
    (
        "GUILD_SCHEDULED_EVENT_EXCEPTION_UPDATE",
        EventTypeFlags::GUILD_SCHEDULED_EVENT_EXCEPTION_UPDATE,
        Intents::GUILD_SCHEDULED_EVENTS,
    ),
    (
        "GUILD_SCHEDULED_EVENT_EXCEPTION_DELETE",
        EventTypeFlags::GUILD_SCHEDULED_EVENT_EXCEPTION_DELETE,
        Intents::GUILD_SCHEDULED_EVENTS,
    ),
];

#[test]
fn announced_events_are_the_last_of_the_table() {
    let untyped = DispatchKind::ALL
        .into_iter()
        .filter(|kind| kind.type_source() == TypeSource::Untyped);
    let names = Vec::from_iter(untyped.map(DispatchKind::name));
    assert_eq!(names, ANNOUNCED.map(|(name, ..)| name));
    let last = DispatchKind::ALL.last_chunk::<6>().unwrap();
    assert_eq!(last.map(DispatchKind::name), ANNOUNCED.map(|it| it.0));
}

#[test]
fn announced_event_arrives_with_its_name_and_its_json() {
    for parser in parsers() {
        for (name, flag, _) in ANNOUNCED {
            let data = dispatch_fixture(name);
            let text = dispatch_text(name, 42, &data);
            let payload = Payload::parse(&text).unwrap();
            assert_eq!(EventTypeFlags::of(&payload), flag, "{name}");
            let Decoded::Unknown(event) = decode_event(&payload, parser).unwrap() else {
                panic!("{name} has no type");
            };
            assert_eq!((event.name(), event.sequence()), (Some(name), Some(42)));
            assert_eq!(event.kind(), DispatchKind::from_name(name));
            assert_eq!(event.data(), data.trim_end());
        }
    }
}

#[test]
fn intent_of_an_announced_event_enables_it() {
    for (name, flag, intent) in ANNOUNCED {
        assert!(
            EventTypeFlags::from_intents(intent).contains(flag),
            "{name}"
        );
        let others = EventTypeFlags::from_intents(Intents::all().difference(intent));
        assert!(!others.intersects(flag), "{name}");
    }
}
