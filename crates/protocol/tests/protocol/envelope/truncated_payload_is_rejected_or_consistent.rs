//! A payload truncated at any byte is rejected, or has the fields of the complete payload. It never panics.

use crate::harness::{dispatch_fixture, dispatch_text, parsers};
use gloaming_protocol::{Decoded, DispatchKind, EventTypeFlags, Payload, decode_event};
use gloaming_test_support::Random;

/// Calls every method of a payload and checks that the results are consistent.
fn exercise(text: &str) {
    let Ok(payload) = Payload::parse(text) else {
        return;
    };
    let owned = payload.to_owned_payload();
    assert_eq!(owned.data(), payload.data());
    assert_eq!(owned.guild_id(), payload.guild_id());
    assert!(payload.data_start().starts_with(payload.data()));
    let _ = EventTypeFlags::of(&payload);
    for parser in parsers() {
        match decode_event(&payload, parser) {
            Ok(Decoded::Event(_)) => {}
            Ok(Decoded::Repaired(event)) => {
                assert!(!event.repairs().is_empty());
                assert_eq!(event.report().payload().text(), text);
            }
            Ok(Decoded::Unknown(event)) => assert_eq!(event.data(), payload.data()),
            Err(error) => {
                assert_eq!(error.name(), payload.name());
                assert_eq!(error.sequence(), payload.sequence());
                assert_eq!(error.payload().text(), text);
            }
        }
    }
}

#[test]
fn truncated_payloads_are_rejected_or_consistent() {
    for order in [
        r#"{"t":"TYPING_START","s":42,"op":0,"d":DATA}"#,
        r#"{"op":0,"d":DATA,"s":42,"t":"TYPING_START"}"#,
        r#"{"d":DATA,"unknown":{"a":[]},"t":"TYPING\u005fSTART","s":42,"op":0}"#,
    ] {
        let text = order.replace("DATA", dispatch_fixture("TYPING_START").trim_end());
        let whole = Payload::parse(&text).unwrap();
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let cut = &text[..end];
            exercise(cut);
            if let Ok(payload) = Payload::parse(cut) {
                assert_eq!(payload.op(), whole.op());
                assert_eq!(payload.sequence(), whole.sequence());
                assert_eq!(payload.name(), whole.name());
                assert!(whole.data().starts_with(payload.data()));
                for parser in parsers() {
                    let decoded = decode_event(&payload, parser);
                    assert_eq!(decoded.is_ok(), payload.data() == whole.data(), "{cut}");
                }
            }
        }
    }
}

#[test]
fn payloads_without_their_beginning_never_panic() {
    let text = dispatch_text("TYPING_START", 42, &dispatch_fixture("TYPING_START"));
    for start in (1..text.len()).filter(|start| text.is_char_boundary(*start)) {
        exercise(&text[start..]);
    }
}

#[test]
fn events_with_changed_bytes_never_panic() {
    const REPLACEMENTS: [u8; 12] = *b"\"\\{}[],:0x \x7f";

    for kind in DispatchKind::ALL {
        let seed = kind as u64;
        let mut random = Random::new(seed);
        let text = dispatch_text(kind.name(), 42, &dispatch_fixture(kind.name()));
        for _ in 0..200 {
            let mut bytes = text.clone().into_bytes();
            for _ in 0..=random.below(3) {
                let position = random.below(bytes.len());
                bytes[position] = random.pick(&REPLACEMENTS);
            }
            if let Ok(changed) = String::from_utf8(bytes) {
                exercise(&changed);
            }
        }
    }
}

#[test]
fn nesting_without_end() {
    for bracket in ["[", r#"{"a":"#] {
        let deep = bracket.repeat(20_000);
        for name in [
            "MESSAGE_CREATE",
            "RATE_LIMITED",
            "ENTITLEMENT_UPDATE",
            "BRAND_NEW",
        ] {
            exercise(&format!(r#"{{"t":"{name}","s":42,"op":0,"d":{deep}}}"#));
            exercise(&format!(
                r#"{{"t":"{name}","s":42,"op":0,"d":{{"id":{deep}}}"#
            ));
            exercise(&format!(r#"{{"d":{deep},"t":"{name}","s":42,"op":0}}"#));
        }
    }
    let (open, close) = ("[".repeat(20_000), "]".repeat(20_000));
    for name in ["MESSAGE_CREATE", "BRAND_NEW"] {
        let text = format!(r#"{{"t":"{name}","s":42,"op":0,"d":{{"x":{open}{close}}}}}"#);
        assert_eq!(Payload::parse(&text).unwrap().data().len(), 40_006);
        exercise(&text);
    }
}
