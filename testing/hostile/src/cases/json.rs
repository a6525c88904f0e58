//! Payloads that are not JSON, or not payloads.

use super::case;
use crate::{
    Attack::{self, Payload, Text},
    Case, Family, Reached, Reaction,
    Reaction::{Reconnects, Stays},
};

pub(super) fn cases() -> Vec<Case> {
    let of = |name, attack: Attack, reaction: Reaction| {
        case(Family::Json, Reached::Active, name, attack, reaction)
    };
    vec![
        of(
            "a page",
            Payload(|| "<html>busy</html>".to_owned()),
            Reconnects,
        ),
        of("nothing", Payload(|| " ".to_owned()), Reconnects),
        of("null", Payload(|| "null".to_owned()), Reconnects),
        of("an array", Payload(|| "[]".to_owned()), Reconnects),
        of("a string", Payload(|| "\"op\"".to_owned()), Reconnects),
        of("an empty object", Payload(|| "{}".to_owned()), Reconnects),
        of(
            "half of an object",
            Payload(|| r#"{"op":0,"s":3,"t":"X","d":{"a":"#.to_owned()),
            Reconnects,
        ),
        of(
            "two objects",
            Payload(|| r#"{"op":11}{"op":11}"#.to_owned()),
            Reconnects,
        ),
        of(
            "an object and garbage",
            Payload(|| r#"{"op":11} x"#.to_owned()),
            Reconnects,
        ),
        of(
            "a byte order mark",
            Payload(|| "\u{feff}{\"op\":11}".to_owned()),
            Reconnects,
        ),
        of(
            "a comment",
            Payload(|| r#"{"op":11/*ack*/}"#.to_owned()),
            Reconnects,
        ),
        of(
            "single quotes",
            Payload(|| "{'op':11}".to_owned()),
            Reconnects,
        ),
        of(
            "a comma at the end",
            Payload(|| r#"{"op":11,}"#.to_owned()),
            Reconnects,
        ),
        of("zero bytes", Payload(|| "\0\0\0\0".to_owned()), Reconnects),
        of(
            "an endless array",
            Payload(|| "[".repeat(1 << 19)),
            Reconnects,
        ),
        of(
            "a deep object",
            Payload(|| format!("{}1{}", r#"{"a":"#.repeat(50_000), "}".repeat(50_000))),
            Reconnects,
        ),
        of(
            "no op",
            Payload(|| r#"{"t":"X","s":3,"d":{}}"#.to_owned()),
            Reconnects,
        ),
        of(
            "a negative op",
            Payload(|| r#"{"op":-1}"#.to_owned()),
            Reconnects,
        ),
        of(
            "an op in words",
            Payload(|| r#"{"op":"11"}"#.to_owned()),
            Reconnects,
        ),
        of(
            "a fraction of an op",
            Payload(|| r#"{"op":1.5}"#.to_owned()),
            Reconnects,
        ),
        of(
            "an op of a thousand digits",
            Payload(|| format!(r#"{{"op":{}}}"#, "9".repeat(1000))),
            Reconnects,
        ),
        of(
            "a sequence in words",
            Payload(|| r#"{"op":0,"s":"3","t":"X","d":{}}"#.to_owned()),
            Reconnects,
        ),
        of(
            "a negative sequence",
            Payload(|| r#"{"op":0,"s":-3,"t":"X","d":{}}"#.to_owned()),
            Reconnects,
        ),
        of(
            "a sequence of 1e400",
            Payload(|| r#"{"op":0,"s":1e400,"t":"X","d":{}}"#.to_owned()),
            Reconnects,
        ),
        of(
            "a number for a name",
            Payload(|| r#"{"op":0,"s":3,"t":7,"d":{}}"#.to_owned()),
            Reconnects,
        ),
        of(
            "an unknown op",
            Payload(|| r#"{"op":99,"d":{}}"#.to_owned()),
            Stays,
        ),
        of(
            "an op of a client",
            Payload(|| r#"{"op":2,"d":{"token":"x"}}"#.to_owned()),
            Stays,
        ),
        of(
            "an event without a name",
            Payload(|| r#"{"op":0,"s":3,"t":null,"d":{}}"#.to_owned()),
            Stays,
        ),
        of(
            "an event without data",
            Payload(|| r#"{"op":0,"s":3,"t":"TYPING_START"}"#.to_owned()),
            Stays,
        ),
        of(
            "an event of null",
            Payload(|| event("MESSAGE_CREATE", "null")),
            Stays,
        ),
        of(
            "an event of an array",
            Payload(|| event("GUILD_CREATE", "[]")),
            Stays,
        ),
        of(
            "an event of wrong types",
            Payload(|| event("GUILD_CREATE", r#"{"id":{},"members":7}"#)),
            Stays,
        ),
        of(
            "an unknown event",
            Payload(|| event("BRAND_NEW", "{}")),
            Stays,
        ),
        of(
            "an event that arrives again",
            Payload(|| r#"{"op":0,"s":1,"t":"X","d":{}}"#.to_owned()),
            Stays,
        ),
        of(
            "the last sequence",
            Payload(|| format!(r#"{{"op":0,"s":{},"t":"X","d":{{}}}}"#, u64::MAX)),
            Stays,
        ),
        of(
            "half of a surrogate pair",
            Payload(|| event("TYPING_START", r#"{"a":"\ud800"}"#)),
            Stays,
        ),
        of(
            "a deep event",
            Payload(|| {
                event(
                    "X",
                    &format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)),
                )
            }),
            Stays,
        ),
        of(
            "an event of a long name",
            Payload(|| event(&format!("A\\n\\u001b[2J{}", "x".repeat(1 << 19)), "{}")),
            Stays,
        ),
        of(
            "a value of half a megabyte in place of a number",
            Payload(|| {
                event(
                    "TYPING_START",
                    &format!(r#"{{"timestamp":"{}"}}"#, "x".repeat(1 << 19)),
                )
            }),
            Stays,
        ),
        of(
            "ten thousand keys",
            Payload(|| event("TYPING_START", &keys(10_000))),
            Stays,
        ),
        of(
            "text that is not UTF-8",
            Text(|| b"{\"op\":0,\"s\":3,\"t\":\"X\",\"d\":\"\xff\"}".to_vec()),
            Reconnects,
        ),
    ]
}

fn event(name: &str, data: &str) -> String {
    format!(r#"{{"op":0,"s":3,"t":"{name}","d":{data}}}"#)
}

fn keys(count: u32) -> String {
    let keys = Vec::from_iter((0..count).map(|number| format!(r#""k{number}":{number}"#)));
    format!("{{{}}}", keys.join(","))
}
