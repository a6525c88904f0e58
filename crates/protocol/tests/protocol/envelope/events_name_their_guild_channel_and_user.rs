//! The ids of what an event is about are where the documentation says, which differs between events.

use crate::harness::{dispatch_fixture, dispatch_text};
use gloaming_protocol::{DispatchKind, Payload};
use serde_json::Value;

/// Where the guild, the channel and the user are in the documented example of the event, as JSON pointers. None of them
/// stands for an id that there is not.
const EVENTS: [(DispatchKind, [&str; 3]); 16] = [
    (DispatchKind::ChannelCreate, ["/guild_id", "/id", ""]),
    (DispatchKind::ChannelUpdate, ["/guild_id", "/id", ""]),
    (DispatchKind::ChannelDelete, ["/guild_id", "/id", ""]),
    (DispatchKind::ThreadCreate, ["/guild_id", "/id", ""]),
    (DispatchKind::ThreadUpdate, ["/guild_id", "/id", ""]),
    (DispatchKind::ThreadDelete, ["/guild_id", "/id", ""]),
    (
        DispatchKind::VoiceChannelStatusUpdate,
        ["/guild_id", "/id", ""],
    ),
    (DispatchKind::GuildUpdate, ["/id", "", ""]),
    (DispatchKind::GuildDelete, ["/id", "", ""]),
    (DispatchKind::UserUpdate, ["", "", "/id"]),
    (DispatchKind::PresenceUpdate, ["/guild_id", "", "/user/id"]),
    (DispatchKind::BanAdd, ["/guild_id", "", "/user/id"]),
    (DispatchKind::MemberAdd, ["/guild_id", "", "/user/id"]),
    (
        DispatchKind::ReactionAdd,
        ["/guild_id", "/channel_id", "/user_id"],
    ),
    (
        DispatchKind::TypingStart,
        ["/guild_id", "/channel_id", "/user_id"],
    ),
    (
        DispatchKind::MessageDelete,
        ["/guild_id", "/channel_id", ""],
    ),
];

/// The number at a place.
fn id(data: &Value, pointer: &str) -> Option<u64> {
    if pointer.is_empty() {
        return None;
    }
    let id = data.pointer(pointer).and_then(Value::as_str);
    let id = id.unwrap_or_else(|| panic!("{pointer} is missing in {data}"));
    Some(id.parse().expect("ids are numbers"))
}

#[test]
fn documented_events_have_the_documented_ids() {
    for (kind, pointers) in EVENTS {
        let fixture = dispatch_fixture(kind.name());
        let data: Value = serde_json::from_str(&fixture).unwrap();
        let expected = pointers.map(|pointer| id(&data, pointer));
        let text = dispatch_text(kind.name(), 7, &fixture);
        let payload = Payload::parse(&text).unwrap();
        let owned = payload.to_owned_payload();
        let found = [
            payload.guild_id().map(|id| id.get()),
            payload.channel_id().map(|id| id.get()),
            payload.user_id().map(|id| id.get()),
        ];
        assert_eq!(found, expected, "{kind}");
        assert_eq!(owned.channel_id(), payload.channel_id());
        assert_eq!(owned.user_id(), payload.user_id());
        let view = payload.view().unwrap();
        assert_eq!(view.guild_id(), payload.guild_id(), "{kind}");
        assert_eq!(view.channel_id(), payload.channel_id(), "{kind}");
        assert_eq!(view.user_id(), payload.user_id(), "{kind}");
    }
}

#[test]
fn user_is_the_one_that_the_event_names_first() {
    for (data, user) in [
        (
            r#"{"member":{"user":{"id":"4"}},"author":{"id":"3"},"user":{"id":"2"},"user_id":"1"}"#,
            1,
        ),
        (
            r#"{"member":{"user":{"id":"4"}},"author":{"id":"3"},"user":{"id":"2"}}"#,
            2,
        ),
        (r#"{"member":{"user":{"id":"4"}},"author":{"id":"3"}}"#, 3),
        (r#"{"member":{"user":{"id":"4"}}}"#, 4),
    ] {
        let text = dispatch_text("MESSAGE_CREATE", 7, data);
        let found = Payload::parse(&text).unwrap().user_id();
        assert_eq!(found.map(|id| id.get()), Some(user), "{data}");
    }
    let text = r#"{"op":1,"d":{"user_id":"1","channel_id":"2"}}"#;
    let heartbeat = Payload::parse(text).unwrap();
    assert_eq!((heartbeat.user_id(), heartbeat.channel_id()), (None, None));
}
