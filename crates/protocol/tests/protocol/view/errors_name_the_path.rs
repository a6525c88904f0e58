//! A value that can't be read is an error with its path, and others can still be read.

use gloaming_protocol::view::{EventView, MessageCreateView, ValueView, ViewError, ViewErrorKind};
use gloaming_protocol::{DispatchKind, OwnedPayload};
use twilight_model::util::Timestamp;

fn with_message<R>(data: &str, read: impl FnOnce(&MessageCreateView<'_>) -> R) -> R {
    let text = format!(r#"{{"t":"MESSAGE_CREATE","s":7,"op":0,"d":{data}}}"#);
    let payload = OwnedPayload::parse(text).unwrap();
    let Ok(EventView::MessageCreate(message)) = payload.view() else {
        panic!("{data} is an object");
    };
    read(&message)
}

#[test]
fn path_leads_to_the_value() {
    const DATA: &str = r#"{
        "id": "x", "guild_id": [1], "type": 300, "tts": 1, "content": {}, "timestamp": "today", "pinned": null,
        "author": {"id": 0, "username": null, "member": {"roles": ["1", "-1"], "deaf": "true"}},
        "mentions": [{"id": "1"}, {"id": 1.5}, 7], "message_reference": {"message id": 4}
    }"#;

    with_message(DATA, |message| {
        let author = message.author().unwrap();
        let member = author.member().unwrap().unwrap();
        let mentions = Vec::from_iter(message.mentions().unwrap());
        let id_of = |index: usize| mentions[index].clone().and_then(|user| user.id());
        let reference = message.reference().unwrap().unwrap();
        let role = member.roles().unwrap().nth(1).unwrap();
        for (error, path, what) in [
            (message.id().err(), "id", "expected an id, found a string"),
            (
                message.guild_id().err(),
                "guild_id",
                "expected an id, found a list",
            ),
            (
                message.kind().err(),
                "type",
                "this number is not valid as the number of a message type",
            ),
            (
                message.tts().err(),
                "tts",
                "expected a boolean, found a number",
            ),
            (
                message.content().err(),
                "content",
                "expected a string, found an object",
            ),
            (
                message.timestamp().err(),
                "timestamp",
                "expected a timestamp, found a string",
            ),
            (
                message.pinned().err(),
                "pinned",
                "expected a boolean, found null",
            ),
            (message.embeds().err(), "embeds", "the member is missing"),
            (
                author.id().err(),
                "author.id",
                "expected an id, found a number",
            ),
            (
                author.name().err(),
                "author.username",
                "expected a string, found null",
            ),
            (
                author.discriminator().err(),
                "author.discriminator",
                "the member is missing",
            ),
            (
                member.deaf().err(),
                "author.member.deaf",
                "expected a boolean, found a string",
            ),
            (
                role.err(),
                "author.member.roles[1]",
                "expected an id, found a string",
            ),
            (
                id_of(1).err(),
                "mentions[1].id",
                "expected an id, found a number",
            ),
            (
                id_of(2).err(),
                "mentions[2]",
                "expected an object, found a number",
            ),
            (
                reference.required::<Timestamp>("message id").err(),
                r#"message_reference["message id"]"#,
                "expected a timestamp, found a number",
            ),
        ] {
            let error = error.unwrap_or_else(|| panic!("{path} can't be read"));
            let kind = match what {
                "the member is missing" => ViewErrorKind::Missing,
                _ => ViewErrorKind::Mismatch,
            };
            assert_eq!((error.path(), error.kind()), (path, kind));
            assert_eq!(error.name(), Some("MESSAGE_CREATE"));
            assert_eq!(error.event_kind(), Some(DispatchKind::MessageCreate));
            assert_eq!(error.sequence(), Some(7));
            let text = format!(
                "the event MESSAGE_CREATE (sequence 7) does not match its view: at {path}: {what}; use the json of \
                 the payload, and report the mismatch"
            );
            assert_eq!(error.to_string(), text);
        }
        assert_eq!(id_of(0).unwrap().get(), 1);
    });
}

/// Reads all values of an event as all types.
fn read_all(value: ValueView<'_>) -> Result<(), ViewError> {
    if let Ok(list) = value.list::<ValueView<'_>>() {
        return list.into_iter().try_for_each(|value| read_all(value?));
    }
    if value.json().starts_with('{') {
        let object = value.object()?;
        return object.iter().try_for_each(|(_, value)| read_all(value));
    }
    if value.json().starts_with('"') {
        return value.string().map(drop);
    }
    value.read::<Option<bool>>().map(drop)
}

#[test]
fn text_that_is_not_json_is_an_error_where_it_is_read() {
    for (data, path, kind) in [
        (r#"{"a":{"b":[1,]}}"#, "a.b", ViewErrorKind::Mismatch),
        (r#"{"a":{"b":[true,]}}"#, "a.b", ViewErrorKind::Syntax),
        (r#"{"a":[true true]}"#, "a", ViewErrorKind::Syntax),
        (r#"{"a":[{"b" true}]}"#, "a[0]", ViewErrorKind::Syntax),
        (r#"{"a":{"b":true]}"#, "a", ViewErrorKind::Syntax),
        (r#"{"a":[true}}"#, "a", ViewErrorKind::Syntax),
        (r#"{"a":"\x"}"#, "a", ViewErrorKind::Mismatch),
        (r#"{"a":"\ud800"}"#, "a", ViewErrorKind::Mismatch),
        ("{\"a\":\"tab\t\"}", "a", ViewErrorKind::Mismatch),
        (r#"{"a":truth}"#, "a", ViewErrorKind::Mismatch),
    ] {
        with_message(data, |message| {
            let value = message.get("a").unwrap();
            let error = read_all(value).unwrap_err();
            let path = if path == "a.b" && kind == ViewErrorKind::Mismatch {
                "a.b[0]"
            } else {
                path
            };
            assert_eq!((error.path(), error.kind()), (path, kind), "{data}");
        });
    }
}

#[test]
fn view_of_what_is_not_an_object_is_an_error() {
    for (data, kind) in [
        ("null", ViewErrorKind::Mismatch),
        ("7", ViewErrorKind::Mismatch),
        (r#"[{"id":"1"}]"#, ViewErrorKind::Mismatch),
        (r#"{"id":"1"]"#, ViewErrorKind::Syntax),
        (r#"{"id"]"#, ViewErrorKind::Syntax),
    ] {
        let text = format!(r#"{{"t":"MESSAGE_CREATE","s":7,"op":0,"d":{data}}}"#);
        let payload = OwnedPayload::parse(text).unwrap();
        let error = payload.view().unwrap_err();
        assert_eq!((error.path(), error.kind()), ("", kind), "{data}");
    }
    let payload = OwnedPayload::parse(r#"{"t":"MESSAGE_CREATE","s":7,"op":0}"#).unwrap();
    let error = payload.view().unwrap_err();
    assert_eq!((error.path(), error.kind()), ("", ViewErrorKind::Missing));
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| {
        let (open, close) = (r#"{"a":["#.repeat(depth), "]}".repeat(depth));
        format!(r#"{{"t":"MESSAGE_CREATE","s":7,"op":0,"d":{open}{close}}}"#)
    };
    let payload = OwnedPayload::parse(nested(64)).unwrap();
    assert!(payload.view().is_ok());
    let payload = OwnedPayload::parse(nested(65)).unwrap();
    let error = payload.view().unwrap_err();
    assert_eq!((error.path(), error.kind()), ("a", ViewErrorKind::Limit));
}
