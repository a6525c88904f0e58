//! Fields that Discord added in 2026 neither cost an event its type nor count as a mismatch (P34). Those without a place
//! in twilight-model are found in the payload.

use crate::harness::{dispatch_fixture, dispatch_text, parsers};
use gloaming_protocol::{Decoded, Event, OwnedPayload, decode_event};
use serde::Deserialize;
use serde_json::{Value, json};
use twilight_model::gateway::presence::Status;
use twilight_model::oauth::ApplicationFlags;

/// Decodes the documented example with another value at `pointer`.
fn decode(name: &str, pointer: &str, value: Value) -> (Event, OwnedPayload) {
    let mut data: Value = serde_json::from_str(&dispatch_fixture(name)).unwrap();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    data.pointer_mut(parent).unwrap()[key] = value;
    let payload = OwnedPayload::parse(dispatch_text(name, 1, &data.to_string())).unwrap();
    let events = parsers().map(|parser| match decode_event(&payload.as_payload(), parser) {
        Ok(Decoded::Event(event)) => event,
        other => panic!("{name}: {other:?}"),
    });
    let events = Vec::from_iter(events);
    assert!(events.iter().all(|event| *event == events[0]));
    (events[0].clone(), payload)
}

#[test]
fn ready_has_all_flags_of_the_application_as_a_string() {
    #[derive(Deserialize)]
    struct Ready {
        application: Application,
    }

    #[derive(Deserialize)]
    struct Application {
        flags_new: String,
    }

    // Bit 40 does not fit into `flags`, which is a 32-bit integer.
    let all = 1_u64 << 40 | 565_248;
    let (event, payload) = decode("READY", "/application/flags_new", json!(all.to_string()));
    let Event::Ready(ready) = event else {
        panic!("it is a READY");
    };
    let limited = ApplicationFlags::GATEWAY_PRESENCE_LIMITED
        | ApplicationFlags::GATEWAY_GUILD_MEMBERS_LIMITED
        | ApplicationFlags::GATEWAY_MESSAGE_CONTENT_LIMITED;
    assert_eq!(ready.application.flags, limited);
    let raw: Ready = payload.decode().unwrap();
    assert_eq!(raw.application.flags_new.parse(), Ok(all));
}

#[test]
fn presence_may_be_active_in_virtual_reality() {
    let (event, _) = decode("PRESENCE_UPDATE", "/client_status/vr", json!("dnd"));
    let Event::PresenceUpdate(presence) = event else {
        panic!("it is a presence");
    };
    assert_eq!(presence.client_status.vr, Some(Status::DoNotDisturb));
    assert_eq!(presence.client_status.desktop, Some(Status::Online));
}

#[test]
fn message_has_the_type_of_its_channel() {
    #[derive(Deserialize)]
    struct Message {
        channel_type: u8,
    }

    for kind in [0, 1, 2, 5, 11, 250] {
        let (event, payload) = decode("MESSAGE_CREATE", "/channel_type", json!(kind));
        let Event::MessageCreate(message) = event else {
            panic!("it is a message");
        };
        assert_eq!(message.content, "Supa Hot");
        assert_eq!(payload.decode::<Message>().unwrap().channel_type, kind);
    }
}
