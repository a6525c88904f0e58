//! Section 5 of the suite: messages in several frames, and frames between them.

use super::case::{Case, Message, parts, text, whole};
use gloaming_test_support::wire::{BINARY, CONTINUATION, PING, PONG, TEXT, unfinished};

const FIRST: &[u8] = b"fragment1";
const SECOND: &[u8] = b"fragment2";

fn both() -> Message {
    text("fragment1fragment2")
}

#[test]
fn control_frames_are_never_in_parts() {
    for (number, opcode) in [("5.1", PING), ("5.2", PONG)] {
        Case::new(number, parts(opcode, [FIRST, SECOND]))
            .fails()
            .check();
    }
}

#[test]
fn message_in_parts_arrives_whole() {
    Case::new("5.3 to 5.5", parts(TEXT, [FIRST, SECOND]))
        .delivers([both()])
        .check();
    Case::new("5.3, binary", parts(BINARY, [FIRST, SECOND]))
        .delivers([Message::Binary([FIRST, SECOND].concat())])
        .check();
    let octets = b"fragment1fragment2".chunks(1);
    Case::new("5.3, each byte", parts(TEXT, octets))
        .delivers([both()])
        .check();
}

#[test]
fn pings_between_parts_are_answered() {
    let ping = b"ping payload".to_vec();
    Case::new(
        "5.6 to 5.8",
        [
            unfinished(TEXT, FIRST),
            whole(PING, &ping),
            whole(CONTINUATION, SECOND),
        ],
    )
    .delivers([both()])
    .answers([ping.clone()])
    .check();
    let mut frames = Vec::new();
    for (number, part) in [&b"fragment1"[..], b"fragment2", b"fragment3", b"fragment4"]
        .into_iter()
        .enumerate()
    {
        let opcode = if number == 0 { TEXT } else { CONTINUATION };
        frames.push(unfinished(opcode, part));
        frames.push(whole(PING, &ping));
    }
    frames.push(whole(CONTINUATION, b"fragment5"));
    Case::new("5.19 and 5.20", frames)
        .delivers([text("fragment1fragment2fragment3fragment4fragment5")])
        .answers(vec![ping; 4])
        .check();
}

#[test]
fn continuation_of_nothing_fails_the_connection() {
    let nothing = b"non-continuation payload";
    let hello = || whole(TEXT, b"Hello, world!");
    Case::new("5.9 to 5.11", [whole(CONTINUATION, nothing), hello()])
        .fails()
        .check();
    Case::new("5.12 to 5.14", [unfinished(CONTINUATION, nothing), hello()])
        .fails()
        .check();
    Case::new(
        "5.15",
        [
            unfinished(TEXT, FIRST),
            whole(CONTINUATION, SECOND),
            unfinished(CONTINUATION, b"fragment3"),
            whole(TEXT, b"fragment4"),
        ],
    )
    .delivers([both()])
    .fails()
    .check();
    for (number, part) in [
        ("5.16", unfinished(CONTINUATION, FIRST)),
        ("5.17", whole(CONTINUATION, FIRST)),
    ] {
        let message = [
            part,
            unfinished(TEXT, SECOND),
            whole(CONTINUATION, b"fragment3"),
        ];
        Case::new(number, [message.clone(), message].concat())
            .fails()
            .check();
    }
}

#[test]
fn message_inside_another_fails_the_connection() {
    Case::new("5.18", [unfinished(TEXT, FIRST), whole(TEXT, SECOND)])
        .fails()
        .check();
    Case::new(
        "5.18, another kind",
        [unfinished(TEXT, FIRST), whole(BINARY, SECOND)],
    )
    .fails()
    .check();
    Case::new(
        "5.18, unfinished",
        [unfinished(BINARY, FIRST), unfinished(BINARY, SECOND)],
    )
    .fails()
    .check();
}
