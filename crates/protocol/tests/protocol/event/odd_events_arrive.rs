//! Events that users of other libraries reported arrive: each with the value that can be known, and a report of what was
//! repaired.

use crate::harness::{fixture, parsers};
use RepairKind::{Converted, Defaulted, Removed};
use gloaming_protocol::{Decoded, Event, Payload, Repair, RepairKind, decode_event};
use std::error::Error;
use twilight_model::gateway::payload::incoming::GuildCreate;
use twilight_model::guild::audit_log::AuditLogChange;

/// Decodes a fixture with every parser, and checks the repairs, in the order of the text.
fn repaired(name: &str, repairs: &[(&str, RepairKind)]) -> Event {
    let text = String::from_utf8(fixture(&format!("odd/{name}.json"))).unwrap();
    let payload = Payload::parse(text.trim_end()).unwrap();
    let decoded = parsers().map(|parser| match decode_event(&payload, parser) {
        Ok(Decoded::Event(event)) => (event, Vec::new()),
        Ok(Decoded::Repaired(event)) => {
            assert_eq!(event.report().payload().text(), payload.text());
            let (event, report) = event.into_parts();
            (event, report.repairs().to_vec())
        }
        Ok(Decoded::Unknown(event)) => panic!("{name}: {event:?}"),
        Err(error) => panic!("{name}: {}", error.source().unwrap()),
    });
    let (events, found): (Vec<Event>, Vec<Vec<Repair>>) = decoded.unzip();
    for found in found {
        let found: Vec<_> = found.iter().map(|r| (r.path(), r.kind())).collect();
        assert_eq!(found, repairs, "{name}");
    }
    let event = events[0].clone();
    assert!(events.iter().all(|other| *other == event), "{name}");
    event
}

#[test]
fn numbers_in_a_presence_may_be_strings_or_fractions() {
    let size = [
        ("activities[0].party.size[0]", Converted),
        ("activities[0].party.size[1]", Converted),
    ];
    let Event::PresenceUpdate(presence) = repaired("party-size-strings.presence", &size) else {
        panic!("it is a presence");
    };
    let party = presence.activities[0].party.as_ref().unwrap();
    assert_eq!(party.size, Some([9_000_000_000_000_000_000, 1]));

    for name in ["timestamp-float.presence", "timestamp-string.presence"] {
        let start = [("activities[0].timestamps.start", Converted)];
        let Event::PresenceUpdate(presence) = repaired(name, &start) else {
            panic!("it is a presence");
        };
        let timestamps = presence.activities[0].timestamps.as_ref().unwrap();
        assert_eq!(timestamps.start, Some(1_600_000_000_123));
    }
}

#[test]
fn time_in_the_audit_log_has_an_offset() {
    let repairs = [("changes[0].new_value", Converted)];
    let Event::GuildAuditLogEntryCreate(entry) = repaired("audit-log-offset", &repairs) else {
        panic!("it is an entry of the audit log");
    };
    let [
        AuditLogChange::CommunicationDisabledUntil {
            new: Some(time), ..
        },
    ] = &*entry.changes
    else {
        panic!("{:?}", entry.changes);
    };
    assert_eq!(
        time.iso_8601().to_string(),
        "2024-02-02T23:30:00.148000+00:00"
    );
}

#[test]
fn presence_without_clients_is_kept() {
    let repairs = [("client_status", Defaulted)];
    let Event::PresenceUpdate(presence) = repaired("no-client-status.presence", &repairs) else {
        panic!("it is a presence");
    };
    assert_eq!(presence.user.id().get(), 200_000_000_000_000_001);
    assert_eq!(presence.client_status.desktop, None);

    let repairs = [("presences[0].client_status", Defaulted)];
    let Event::MemberChunk(chunk) = repaired("no-client-status.chunk", &repairs) else {
        panic!("it is a chunk");
    };
    assert_eq!((chunk.members.len(), chunk.presences.len()), (1, 1));
}

#[test]
fn guild_loses_only_the_id_that_is_zero() {
    let repairs = [("channels[0].default_reaction_emoji.emoji_id", Removed)];
    let Event::GuildCreate(created) = repaired("default-reaction-0.guild", &repairs) else {
        panic!("it is a guild");
    };
    let GuildCreate::Available(guild) = *created else {
        panic!("the guild is available");
    };
    let emoji = guild.channels[0].default_reaction_emoji.as_ref().unwrap();
    assert_eq!(
        (emoji.emoji_id, emoji.emoji_name.as_deref()),
        (None, Some("X"))
    );
}

#[test]
fn chunk_loses_only_the_id_that_is_none() {
    let Event::MemberChunk(chunk) = repaired("not-found-word.chunk", &[("not_found[0]", Removed)])
    else {
        panic!("it is a chunk");
    };
    assert_eq!(
        (chunk.not_found.len(), chunk.nonce.as_deref()),
        (0, Some("n"))
    );
}

#[test]
fn message_without_components_is_kept() {
    let Event::MessageCreate(message) =
        repaired("components-null.message", &[("components", Defaulted)])
    else {
        panic!("it is a message");
    };
    assert_eq!(message.content, "hi");
    assert!(message.components.is_empty());
}

#[test]
fn partial_message_is_filled_up() {
    let text = String::from_utf8(fixture("odd/message-update-partial.json")).unwrap();
    let payload = Payload::parse(text.trim_end()).unwrap();
    for parser in parsers() {
        let Ok(Decoded::Repaired(repaired)) = decode_event(&payload, parser) else {
            panic!("the message is incomplete");
        };
        let Event::MessageUpdate(message) = repaired.event() else {
            panic!("it is an update");
        };
        assert_eq!(message.author.name, "hook");
        assert_eq!(message.content, "");
        let kinds = repaired.repairs().iter().map(Repair::kind);
        assert!(kinds.into_iter().all(|kind| kind == Defaulted));
        // The time is that of the message's id, and no id was made up.
        assert_eq!(message.timestamp.as_micros() / 1_000, 1_491_595_973_730);
    }
}

#[test]
fn message_without_an_author_is_undecodable() {
    let text = String::from_utf8(fixture("odd/message-update-embeds.json")).unwrap();
    let payload = Payload::parse(text.trim_end()).unwrap();
    for parser in parsers() {
        let error = decode_event(&payload, parser).unwrap_err();
        assert_eq!(error.payload().text(), payload.text());
    }
}

#[test]
fn thread_loses_only_the_count_that_is_too_large_for_its_type() {
    let Event::ThreadUpdate(thread) =
        repaired("thread-200-members.thread", &[("member_count", Removed)])
    else {
        panic!("it is a thread");
    };
    assert_eq!((thread.member_count, thread.message_count), (None, Some(5)));
}
