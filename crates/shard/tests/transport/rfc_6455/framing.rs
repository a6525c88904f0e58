//! Sections 1 to 4 of the suite: sizes, pings and pongs, reserved bits, reserved opcodes.

use super::case::{Case, Message, reserved, text, text_of, whole};
use gloaming_test_support::wire::{BINARY, CLOSE, PING, PONG, TEXT, close_frame, unfinished};

/// The lengths at which the header changes, and those beside them.
const LENGTHS: [usize; 8] = [0, 125, 126, 127, 128, 65_535, 65_536, 65_536];

#[test]
fn messages_of_every_form_of_length_arrive() {
    for (number, length) in (1..).zip(LENGTHS) {
        let sent = text_of(length);
        Case::new(format!("1.1.{number}"), [whole(TEXT, sent.as_bytes())])
            .delivers([text(sent)])
            .check();
        let sent = vec![0xfe; length];
        Case::new(format!("1.2.{number}"), [whole(BINARY, &sent)])
            .delivers([Message::Binary(sent)])
            .check();
    }
}

#[test]
fn pings_are_answered_in_order() {
    let binary = vec![0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff];
    for (number, payload) in [
        ("2.1", Vec::new()),
        ("2.2", b"Hello, world!".to_vec()),
        ("2.3", binary),
        ("2.4 and 2.6", vec![0xfe; 125]),
    ] {
        Case::new(number, [whole(PING, &payload)])
            .answers([payload])
            .check();
    }
    let payloads = (0..10).map(|n| format!("payload-{n}").into_bytes());
    Case::new(
        "2.10 and 2.11",
        payloads.clone().map(|payload| whole(PING, &payload)),
    )
    .answers(payloads)
    .check();
}

#[test]
fn ping_of_126_bytes_fails_the_connection() {
    Case::new("2.5", [whole(PING, &[0xfe; 126])])
        .fails()
        .check();
    Case::new("2.5, a pong", [whole(PONG, &[0xfe; 126])])
        .fails()
        .check();
}

#[test]
fn pongs_that_nobody_asked_for_are_ignored() {
    Case::new("2.7", [whole(PONG, b"")]).check();
    Case::new("2.8", [whole(PONG, b"unsolicited pong payload")]).check();
    let ping = b"ping payload".to_vec();
    Case::new(
        "2.9",
        [whole(PONG, b"unsolicited pong payload"), whole(PING, &ping)],
    )
    .answers([ping])
    .check();
}

#[test]
fn reserved_bits_fail_the_connection_behind_what_came_before() {
    let hello = || whole(TEXT, b"Hello, world!");
    Case::new("3.1", [reserved(1, hello())]).fails().check();
    for (number, bits) in [("3.2", 2), ("3.3", 3), ("3.4", 4)] {
        Case::new(number, [hello(), reserved(bits, hello()), whole(PING, b"")])
            .delivers([text("Hello, world!")])
            .fails()
            .check();
    }
    let binary = whole(BINARY, &[0, 0xff, 0xfe, 0xfd, 0xfc, 0xfb]);
    Case::new("3.5", [reserved(5, binary)]).fails().check();
    let ping = whole(PING, b"Hello, world!");
    Case::new("3.6", [reserved(6, ping)]).fails().check();
    Case::new("3.7", [reserved(7, close_frame(1000, ""))])
        .fails()
        .check();
    for opcode in [0, TEXT, BINARY, CLOSE, PING, PONG] {
        for bits in 1..8 {
            Case::new(
                format!("3, bits {bits} of opcode {opcode}"),
                [reserved(bits, whole(opcode, b""))],
            )
            .fails()
            .check();
        }
    }
}

#[test]
fn reserved_opcodes_fail_the_connection_behind_what_came_before() {
    let hello = || whole(TEXT, b"Hello, world!");
    for (section, opcodes) in [("4.1", 3..=7_u8), ("4.2", 11..=15)] {
        for (number, opcode) in (1..).zip(opcodes) {
            Case::new(
                format!("{section}.{number}, first"),
                [whole(opcode, b""), whole(PING, b"")],
            )
            .fails()
            .check();
            Case::new(
                format!("{section}.{number}, with a payload"),
                [hello(), whole(opcode, b"reserved"), whole(PING, b"")],
            )
            .delivers([text("Hello, world!")])
            .fails()
            .check();
            Case::new(
                format!("{section}.{number}, unfinished"),
                [unfinished(opcode, b"reserved")],
            )
            .fails()
            .check();
        }
    }
}

#[test]
fn masked_frames_of_a_server_fail_the_connection() {
    for opcode in [TEXT, BINARY, PING, CLOSE] {
        let masked = vec![0x80 | opcode, 0x82, 1, 2, 3, 4, 3 ^ 1, 232 ^ 2];
        Case::new(format!("section 5.1, opcode {opcode}"), [masked])
            .fails()
            .check();
    }
}
