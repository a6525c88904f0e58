//! An event that can't be decoded is an error, and an undocumented event a value. Both keep name, sequence number and
//! JSON (P34).

use crate::harness::parsers;
use gloaming_protocol::{
    Decoded, DispatchKind, Event, EventError, OpCode, OwnedPayload, Payload, decode_event,
};
use std::error::Error;

#[test]
fn an_error_keeps_the_payload_and_the_source() {
    let text = r#"{"t":"MESSAGE_DELETE","s":1337,"op":0,"d":{"id":"not an id","channel_id":"1"}}"#;
    for parser in parsers() {
        let error = decode_event(&Payload::parse(text).unwrap(), parser).unwrap_err();
        assert_eq!(error.name(), Some("MESSAGE_DELETE"));
        assert_eq!(error.event_kind(), Some(DispatchKind::MessageDelete));
        assert_eq!(error.sequence(), Some(1337));
        assert_eq!(error.payload().text(), text);
        assert_eq!(
            error.payload().data(),
            r#"{"id":"not an id","channel_id":"1"}"#
        );

        let cause = error.source().expect("the parser's error").to_string();
        let message = error.to_string();
        assert!(
            message.contains("MESSAGE_DELETE") && message.contains("1337"),
            "{message}"
        );
        assert!(
            cause.starts_with("at id: invalid value: string \"not an id\", expected"),
            "{cause}"
        );
        assert!(message.contains(&cause), "{message}");
        let (payload, source) = error.into_parts();
        assert_eq!((payload.text(), source.to_string()), (text, cause));
    }
}

/// The value that does not match may have megabytes, and an error is logged.
#[test]
fn text_of_an_error_is_short() {
    let long = "x".repeat(100_000);
    let hello = format!(r#"{{"op":10,"d":{{"heartbeat_interval":"{long}"}}}}"#);
    let data = format!(r#"{{"id":"{long}","channel_id":"1","guild_id":"2"}}"#);
    let dispatch = |name| format!(r#"{{"t":"{name}","s":1,"op":0,"d":{data}}}"#);
    let check = |error: EventError| {
        let message = error.to_string();
        assert!(message.len() < 500, "{} bytes", message.len());
        assert!(message.contains("invalid "), "{message}");
    };
    for parser in parsers() {
        for text in [dispatch("MESSAGE_DELETE"), hello.clone()] {
            check(decode_event(&Payload::parse(&text).unwrap(), parser).unwrap_err());
        }
    }
    let untyped = OwnedPayload::parse(dispatch("VOICE_CHANNEL_STATUS_UPDATE")).unwrap();
    check(untyped.supplement().unwrap_err());
}

#[test]
fn typed_events_with_invalid_data_are_errors() {
    for parser in parsers() {
        for kind in DispatchKind::ALL {
            let text = format!(r#"{{"t":"{kind}","s":7,"op":0,"d":"wrong"}}"#);
            match decode_event(&Payload::parse(&text).unwrap(), parser) {
                Err(error) => assert_eq!(
                    (error.event_kind(), error.sequence()),
                    (Some(kind), Some(7))
                ),
                Ok(Decoded::Unknown(event)) => assert_eq!(event.data(), r#""wrong""#),
                // RESUMED has no fields.
                Ok(Decoded::Event(event)) => assert_eq!(event, Event::Resumed),
                Ok(Decoded::Repaired(event)) => panic!("{:?}", event.repairs()),
            }
        }
    }
}

#[test]
fn an_undocumented_event_keeps_its_payload() {
    let text = r#"{"t":"BRAND_NEW","s":8,"op":0,"d":{"id":"1","guild_id":"2"}}"#;
    for parser in parsers() {
        let decoded = decode_event(&Payload::parse(text).unwrap(), parser).unwrap();
        let Decoded::Unknown(event) = decoded else {
            panic!("the event is not documented: {decoded:?}");
        };
        assert_eq!(event.op(), OpCode::Dispatch);
        assert_eq!(event.name(), Some("BRAND_NEW"));
        assert_eq!(event.kind(), None);
        assert_eq!(event.sequence(), Some(8));
        assert_eq!(event.data(), r#"{"id":"1","guild_id":"2"}"#);
        assert_eq!(event.payload().text(), text);
    }
}

#[test]
fn an_unknown_opcode_keeps_its_payload() {
    for (text, op) in [
        (r#"{"op":77,"d":[1,2]}"#, OpCode::Unknown(77)),
        // Documented, but sent by clients.
        (r#"{"op":2,"d":[1,2]}"#, OpCode::Identify),
    ] {
        for parser in parsers() {
            let decoded = decode_event(&Payload::parse(text).unwrap(), parser).unwrap();
            let Decoded::Unknown(event) = decoded else {
                panic!("there is no event for {op:?}: {decoded:?}");
            };
            assert_eq!(
                (event.op(), event.name(), event.data()),
                (op, None, "[1,2]")
            );
        }
    }
}

#[test]
fn a_dispatch_without_a_name_is_an_unknown_event() {
    let text = r#"{"t":null,"s":9,"op":0,"d":{}}"#;
    for parser in parsers() {
        let decoded = decode_event(&Payload::parse(text).unwrap(), parser).unwrap();
        let Decoded::Unknown(event) = decoded else {
            panic!("it has no name: {decoded:?}");
        };
        assert_eq!((event.name(), event.sequence()), (None, Some(9)));
    }
}

#[test]
fn a_rate_limit_without_a_type_is_an_unknown_event() {
    let text = r#"{"t":"RATE_LIMITED","s":9,"op":0,"d":{"opcode":31,"retry_after":2.5,"meta":{"guild_ids":["1"]}}}"#;
    for parser in parsers() {
        let decoded = decode_event(&Payload::parse(text).unwrap(), parser).unwrap();
        let Decoded::Unknown(event) = decoded else {
            panic!("only requests for guild members have a type: {decoded:?}");
        };
        assert_eq!(event.kind(), Some(DispatchKind::RateLimited));
    }
}

#[test]
fn payloads_that_control_the_connection_are_events() {
    for parser in parsers() {
        let event = |text: &str| match decode_event(&Payload::parse(text).unwrap(), parser) {
            Ok(Decoded::Event(event)) => event,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(event(r#"{"op":1,"d":null}"#), Event::GatewayHeartbeat);
        assert_eq!(event(r#"{"op":7,"d":null}"#), Event::GatewayReconnect);
        assert_eq!(
            event(r#"{"op":9,"d":false}"#),
            Event::GatewayInvalidateSession(false)
        );
        assert_eq!(
            event(r#"{"op":9,"d":true}"#),
            Event::GatewayInvalidateSession(true)
        );
        assert_eq!(event(r#"{"op":11}"#), Event::GatewayHeartbeatAck);
        let Event::GatewayHello(hello) = event(r#"{"op":10,"d":{"heartbeat_interval":45000}}"#)
        else {
            panic!("op 10 is HELLO");
        };
        assert_eq!(hello.heartbeat_interval, 45_000);

        for text in [
            r#"{"op":10,"d":{}}"#,
            r#"{"op":10}"#,
            r#"{"op":9,"d":null}"#,
        ] {
            let error = decode_event(&Payload::parse(text).unwrap(), parser).unwrap_err();
            assert_eq!(error.payload().text(), text);
        }
    }
}
