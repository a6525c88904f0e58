//! HELLO, and what comes in its place.

use super::case;
use crate::{
    Attack::{self, Payload, Silence},
    Case, Family, Reached, Reaction,
    Reaction::{Reconnects, Stays},
};

pub(super) fn cases() -> Vec<Case> {
    let of = |name, attack: Attack, reaction: Reaction| {
        case(Family::Hello, Reached::Open, name, attack, reaction)
    };
    vec![
        of("no HELLO", Silence, Reconnects),
        of("no data", Payload(|| r#"{"op":10}"#.to_owned()), Reconnects),
        of("null for data", Payload(|| hello("null")), Reconnects),
        of("an array for data", Payload(|| hello("[]")), Reconnects),
        of("no interval", Payload(|| hello("{}")), Reconnects),
        of(
            "an interval of null",
            Payload(|| interval("null")),
            Reconnects,
        ),
        of(
            "an interval in words",
            Payload(|| interval("\"41250\"")),
            Reconnects,
        ),
        of("an interval of 0", Payload(|| interval("0")), Reconnects),
        of(
            "an interval of a millisecond",
            Payload(|| interval("1")),
            Reconnects,
        ),
        of(
            "a negative interval",
            Payload(|| interval("-41250")),
            Reconnects,
        ),
        of(
            "an interval of a year",
            Payload(|| interval("31536000000")),
            Reconnects,
        ),
        of(
            "an interval of 1e308",
            Payload(|| interval("1e308")),
            Reconnects,
        ),
        of(
            "an interval of 1e999",
            Payload(|| interval("1e999")),
            Reconnects,
        ),
        of(
            "an interval of a thousand digits",
            Payload(|| interval(&"9".repeat(1000))),
            Reconnects,
        ),
        of(
            "op 7 in its place",
            Payload(|| r#"{"op":7,"d":null}"#.to_owned()),
            Reconnects,
        ),
        of(
            "op 9 in its place",
            Payload(|| r#"{"op":9,"d":false}"#.to_owned()),
            Reconnects,
        ),
        of(
            "an ACK before it",
            Payload(|| r#"{"op":11,"d":null}"#.to_owned()),
            Stays,
        ),
        of(
            "a heartbeat request before it",
            Payload(|| r#"{"op":1,"d":null}"#.to_owned()),
            Stays,
        ),
        of(
            "an unknown op before it",
            Payload(|| r#"{"op":4294967295,"d":null}"#.to_owned()),
            Stays,
        ),
        of(
            "an event before it",
            Payload(|| event("GUILD_DELETE", r#"{"id":"1"}"#)),
            Stays,
        ),
        of(
            "READY before it",
            Payload(|| event("READY", r#"{"session_id":"a"}"#)),
            Stays,
        ),
        of(
            "RESUMED before it",
            Payload(|| event("RESUMED", "{}")),
            Stays,
        ),
        case(
            Family::Hello,
            Reached::Identified,
            "a second HELLO",
            Payload(|| interval("41250")),
            Stays,
        ),
        case(
            Family::Hello,
            Reached::Active,
            "a HELLO with another interval after READY",
            Payload(|| interval("500")),
            Stays,
        ),
    ]
}

fn hello(data: &str) -> String {
    format!(r#"{{"t":null,"s":null,"op":10,"d":{data}}}"#)
}

fn interval(interval: &str) -> String {
    hello(&format!(r#"{{"heartbeat_interval":{interval}}}"#))
}

fn event(name: &str, data: &str) -> String {
    format!(r#"{{"t":"{name}","s":1,"op":0,"d":{data}}}"#)
}
