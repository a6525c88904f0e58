//! The envelope is parsed as JSON instead of being searched for text (P32).

use gloaming_protocol::{DispatchKind, EnvelopeErrorKind, OpCode, OwnedPayload, Payload};

const DATA: &str = r#"{"op":9,"s":8,"t":"NESTED","d":{"op":7,"s":6,"t":"DEEPER"},"x":"\"op\":5"}"#;

/// Calls `check` with every order of `items`.
fn permutations<T: Clone>(items: &mut Vec<T>, fixed: usize, check: &mut impl FnMut(&[T])) {
    if fixed == items.len() {
        return check(items);
    }
    for next in fixed..items.len() {
        items.swap(fixed, next);
        permutations(items, fixed + 1, check);
        items.swap(fixed, next);
    }
}

fn assert_parses_to_the_event(text: &str) {
    let payload = Payload::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(payload.op(), OpCode::Dispatch, "{text}");
    assert_eq!(payload.sequence(), Some(42), "{text}");
    assert_eq!(payload.name(), Some("MESSAGE_CREATE"), "{text}");
    assert_eq!(payload.kind(), Some(DispatchKind::MessageCreate), "{text}");
    assert_eq!(payload.data(), DATA, "{text}");
    assert!(payload.data_start().starts_with(DATA), "{text}");
    assert_eq!(payload.text(), text);

    let owned = payload.to_owned_payload();
    drop(payload);
    assert_eq!(owned.op(), OpCode::Dispatch);
    assert_eq!(owned.sequence(), Some(42));
    assert_eq!(owned.name(), Some("MESSAGE_CREATE"));
    assert_eq!(owned.kind(), Some(DispatchKind::MessageCreate));
    assert_eq!(owned.data(), DATA);
    assert!(owned.data_start().starts_with(DATA), "{text}");
    assert_eq!(owned.text(), text);
    assert_eq!(&*owned.clone().into_text(), text);
}

