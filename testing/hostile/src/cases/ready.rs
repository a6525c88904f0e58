//! READY, and what comes in its place.

use super::case;
use crate::{
    Attack::{self, Payload, Silence},
    Case, Family, Reached, Reaction,
    Reaction::{Reconnects, Stays},
    Then,
};

pub(super) fn cases() -> Vec<Case> {
    let of = |name, attack: Attack, reaction: Reaction| {
        case(Family::Ready, Reached::Identified, name, attack, reaction)
    };
    let resume_url = |name, attack: Attack| of(name, attack, Reconnects).then(Then::End);
    vec![
        of("the end in its place", Silence, Reconnects).then(Then::End),
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
            "op 9 that asks to resume nothing",
            Payload(|| r#"{"op":9,"d":true}"#.to_owned()),
            Reconnects,
        ),
        of("null for data", Payload(|| ready("null")), Reconnects),
        of("an array for data", Payload(|| ready("[]")), Reconnects),
        of("no session", Payload(|| ready("{}")), Reconnects),
        of(
            "an empty session id",
            Payload(|| ready(r#"{"session_id":""}"#)),
            Reconnects,
        ),
        of(
            "null for the session",
            Payload(|| ready(r#"{"session_id":null}"#)),
            Reconnects,
        ),
        of(
            "a number for the session",
            Payload(|| ready(r#"{"session_id":7}"#)),
            Reconnects,
        ),
        of(
            "RESUMED in its place",
            Payload(|| dispatch("RESUMED", "{}")),
            Stays,
        ),
        of(
            "an event before it",
            Payload(|| dispatch("GUILD_DELETE", r#"{"id":"1"}"#)),
            Stays,
        ),
        of(
            "a number for the resume URL",
            Payload(|| resuming_on("7")),
            Reconnects,
        ),
        resume_url(
            "a resume URL of another port",
            Payload(|| resuming_on(r#""ws://127.0.0.1:1""#)),
        ),
        resume_url(
            "a resume URL of HTTP",
            Payload(|| resuming_on(r#""http://127.0.0.1:1""#)),
        ),
        resume_url(
            "a resume URL of a file",
            Payload(|| resuming_on(r#""file:///etc/passwd""#)),
        ),
        resume_url(
            "a resume URL without a host",
            Payload(|| resuming_on(r#""wss://""#)),
        ),
        resume_url(
            "a resume URL of words",
            Payload(|| resuming_on(r#""not a url""#)),
        ),
        resume_url("an empty resume URL", Payload(|| resuming_on(r#""""#))),
        resume_url(
            "a resume URL with control characters",
            Payload(|| resuming_on(r#""ws://a\r\nX-Injected: 1\u001b[2J\u0000""#)),
        ),
        resume_url(
            "a resume URL with credentials",
            Payload(|| resuming_on(r#""ws://name:password@127.0.0.1:1""#)),
        ),
        resume_url(
            "a resume URL of half a megabyte",
            Payload(|| resuming_on(&format!(r#""ws://{}:1""#, "a".repeat(1 << 19)))),
        ),
        case(
            Family::Ready,
            Reached::Active,
            "a second READY of another session",
            Payload(|| ready(r#"{"session_id":"another"}"#)),
            Stays,
        ),
        case(
            Family::Ready,
            Reached::Active,
            "a session id that forges lines of the log",
            Payload(|| {
                ready(r#"{"session_id":"x\n2026-01-01T00:00:00Z  INFO forged\u001b[2J\u0000"}"#)
            }),
            Reconnects,
        ),
        case(
            Family::Ready,
            Reached::Active,
            "a session id of half a megabyte",
            Payload(|| ready(&format!(r#"{{"session_id":"{}"}}"#, "x".repeat(1 << 19)))),
            Reconnects,
        ),
        case(
            Family::Ready,
            Reached::Active,
            "a thousand guilds that never arrive",
            Payload(|| {
                let guild = |id| format!(r#"{{"id":"{id}","unavailable":true}}"#);
                let guilds = Vec::from_iter((1..=1000).map(guild)).join(",");
                ready(&format!(r#"{{"session_id":"x","guilds":[{guilds}]}}"#))
            }),
            Stays,
        ),
        case(
            Family::Ready,
            Reached::Active,
            "guilds of every wrong type",
            Payload(|| ready(r#"{"session_id":"x","guilds":[null,7,{"id":[]},{"id":"-1"},"a"]}"#)),
            Stays,
        ),
    ]
}

fn dispatch(name: &str, data: &str) -> String {
    format!(r#"{{"t":"{name}","s":1,"op":0,"d":{data}}}"#)
}

fn ready(data: &str) -> String {
    dispatch("READY", data)
}

fn resuming_on(url: &str) -> String {
    ready(&format!(
        r#"{{"session_id":"x","resume_gateway_url":{url}}}"#
    ))
}
