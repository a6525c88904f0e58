//! A time arrives as the same instant in whichever form of ISO 8601 a server writes it, in every event and at every
//! depth, and a text of a user in such a form stays as it is.

use crate::harness::{dispatch_fixture, dispatch_text, parsers};
use gloaming_protocol::{
    Decoded, DispatchKind, Event, Payload, RepairKind, TypeSource, decode_event, view::EventView,
};
use gloaming_test_support::views::assert_agrees;
use serde_json::{Value, json};
use twilight_model::util::Timestamp;

/// 2024-02-03T12:30:05.148Z, as Discord writes it and as others may.
const DISCORD: &str = "2024-02-03T12:30:05.148000+00:00";
const FORMS: [&str; 10] = [
    "2024-02-03T12:30:05.148000Z",
    "2024-02-03T12:30:05.148Z",
    "2024-02-03t12:30:05.148z",
    "2024-02-03T12:30:05,148Z",
    "2024-02-03T12:30:05.148",
    "2024-02-03T13:30:05.148+01:00",
    "2024-02-03T13:30:05.148+0100",
    "2024-02-03T13:30:05.148+01",
    "2024-02-03T07:00:05.148000-05:30",
    "2024-02-03T07:00:05.148-0530",
];

/// Sets every time to this text, and returns their number.
fn set_times(value: &mut Value, text: &str) -> usize {
    match value {
        Value::String(time) if Timestamp::parse(time).is_ok() => {
            *time = text.to_owned();
            1
        }
        Value::Array(values) => values.iter_mut().map(|value| set_times(value, text)).sum(),
        Value::Object(members) => members
            .values_mut()
            .map(|value| set_times(value, text))
            .sum(),
        _ => 0,
    }
}

/// Decodes an event, checks its view, and returns it and how many repairs were reported.
fn decode(kind: DispatchKind, data: &Value) -> (Event, usize) {
    let text = dispatch_text(kind.name(), 7, &data.to_string());
    let payload = Payload::parse(&text).unwrap();
    let mut decoded = parsers().map(|parser| match decode_event(&payload, parser) {
        Ok(Decoded::Event(event)) => (event, 0),
        Ok(Decoded::Repaired(event)) => {
            let (event, report) = event.into_parts();
            for repair in report.repairs() {
                assert_eq!(repair.kind(), RepairKind::Converted, "{repair}: {text}");
            }
            (event, report.repairs().len())
        }
        other => panic!("{other:?}: {text}"),
    });
    let first = decoded.next().unwrap();
    assert!(decoded.all(|other| other == first));
    if EventView::KINDS.contains(&kind) {
        assert_agrees(&payload.view().unwrap(), &first.0);
    }
    first
}

/// Checks an event with each form of its times, and returns how many it has.
fn check(kind: DispatchKind, data: &Value) -> usize {
    let mut data = data.clone();
    let count = set_times(&mut data, DISCORD);
    if count == 0 {
        return 0;
    }
    let (expected, repairs) = decode(kind, &data);
    assert_eq!(repairs, 0, "{kind}");
    for form in FORMS {
        let mut data = data.clone();
        set_times(&mut data, form);
        let (event, _) = decode(kind, &data);
        assert_eq!(event, expected, "{kind}: {form}");
    }
    count
}

#[test]
fn times_of_all_documented_events_arrive() {
    let mut times = 0;
    for kind in DispatchKind::ALL {
        if kind.type_source() == TypeSource::Model {
            let data = serde_json::from_str(&dispatch_fixture(kind.name())).unwrap();
            times += check(kind, &data);
        }
    }
    assert!(times > 50, "only {times} times are checked");
}

fn fixture(name: &str) -> Value {
    serde_json::from_str(&dispatch_fixture(name)).unwrap()
}

#[test]
fn times_of_what_an_interaction_contains_arrive() {
    let mut message = fixture("MESSAGE_CREATE");
    for member in ["member", "mentions", "guild_id"] {
        message.as_object_mut().unwrap().remove(member);
    }
    message["edited_timestamp"] = DISCORD.into();
    message["embeds"] = json!([
        {"type": "rich", "timestamp": DISCORD, "title": "a"},
        {"type": "rich", "timestamp": DISCORD, "title": "b"},
    ]);
    message["mentions"] = json!([]);
    let mut referenced = message.clone();
    referenced["id"] = "7".into();
    message["referenced_message"] = referenced;

    let mut interaction = fixture("INTERACTION_CREATE");
    interaction["message"] = message.clone();
    interaction["member"]["premium_since"] = DISCORD.into();
    interaction["member"]["communication_disabled_until"] = DISCORD.into();
    let user = interaction["member"]["user"].clone();
    interaction["data"]["resolved"] = json!({
        "users": {"53908232506183680": user},
        "members": {"53908232506183680": {
            "roles": [], "joined_at": DISCORD, "premium_since": DISCORD, "permissions": "0", "flags": 0,
            "pending": false,
        }},
        "messages": {(message["id"].as_str().unwrap()): message},
    });
    let times = check(DispatchKind::InteractionCreate, &interaction);
    assert!(times >= 20, "only {times} times are checked");
}

#[test]
fn times_of_many_members_arrive() {
    let mut guild = fixture("GUILD_CREATE");
    let mut members = vec![guild["members"][0].clone(); 100];
    for (index, member) in members.iter_mut().enumerate() {
        member["joined_at"] = DISCORD.into();
        if index % 3 == 0 {
            member["premium_since"] = DISCORD.into();
        }
    }
    guild["members"] = members.into();
    assert!(check(DispatchKind::GuildCreate, &guild) > 130);
}

#[test]
fn text_of_a_user_in_the_form_of_a_time_stays() {
    for form in FORMS {
        let mut message = fixture("MESSAGE_CREATE");
        set_times(&mut message, form);
        message["content"] = form.into();
        message["author"]["global_name"] = form.into();
        message["embeds"] = json!([{"type": "rich", "title": form, "timestamp": form}]);
        let (Event::MessageCreate(message), _) = decode(DispatchKind::MessageCreate, &message)
        else {
            panic!("it is a message");
        };
        assert_eq!(message.content, form);
        assert_eq!(message.author.global_name.as_deref(), Some(form));
        assert_eq!(message.embeds[0].title.as_deref(), Some(form));
        let utc = Timestamp::parse(DISCORD).unwrap();
        assert_eq!(
            (message.timestamp, message.embeds[0].timestamp),
            (utc, Some(utc)),
            "{form}"
        );
    }
}
