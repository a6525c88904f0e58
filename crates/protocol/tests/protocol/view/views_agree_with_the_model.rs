//! What a view returns is what twilight-model has, however the JSON is written.

use crate::harness::{dispatch_fixture, dispatch_text, json::spell};
use gloaming_protocol::view::EventView;
use gloaming_protocol::{Decoded, DispatchKind, JsonParser, Payload, RepairKind, decode_event};
use gloaming_test_support::{Random, views::assert_agrees};
use serde_json::Value;

/// How an event was decoded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Outcome {
    AsItIs,
    Repaired,
    Undecodable,
}

/// Compares a view with the event as it is decoded. If the event is repaired, only duplicates may have been removed.
fn compare(kind: DispatchKind, data: &str) -> Outcome {
    let text = dispatch_text(kind.name(), 7, data);
    let payload = Payload::parse(&text).unwrap();
    let view = payload
        .view()
        .unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(view.kind(), Some(kind));
    match decode_event(&payload, JsonParser::Serde) {
        Ok(Decoded::Event(event)) => {
            assert_agrees(&view, &event);
            Outcome::AsItIs
        }
        Ok(Decoded::Repaired(_)) => Outcome::Repaired,
        Ok(Decoded::Unknown(_)) => panic!("{kind} has a type"),
        Err(_) => Outcome::Undecodable,
    }
}

fn fixtures() -> impl Iterator<Item = (DispatchKind, Value)> {
    EventView::KINDS.iter().map(|kind| {
        let data = serde_json::from_str(&dispatch_fixture(kind.name())).unwrap();
        (*kind, data)
    })
}

#[test]
fn documented_events_agree() {
    for (kind, _) in fixtures() {
        let outcome = compare(kind, &dispatch_fixture(kind.name()));
        assert_eq!(outcome, Outcome::AsItIs, "{kind}");
    }
}

#[test]
fn order_white_space_and_escapes_do_not_matter() {
    for (kind, data) in fixtures() {
        for seed in 0..20 {
            let text = spell(&mut Random::new(seed), &data);
            assert_eq!(compare(kind, &text), Outcome::AsItIs, "seed {seed}: {text}");
        }
    }
}

#[test]
fn missing_and_null_members_are_what_they_are_to_the_model() {
    let mut as_they_are = 0;
    for (kind, data) in fixtures() {
        for change in [Change::Remove, Change::Null] {
            for member in 0..count(&data) {
                let text = changed(&data, member, change);
                if compare(kind, &text) == Outcome::AsItIs {
                    as_they_are += 1;
                }
            }
        }
    }
    assert!(as_they_are > 800, "only {as_they_are} are compared");
}

#[test]
fn first_of_duplicate_members_counts() {
    let mut repaired = 0;
    for (kind, data) in fixtures() {
        // `data` of an interaction is an intermediate value, of which the last duplicate counts.
        let without_data = match data {
            Value::Object(mut members) if kind == DispatchKind::InteractionCreate => {
                members["data"] = Value::Null;
                members["type"] = 1.into();
                members.into()
            }
            data => data,
        };
        for member in 0..count(&without_data) {
            let text = changed(&without_data, member, Change::Duplicate);
            let payload = dispatch_text(kind.name(), 7, &text);
            let payload = Payload::parse(&payload).unwrap();
            let Ok(decoded) = decode_event(&payload, JsonParser::Serde) else {
                panic!("{kind}: {text}");
            };
            if let Decoded::Repaired(event) = &decoded {
                // A duplicate in an emoji has no hint to it, and both are removed.
                if event
                    .repairs()
                    .iter()
                    .all(|repair| repair.path() == "emoji.name")
                {
                    continue;
                }
                let [repair] = event.repairs() else {
                    panic!("{kind}: {:?}", event.repairs());
                };
                assert_eq!(repair.kind(), RepairKind::Removed);
                repaired += 1;
            }
            let event = decoded.into_event().unwrap();
            assert_agrees(&payload.view().unwrap(), &event);
        }
    }
    assert!(repaired > 400, "only {repaired} are compared");
}

/// What happens to a member.
#[derive(Clone, Copy)]
enum Change {
    Remove,
    Null,
    /// The same name comes again, at the end of the object.
    Duplicate,
}

/// The number of members of all objects within the value.
fn count(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(|value| 1 + count(value)).sum(),
        _ => 0,
    }
}

/// The text of a value with a change of one member, by its number in the order of the text.
fn changed(value: &Value, member: usize, change: Change) -> String {
    let mut left = Some(member);
    write(value, &mut left, change)
}

fn write(value: &Value, left: &mut Option<usize>, change: Change) -> String {
    match value {
        Value::Array(items) => {
            let items = Vec::from_iter(items.iter().map(|item| write(item, left, change)));
            format!("[{}]", items.join(","))
        }
        Value::Object(members) => {
            let mut texts = Vec::new();
            let mut again = None;
            for (key, value) in members {
                let is_this = *left == Some(0);
                *left = left.and_then(|left| left.checked_sub(1));
                match (is_this, change) {
                    (true, Change::Remove) => continue,
                    (true, Change::Null) => texts.push(format!("{key:?}:null")),
                    (true, Change::Duplicate) => {
                        again = Some(format!("{key:?}:[]"));
                        texts.push(format!("{key:?}:{value}"));
                    }
                    (false, _) => texts.push(format!("{key:?}:{}", write(value, left, change))),
                }
            }
            texts.extend(again);
            format!("{{{}}}", texts.join(","))
        }
        other => other.to_string(),
    }
}
