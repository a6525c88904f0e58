//! simd-json and serde_json accept and reject the same events, and return the same results.
//!
//! There are two documented exceptions: `-0` as an integer, and the last bit of long fractions.
#![cfg(feature = "simd-json")]

mod variants;

use self::variants::{mangle, multiply};
use crate::harness::{dispatch_fixture, dispatch_text, json::spell};
use gloaming_protocol::{
    Decoded, DispatchKind, Event, EventError, JsonParser, Payload, TypeSource, decode_event,
};
use gloaming_test_support::Random;
use serde_json::{Value, json};
use std::error::Error;
use twilight_model::application::interaction::InteractionData;
use twilight_model::application::interaction::application_command::CommandOptionValue;

/// Returns the result of both parsers, or a description of the difference.
fn compare(text: &str) -> Result<Outcome, String> {
    let Ok(payload) = Payload::parse(text) else {
        return Ok(Outcome::NoPayload);
    };
    let serde = decode_event(&payload, JsonParser::Serde);
    let simd = decode_event(&payload, JsonParser::Simd);
    match (&serde, &simd) {
        (Ok(Decoded::Event(serde)), Ok(Decoded::Event(simd))) if serde == simd => {
            assert_eq!(format!("{serde:?}"), format!("{simd:?}"));
            Ok(Outcome::Event)
        }
        (Ok(Decoded::Repaired(serde)), Ok(Decoded::Repaired(simd)))
            if serde.event() == simd.event() =>
        {
            assert_eq!(serde.repairs(), simd.repairs());
            Ok(Outcome::Repaired)
        }
        (Ok(Decoded::Unknown(serde)), Ok(Decoded::Unknown(simd))) => {
            assert_eq!(serde.data(), simd.data());
            Ok(Outcome::Unknown)
        }
        (Err(serde), Err(simd)) => {
            assert_eq!(serde.payload().text(), text);
            assert_eq!(simd.payload().text(), text);
            Ok(Outcome::Error)
        }
        _ => Err(format!("{}; {}: {text}", describe(&serde), describe(&simd))),
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Outcome {
    NoPayload,
    Event,
    Repaired,
    Unknown,
    Error,
}

fn describe(result: &Result<Decoded, EventError>) -> String {
    match result {
        Ok(decoded) => format!("{decoded:?}"),
        Err(error) => format!("{}", error.source().unwrap()),
    }
}

fn agree(text: &str) -> Outcome {
    compare(text).unwrap_or_else(|difference| panic!("{difference}"))
}

fn data(kind: DispatchKind) -> Value {
    serde_json::from_str(&dispatch_fixture(kind.name())).unwrap()
}

fn text(kind: DispatchKind, data: &Value) -> String {
    dispatch_text(kind.name(), 42, &data.to_string())
}

#[test]
fn documented_events_agree() {
    for kind in DispatchKind::ALL {
        let text = dispatch_text(kind.name(), 42, &dispatch_fixture(kind.name()));
        let expected = match kind.type_source() {
            TypeSource::Model => Outcome::Event,
            TypeSource::Supplement | TypeSource::Untyped => Outcome::Unknown,
        };
        assert_eq!(agree(&text), expected, "{kind}");
    }
}

#[test]
fn any_spelling_agrees() {
    for kind in DispatchKind::ALL {
        let data = data(kind);
        for seed in 0..40 {
            let mut random = Random::new(seed);
            let text = dispatch_text(kind.name(), 42, &spell(&mut random, &data));
            assert_ne!(agree(&text), Outcome::Error, "{kind}, seed {seed}");
        }
    }
}

#[test]
fn large_events_agree() {
    let mut random = Random::new(1);
    for kind in [
        DispatchKind::GuildCreate,
        DispatchKind::MemberChunk,
        DispatchKind::Ready,
        DispatchKind::ThreadListSync,
        DispatchKind::GuildEmojisUpdate,
        DispatchKind::MessageDeleteBulk,
    ] {
        let mut data = data(kind);
        multiply(&mut random, &mut data, 300);
        let text = text(kind, &data);
        assert!(text.len() > 5_000, "{kind} has {} bytes", text.len());
        assert_eq!(agree(&text), Outcome::Event, "{kind}");
    }
    let mut message = data(DispatchKind::MessageCreate);
    for seed in 0..100 {
        let mut random = Random::new(seed);
        let content = (0..random.below(4_000))
            .map(|_| char::from_u32((random.next() >> 40) as u32 % 0x11_0000).unwrap_or('\\'));
        message["content"] = content.collect::<String>().into();
        assert_eq!(
            agree(&text(DispatchKind::MessageCreate, &message)),
            Outcome::Event,
            "seed {seed}"
        );
    }
}

#[test]
fn mismatched_events_agree() {
    let mut outcomes = [0; 3];
    for kind in DispatchKind::ALL {
        let whole = data(kind);
        for seed in 0..20 {
            let mut random = Random::new(seed);
            let mut data = whole.clone();
            for _ in 0..=random.below(3) {
                mangle(&mut random, &mut data);
            }
            let text = dispatch_text(kind.name(), 42, &spell(&mut random, &data));
            match agree(&text) {
                Outcome::Event => outcomes[0] += 1,
                Outcome::Repaired => outcomes[1] += 1,
                Outcome::Error => outcomes[2] += 1,
                Outcome::Unknown | Outcome::NoPayload => {}
            }
        }
    }
    // Otherwise the test shows little.
    assert!(outcomes.iter().all(|count| *count > 100), "{outcomes:?}");
}

#[test]
fn duplicate_keys_agree() {
    for kind in DispatchKind::ALL {
        let Value::Object(members) = data(kind) else {
            continue;
        };
        for (key, value) in &members {
            for second in [value.clone(), Value::Null, json!("other"), json!(1)] {
                let rest = members
                    .iter()
                    .map(|(key, value)| format!("{}:{value}", Value::from(&**key)));
                let rest = Vec::from_iter(rest).join(",");
                let data = format!("{{{rest},{}:{second}}}", Value::from(&**key));
                agree(&dispatch_text(kind.name(), 42, &data));
            }
        }
    }
}

#[test]
fn truncated_texts_agree() {
    for kind in DispatchKind::ALL {
        let text = dispatch_text(kind.name(), 42, &dispatch_fixture(kind.name()));
        let mut random = Random::new(kind as u64);
        for _ in 0..100 {
            let end = random.below(text.len());
            if text.is_char_boundary(end) {
                agree(&text[..end]);
                agree(&format!("{}}}", &text[..end]));
            }
        }
    }
}

/// The scanner stops within a character.
#[test]
fn invalid_escapes_in_unterminated_strings_agree() {
    for data in [r#"{"a":"\é}"#, r#"{"a":"\é"#, r#""\é}"#, r#"{"\🦀}"#] {
        let text = format!(r#"{{"t":"TYPING_START","s":1,"op":0,"d":{data}"#);
        assert_ne!(agree(&text), Outcome::Event, "{text}");
    }
}

fn has_negative_zero(text: &str) -> bool {
    let mut values = text.split([':', ',', '[']).map(str::trim_start);
    values.any(|value| value.starts_with("-0"))
}

#[test]
fn changed_characters_agree() {
    const REPLACEMENTS: &[u8] = b"\"\\{}[],:0-.eE+xtfn \x01\x7f\n";

    for kind in DispatchKind::ALL {
        let text = dispatch_text(kind.name(), 42, &dispatch_fixture(kind.name()));
        for seed in 0..20 {
            let mut random = Random::new(seed);
            let mut bytes = text.clone().into_bytes();
            for _ in 0..=random.below(3) {
                let position = random.below(bytes.len());
                bytes[position] = random.pick(REPLACEMENTS);
            }
            if let Ok(changed) = String::from_utf8(bytes) {
                match compare(&changed) {
                    // An integer for simd-json, a fraction for serde_json.
                    Err(_) if has_negative_zero(&changed) => {}
                    Err(difference) => panic!("{difference}"),
                    Ok(_) => {}
                }
            }
        }
    }
}

#[test]
fn unusual_values_agree() {
    for value in [
        "-0",
        "0.0",
        "1e3",
        "1E+2",
        "0.1e-5",
        "18446744073709551615",
        "9223372036854775808",
        "-9223372036854775808",
        "123456789.123456789",
        r#""\ud83d\ude00""#,
        r#""\u0000""#,
        r#""\/\b\f\n\r\t\"\\""#,
        r#""""#,
        "[]",
        "{}",
        "[[[[[[]]]]]]",
        r#"{"":{"":[]}}"#,
        // Invalid JSON, or numbers out of range.
        "18446744073709551616",
        "-9223372036854775809",
        "1e400",
        "-1e400",
        "01",
        "1.",
        ".5",
        "+1",
        "-",
        "1e",
        "0x10",
        "NaN",
        "Infinity",
        "nul",
        "truex",
        r#""\ud800""#,
        r#""\udc00\ud800""#,
        r#""\ud800x""#,
        r#""\x""#,
        r#""\u12""#,
        "\"\u{1}\"",
        "\"\n\"",
        "'a'",
        "[1,]",
        "[,]",
        "[1 2]",
        r#"{"a"}"#,
        r#"{"a":1,}"#,
        r#"{a:1}"#,
        "{1:1}",
        "",
    ] {
        for name in [
            "MESSAGE_DELETE",
            "GUILD_DELETE",
            "TYPING_START",
            "INVITE_DELETE",
        ] {
            for data in [
                value.to_owned(),
                format!(r#"{{"id":{value},"channel_id":"1"}}"#),
                format!(r#"{{"id":"2","channel_id":"1","guild_id":{value}}}"#),
                format!(r#"{{"id":"2","channel_id":"1","unavailable":{value}}}"#),
                format!(r#"{{"id":"2","channel_id":"1","user_id":"3","timestamp":{value}}}"#),
                format!(r#"{{"guild_id":"2","channel_id":"1","code":{value}}}"#),
                format!(r#"{{"id":"2","channel_id":"1","unknown":{value}}}"#),
                format!(r#"{{"id":"2","channel_id":"1","unknown":[{value}]}}"#),
            ] {
                let text = dispatch_text(name, 42, &data);
                match compare(&text) {
                    // An integer for simd-json, a fraction for serde_json.
                    Err(_) if value == "-0" => {}
                    Err(difference) => panic!("{difference}"),
                    Ok(_) => {}
                }
            }
        }
    }
}

/// Recursion without a limit would overflow the stack and abort the process.
#[test]
fn deeply_nested_values_agree() {
    for depth in [1, 100, 126, 127, 128, 129, 100_000] {
        let deep = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let data = format!(r#"{{"id":"2","channel_id":"1","unknown":{deep}}}"#);
        let outcome = agree(&dispatch_text("MESSAGE_DELETE", 42, &data));
        assert_eq!(outcome, Outcome::Event, "{depth}");
        let data = format!(r#"{{"id":{deep},"channel_id":"1"}}"#);
        let outcome = agree(&dispatch_text("MESSAGE_DELETE", 42, &data));
        assert_eq!(outcome, Outcome::Error, "{depth}");
    }
}

#[test]
fn fractions_agree() {
    for seed in 0..1_000 {
        let mut random = Random::new(seed);
        let short = random.next() % 1_000_000_000_000_000;
        let exponent = random.below(30) - 15;
        assert_eq!(agree(&option(&format!("{short}.0"))), Outcome::Event);
        assert_eq!(
            agree(&option(&format!("{short}e{exponent}"))),
            Outcome::Event
        );
        assert_eq!(agree(&option(&format!("-0.{short:015}"))), Outcome::Event);

        // With more digits than an f64 can represent, the last bit may differ.
        let text = option(&format!("{}.{}", random.below(1_000), random.next()));
        let [serde, simd] = JsonParser::ALL.map(|parser| value_of_option(&text, parser));
        assert!(serde.to_bits().abs_diff(simd.to_bits()) <= 1, "{text}");
    }
}

#[test]
fn unpaired_surrogates_agree() {
    for (data, expected) in [
        (
            r#"{"guild_id":"2","channel_id":"1","code":"\ud83d\ude00"}"#,
            Outcome::Event,
        ),
        (
            r#"{"guild_id":"2","channel_id":"1","code":"\\ud800"}"#,
            Outcome::Event,
        ),
        // simd-json alone would decode a NUL.
        (
            r#"{"guild_id":"2","channel_id":"1","code":"\ud800"}"#,
            Outcome::Repaired,
        ),
        (
            r#"{"guild_id":"2","channel_id":"1","code":"\uD800x"}"#,
            Outcome::Repaired,
        ),
        (
            r#"{"guild_id":"2","channel_id":"1","code":"\ud800\u0041"}"#,
            Outcome::Repaired,
        ),
        (
            r#"{"guild_id":"2","channel_id":"1","code":"\ude00\ud83d"}"#,
            Outcome::Repaired,
        ),
        // No field uses it.
        (
            r#"{"guild_id":"2","channel_id":"1","code":"x","unknown":"\ude00"}"#,
            Outcome::Event,
        ),
    ] {
        assert_eq!(
            agree(&dispatch_text("INVITE_DELETE", 42, data)),
            expected,
            "{data}"
        );
    }
}

/// A command with an option of this value.
fn option(value: &str) -> String {
    let mut data = data(DispatchKind::InteractionCreate);
    data["data"]["options"] = json!([{"name": "x", "type": 10, "value": "VALUE"}]);
    text(DispatchKind::InteractionCreate, &data).replace("\"VALUE\"", value)
}

fn value_of_option(text: &str, parser: JsonParser) -> f64 {
    let payload = Payload::parse(text).unwrap();
    let Ok(Decoded::Event(Event::InteractionCreate(event))) = decode_event(&payload, parser) else {
        panic!("{text}");
    };
    let Some(InteractionData::ApplicationCommand(command)) = event.0.data else {
        panic!("{text}");
    };
    match command.options[0].value {
        CommandOptionValue::Number(number) => number,
        ref other => panic!("{other:?}"),
    }
}