#[test]
fn keys_may_have_any_order() {
    let mut members = vec![
        r#""op":0"#.to_owned(),
        r#""s":42"#.to_owned(),
        r#""t":"MESSAGE_CREATE""#.to_owned(),
        format!(r#""d":{DATA}"#),
        r#""unknown":[{"op":1},"]"]"#.to_owned(),
    ];
    permutations(&mut members, 0, &mut |members| {
        assert_parses_to_the_event(&format!("{{{}}}", members.join(",")));
        assert_parses_to_the_event(&format!(" {{\n{}\t}} \r\n", members.join(" ,\n ")));
    });
}

#[test]
fn keys_and_names_may_be_escaped() {
    for op in [
        r"op",
        r"\u006fp",
        r"o\u0070",
        r"\u006f\u0070",
        r"\u006F\u0070",
    ] {
        for name in [r"t", r"\u0074"] {
            for event in [
                r"MESSAGE_CREATE",
                r"MESSAGE\u005fCREATE",
                r"\u004dESSAGE_CREATE",
            ] {
                assert_parses_to_the_event(&format!(
                    r#"{{"{name}":"{event}","\u0073":42,"{op}":0,"\u0064":{DATA}}}"#
                ));
            }
        }
    }
}

#[test]
fn small_differences_from_the_usual_layout_are_accepted() {
    assert_parses_to_the_event(&format!(
        r#"{{"t":"MESSAGE_CREATE","s":42,"op":0,"d":{DATA}}}"#
    ));
    assert_parses_to_the_event(&format!(
        r#"{{"t":"MESSAGE\u005fCREATE","s":42,"op":0,"d":{DATA}}}"#
    ));
    assert_parses_to_the_event(&format!(
        r#"{{"t":"MESSAGE_CREATE","s":42,"op":0,"d": {DATA}}}"#
    ));
    assert_parses_to_the_event(&format!(
        r#"{{"t":"MESSAGE_CREATE" ,"s":42 ,"op":0 ,"d":{DATA} }}"#
    ));
}

#[test]
fn unknown_keys_may_have_any_value() {
    for key in [
        r"o\u0070p",
        r"\u0064\u0064",
        r"\\op",
        r#"\"op"#,
        r"OP",
        r"",
        r"\n",
        r"é",
    ] {
        for value in [
            "{}",
            "[[[]]]",
            r#""}""#,
            r#"{"d":"\\"}"#,
            "-1.5e+3",
            "true",
            "null",
        ] {
            assert_parses_to_the_event(&format!(
                r#"{{"{key}":{value},"t":"MESSAGE_CREATE","s":42,"op":0,"d":{DATA}}}"#
            ));
        }
    }
}

#[test]
fn the_first_value_of_a_duplicate_key_counts() {
    assert_parses_to_the_event(&format!(
        r#"{{"t":"MESSAGE_CREATE","t":"OTHER","s":42,"s":null,"op":0,"op":11,"d":{DATA},"d":1}}"#
    ));
    assert_parses_to_the_event(&format!(
        r#"{{"d":{DATA},"d":{{}},"op":0,"op":"x","t":"MESSAGE_CREATE","t":1,"s":42,"s":-1}}"#
    ));
}

#[test]
fn missing_data_is_null() {
    let payload = Payload::parse(r#"{"op":11}"#).unwrap();
    assert_eq!(payload.op(), OpCode::HeartbeatAck);
    assert_eq!(payload.sequence(), None);
    assert_eq!(payload.name(), None);
    assert_eq!(payload.kind(), None);
    assert_eq!(payload.data(), "null");
    assert_eq!(payload.data_start(), "null");
}

#[test]
fn data_may_be_any_value() {
    for data in ["null", "false", "251", "-1", r#""text""#, "[1,2]", "{}"] {
        for text in [
            format!(r#"{{"t":null,"s":null,"op":9,"d":{data}}}"#),
            format!(r#"{{"t":null,"s":null,"op":9,"d": {data} ,"x":1}}"#),
            format!(r#"{{"d": {data} ,"op":9}}"#),
        ] {
            let payload = Payload::parse(&text).unwrap();
            assert_eq!(payload.op(), OpCode::InvalidSession);
            assert_eq!(payload.data(), data, "{text}");
        }
    }
}

#[test]
fn an_unknown_opcode_keeps_its_number() {
    let payload = Payload::parse(r#"{"op":18446744073709551615,"d":{}}"#).unwrap();
    assert_eq!(payload.op(), OpCode::Unknown(u64::MAX));
}

#[test]
fn invalid_payloads_are_rejected() {
    use EnvelopeErrorKind::{
        Incomplete, InvalidName, InvalidOp, InvalidSequence, MissingOp, Syntax,
    };

    for (text, kind) in [
        ("", Incomplete),
        ("null", Incomplete),
        ("[]", Incomplete),
        (r#"{"op":11"#, Incomplete),
        (r#"{"op":11}}"#, Incomplete),
        (r#"{"op":11}{"op":11}"#, Incomplete),
        ("}", Syntax),
        ("[}", Syntax),
        ("{,}", Syntax),
        ("{op:11}", Syntax),
        (r#"{"op" 11}"#, Syntax),
        (r#"{"op":11,}"#, Syntax),
        (r#"{"op":11 "d":1}"#, Syntax),
        (r#"{"op":11,"d":}"#, Syntax),
        (r#"{"op":11,"d":x}"#, Syntax),
        (r#"{"op":11,"x":}"#, Syntax),
        (r#"{"op":11,"x":"}"#, Syntax),
        (r#"{"op":11,"x":"\"}"#, Syntax),
        (r#"{"op":11,"x":[}"#, Syntax),
        ("{}", MissingOp),
        (r#"{"d":{"op":11}}"#, MissingOp),
        (r#"{"op":null}"#, InvalidOp),
        (r#"{"op":"11"}"#, InvalidOp),
        (r#"{"op":-1}"#, InvalidOp),
        (r#"{"op":1.0}"#, InvalidOp),
        (r#"{"op":1e1}"#, InvalidOp),
        (r#"{"op":011}"#, InvalidOp),
        (r#"{"op":18446744073709551616}"#, InvalidOp),
        (r#"{"op":11x}"#, InvalidOp),
        (r#"{"op":0,"s":"1","t":"READY","d":{}}"#, InvalidSequence),
        (r#"{"op":0,"s":-1,"t":"READY","d":{}}"#, InvalidSequence),
        (r#"{"op":0,"s":1.5,"t":"READY","d":{}}"#, InvalidSequence),
        (r#"{"op":0,"s":1,"t":5,"d":{}}"#, InvalidName),
        (r#"{"op":0,"s":1,"t":{},"d":{}}"#, InvalidName),
        (r#"{"t":"READY"1,"op":0,"d":{}}"#, Syntax),
        (r#"{"t":"READY","s":1,"op":0,"d":}"#, Syntax),
        (r#"{"t":"READY","s":1,"op":0,"d":x}"#, Syntax),
        (r#"{"t":"READY","s":1{}}"#, InvalidSequence),
        (r#"{"t":"READY","s":1,{}}"#, Syntax),
        (r#"{"op":0,"s":1,"t":"\x","d":{}}"#, InvalidName),
        (r#"{"op":0,"s":1,"t":"\ud800","d":{}}"#, InvalidName),
    ] {
        let error = Payload::parse(text).expect_err(text);
        assert_eq!(error.kind(), kind, "{text}");
        assert!(error.position() <= text.len(), "{text}");
        assert_eq!(OwnedPayload::parse(text).expect_err(text), error);
    }
}

#[test]
fn an_error_has_the_position() {
    for (text, position) in [
        ("{}", 2),
        (r#"{"op":"11"}"#, 6),
        (r#"{"op":0,"s":-1}"#, 12),
        (r#"{"op":0,"s":1,"t":5}"#, 18),
        (r#"{"op":11,,"d":1}"#, 9),
    ] {
        assert_eq!(
            Payload::parse(text).unwrap_err().position(),
            position,
            "{text}"
        );
    }
}

/// Proxies send events of their own without a sequence number (P34).
#[test]
fn a_dispatch_may_have_no_sequence_number() {
    for text in [
        r#"{"op":0,"t":"MADE_UP","d":{}}"#,
        r#"{"op":0,"s":null,"t":"MADE_UP","d":{}}"#,
        r#"{"d":{},"t":"MADE_UP","op":0}"#,
    ] {
        let payload = Payload::parse(text).expect(text);
        assert_eq!(
            (payload.name(), payload.sequence()),
            (Some("MADE_UP"), None)
        );
    }
}

#[test]
fn debug_shows_the_envelope_without_the_text() {
    let text = r#"{"t":"VOICE_SERVER_UPDATE","s":42,"op":0,"d":{"token":"secret"}}"#;
    let payload = Payload::parse(text).unwrap();
    let shown = format!("{payload:?}");
    assert!(
        shown.contains("VOICE_SERVER_UPDATE") && shown.contains("42"),
        "{shown}"
    );
    assert!(!shown.contains("secret"), "{shown}");
    assert_eq!(format!("{:?}", payload.to_owned_payload()), shown);
}
