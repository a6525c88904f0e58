use crate::events::with_changes;
use gloaming_protocol::view::{EventView, ListView, ObjectView, ValueView, ViewError};
use gloaming_protocol::{Decoded, JsonParser, OpCode, Payload, decode_event};
use gloaming_test_support::views::{assert_agrees, has_duplicate_names};
use serde_json::{Map, Value};
use std::borrow::Cow;
use twilight_model::id::{Id, marker::GenericMarker};
use twilight_model::util::Timestamp;

/// Reads any payload through its view, or the `d` of a documented event: first unchanged, then with some of its values
/// replaced.
pub fn views(data: &[u8]) {
    with_changes(data, check);
}

fn check(payload: &Payload<'_>) {
    let object = serde_json::from_str::<Map<String, Value>>(payload.data());
    let view = match payload.view() {
        Ok(view) => view,
        Err(error) => {
            check_text(&error);
            assert!(object.is_err() || error.path() != "", "{error}");
            return;
        }
    };
    assert_eq!(view.payload().text(), payload.text());
    // Of text that is not JSON, a scan for an id may not come to it.
    if object.is_ok() {
        assert_eq!(view.guild_id(), payload.guild_id());
        assert_eq!(view.channel_id(), payload.channel_id());
        assert_eq!(view.user_id(), payload.user_id());
    }
    let duplicates = match &view {
        EventView::Other(event) => {
            assert_eq!(event.data(), payload.data());
            let object = event.object();
            object.is_ok_and(|object| read_members(&object, Some("")))
        }
        event => {
            let object = event.object().expect("only other events have none");
            read_members(object, Some(""))
        }
    };
    if duplicates || payload.op() != OpCode::Dispatch {
        return;
    }
    if let Ok(Decoded::Event(event)) = decode_event(payload, JsonParser::Serde) {
        assert_agrees(&view, &event);
    }
}

/// Reads all values. Returns whether a name appears twice somewhere.
fn read_members(object: &ObjectView<'_>, path: Option<&str>) -> bool {
    assert_eq!(object.iter().count(), object.len());
    assert!(object.json().starts_with('{') && object.json().ends_with('}'));
    let mut duplicates = false;
    for (index, (name, value)) in object.iter().enumerate() {
        duplicates |= object.iter().take(index).any(|(other, _)| other == name);
        // The first value counts. A name with an invalid escape is not found.
        let found = object.get(&name);
        assert!(found.is_none_or(|found| found.json().as_ptr() <= value.json().as_ptr()));
        duplicates |= has_duplicate_names(value);
        let is_plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
        // Names of other characters are quoted in a path.
        let path = match path {
            Some(path) if is_plain => Some(format!("{path}{name}")),
            _ => None,
        };
        read(value, path.as_deref(), duplicates);
    }
    duplicates
}

/// Reads a value as several types.
fn read(value: ValueView<'_>, path: Option<&str>, duplicates: bool) {
    /// Deeper values have the path of a value around them.
    const MAX_PATH_BYTES: usize = 64;

    let mut readers: [(&str, Option<ViewError>); 5] = [
        ("id", value.read::<Id<GenericMarker>>().err()),
        ("string", value.read::<Cow<'_, str>>().err()),
        ("boolean", value.read::<bool>().err()),
        ("timestamp", value.read::<Timestamp>().err()),
        ("list", value.read::<ListView<'_, ValueView<'_>>>().err()),
    ];
    let path = path.filter(|path| path.len() < MAX_PATH_BYTES && !duplicates);
    for (reader, error) in &mut readers {
        if let Some(error) = error.take() {
            check_text(&error);
            assert!(
                path.is_none_or(|path| error.path() == path),
                "{reader}: {error} at {path:?}"
            );
        }
    }
    if let Ok(text) = serde_json::from_str::<String>(value.json()) {
        assert_eq!(value.string(), Ok(text.into()));
    }
    match value.object() {
        Ok(object) => {
            let path = path.map(|path| format!("{path}."));
            read_members(&object, path.as_deref());
        }
        Err(error) => check_text(&error),
    }
    if let Ok(list) = value.list::<ValueView<'_>>() {
        for (index, item) in list.enumerate() {
            match item {
                Ok(item) => {
                    let path = path.map(|path| format!("{path}[{index}]"));
                    read(item, path.as_deref(), duplicates);
                }
                Err(error) => check_text(&error),
            }
        }
    }
}

fn check_text(error: &ViewError) {
    let text = error.to_string();
    assert!(text.len() < 5_000 && !text.contains('\n'), "{text}");
}
