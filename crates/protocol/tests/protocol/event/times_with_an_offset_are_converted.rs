//! Timestamps with an offset from UTC arrive as the instant that they stand for, and what only looks like one stays.

use crate::harness::{dispatch_fixture, dispatch_text, parsers};
use RepairKind::{Converted, Defaulted};
use gloaming_protocol::{Decoded, Event, Payload, Repair, RepairKind, decode_event};
use serde_json::{Value, json};
use twilight_model::{
    gateway::payload::incoming::GuildCreate, guild::audit_log::AuditLogChange, util::Timestamp,
};

/// An hour and a half before midnight.
const LOCAL: &str = "2024-02-03T00:30:00.148+02:00";
const UTC: &str = "2024-02-02T22:30:00.148000+00:00";

fn utc() -> Timestamp {
    Timestamp::parse(UTC).unwrap()
}

/// Decodes an event with every parser, and returns it and what was repaired.
fn decode(name: &str, data: &Value) -> (Event, Vec<(String, RepairKind)>) {
    decode_text(name, &data.to_string())
}

fn decode_text(name: &str, data: &str) -> (Event, Vec<(String, RepairKind)>) {
    let text = dispatch_text(name, 7, data);
    let payload = Payload::parse(&text).unwrap();
    let mut decoded = parsers().map(|parser| match decode_event(&payload, parser).unwrap() {
        Decoded::Event(event) => (event, Vec::new()),
        Decoded::Repaired(event) => {
            let (event, report) = event.into_parts();
            assert_eq!(report.payload().text(), text);
            let pair = |repair: &Repair| (repair.path().to_owned(), repair.kind());
            (event, report.repairs().iter().map(pair).collect())
        }
        Decoded::Unknown(event) => panic!("{event:?}"),
    });
    let first = decoded.next().unwrap();
    assert!(decoded.all(|other| other == first));
    first
}

fn fixture(name: &str) -> Value {
    serde_json::from_str(&dispatch_fixture(name)).unwrap()
}

fn converted(path: &str) -> (String, RepairKind) {
    (path.to_owned(), Converted)
}

#[test]
fn offset_of_a_time_counts() {
    for (local, utc) in [
        (LOCAL, UTC),
        ("2024-02-02T19:30:00.148-03:00", UTC),
        ("2024-02-03T04:15:00.148000+05:45", UTC),
        (
            "2024-12-31T23:30:00-05:30",
            "2025-01-01T05:00:00.000000+00:00",
        ),
    ] {
        let mut message = fixture("MESSAGE_CREATE");
        message["timestamp"] = local.into();
        let (event, repairs) = decode("MESSAGE_CREATE", &message);
        let Event::MessageCreate(message) = event else {
            panic!("it is a message");
        };
        assert_eq!(message.timestamp.iso_8601().to_string(), utc);
        assert_eq!(repairs, [converted("timestamp")]);
    }
}

#[test]
fn time_without_an_offset_is_not_changed() {
    for time in [UTC, "2024-02-02T22:30:00.148-00:00"] {
        let mut message = fixture("MESSAGE_CREATE");
        message["timestamp"] = time.into();
        let (event, repairs) = decode("MESSAGE_CREATE", &message);
        assert!(matches!(event, Event::MessageCreate(message) if message.timestamp == utc()));
        assert_eq!(repairs, []);
    }
}

#[test]
fn text_of_a_user_that_looks_like_a_time_stays() {
    let mut message = fixture("MESSAGE_CREATE");
    message["content"] = LOCAL.into();
    message["brand_new"] = LOCAL.into();
    let (event, repairs) = decode("MESSAGE_CREATE", &message);
    assert!(matches!(event, Event::MessageCreate(message) if message.content == LOCAL));
    assert_eq!(repairs, []);

    message["embeds"] = json!([{"type": "rich", "title": LOCAL, "timestamp": LOCAL}]);
    message["edited_timestamp"] = LOCAL.into();
    let (event, repairs) = decode("MESSAGE_CREATE", &message);
    let Event::MessageCreate(message) = event else {
        panic!("it is a message");
    };
    assert_eq!(message.content, LOCAL);
    assert_eq!(message.embeds[0].title.as_deref(), Some(LOCAL));
    assert_eq!(message.embeds[0].timestamp, Some(utc()));
    assert_eq!(message.edited_timestamp, Some(utc()));
    assert_eq!(
        repairs,
        [
            converted("edited_timestamp"),
            converted("embeds[0].timestamp")
        ]
    );
}

/// The type of the value depends on another member of the change.
#[test]
fn only_changes_of_times_in_the_audit_log_are_converted() {
    let mut entry = fixture("GUILD_AUDIT_LOG_ENTRY_CREATE");
    entry["changes"] = json!([
        {"key": "nick", "new_value": LOCAL},
        {"key": "communication_disabled_until", "old_value": LOCAL, "new_value": UTC},
        {"key": "nick", "old_value": LOCAL},
        {"key": "brand_new", "new_value": LOCAL},
    ]);
    let (event, repairs) = decode("GUILD_AUDIT_LOG_ENTRY_CREATE", &entry);
    let Event::GuildAuditLogEntryCreate(entry) = event else {
        panic!("it is an entry");
    };
    let nick = |new, old| AuditLogChange::Nick { new, old };
    let local = || Some(LOCAL.to_owned());
    assert_eq!(entry.changes[0], nick(local(), None));
    assert_eq!(
        entry.changes[1],
        AuditLogChange::CommunicationDisabledUntil {
            new: Some(utc()),
            old: Some(utc()),
        }
    );
    assert_eq!(entry.changes[2], nick(None, local()));
    assert_eq!(repairs, [converted("changes[1].old_value")]);
}

#[test]
fn times_of_many_elements_are_converted() {
    let mut guild = fixture("GUILD_CREATE");
    let mut member = guild["members"][0].clone();
    member["joined_at"] = LOCAL.into();
    member["nick"] = LOCAL.into();
    const MEMBERS: usize = 300;
    guild["members"] = vec![member; MEMBERS].into();
    let (event, repairs) = decode("GUILD_CREATE", &guild);
    let Event::GuildCreate(created) = event else {
        panic!("it is a guild");
    };
    let GuildCreate::Available(guild) = *created else {
        panic!("the guild is available");
    };
    assert!(guild.members.iter().all(|member| {
        member.joined_at == Some(utc()) && member.nick.as_deref() == Some(LOCAL)
    }));
    let expected = (0..MEMBERS).map(|index| converted(&format!("members[{index}].joined_at")));
    assert_eq!(repairs, expected.collect::<Vec<_>>());
}

#[test]
fn times_are_converted_beside_other_repairs() {
    let mut message = fixture("MESSAGE_CREATE");
    message["components"] = Value::Null;
    message["timestamp"] = LOCAL.into();
    let (event, repairs) = decode("MESSAGE_CREATE", &message);
    assert!(matches!(event, Event::MessageCreate(message) if message.timestamp == utc()));
    let components = ("components".to_owned(), Defaulted);
    assert!(repairs.contains(&components) && repairs.contains(&converted("timestamp")));
    assert_eq!(repairs.len(), 2);
}

#[test]
fn times_of_events_that_the_deserializer_lacks_are_converted() {
    let mut entitlement = fixture("ENTITLEMENT_UPDATE");
    entitlement["ends_at"] = LOCAL.into();
    let (event, repairs) = decode("ENTITLEMENT_UPDATE", &entitlement);
    assert!(matches!(event, Event::EntitlementUpdate(event) if event.ends_at == Some(utc())));
    assert_eq!(repairs, [converted("ends_at")]);
}
