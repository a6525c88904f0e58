//! Section 7 of the suite: close frames.

use super::case::{Case, End, text, text_of, whole};
use gloaming_test_support::wire::{CLOSE, CONTINUATION, PING, TEXT, close_frame, unfinished};

fn closed(code: u16) -> End {
    End::Closed(Some(code))
}

#[test]
fn close_frame_ends_the_connection_behind_what_came_before() {
    Case::new(
        "7.1.1",
        [whole(TEXT, b"Hello World!"), close_frame(1000, "")],
    )
    .delivers([text("Hello World!")])
    .ends(closed(1000))
    .check();
    let large = text_of(256 * 1024);
    Case::new(
        "7.1.6",
        [
            whole(TEXT, large.as_bytes()),
            close_frame(1000, ""),
            whole(PING, b""),
        ],
    )
    .delivers([text(large)])
    .ends(closed(1000))
    .check();
}

#[test]
fn frames_after_the_close_frame_are_ignored() {
    let close = || close_frame(1000, "");
    Case::new("7.1.2", [close(), close()])
        .ends(closed(1000))
        .check();
    Case::new("7.1.3", [close(), whole(PING, b"")])
        .ends(closed(1000))
        .check();
    Case::new("7.1.4", [close(), whole(TEXT, b"Hello World!")])
        .ends(closed(1000))
        .check();
    Case::new(
        "7.1.5",
        [
            unfinished(TEXT, b"fragment1"),
            close(),
            whole(CONTINUATION, b"fragment2"),
        ],
    )
    .ends(closed(1000))
    .check();
}

#[test]
fn close_frame_has_a_whole_code_and_a_reason_of_at_most_123_bytes() {
    Case::new("7.3.1", [whole(CLOSE, b"")])
        .ends(End::Closed(None))
        .check();
    for half in [b"a", b"\x03"] {
        Case::new("7.3.2", [whole(CLOSE, half)]).fails().check();
    }
    for (number, reason) in [
        ("7.3.3", String::new()),
        ("7.3.4", "Hello World!".to_owned()),
        ("7.3.5", "*".repeat(123)),
        (
            "7.3.5, two bytes per character",
            format!("{}*", "é".repeat(61)),
        ),
    ] {
        Case::new(number, [close_frame(1000, &reason)])
            .ends(closed(1000))
            .check();
    }
    Case::new("7.3.6", [close_frame(1000, &"*".repeat(124))])
        .fails()
        .check();
    Case::new("7.3.6, in parts", [unfinished(CLOSE, &[3, 232])])
        .fails()
        .check();
}

#[test]
fn reason_that_is_not_utf8_fails_the_connection() {
    for reason in [
        &b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited"[..],
        b"\xff",
        b"cut \xe1\xbd",
    ] {
        let payload = [&1000_u16.to_be_bytes()[..], reason].concat();
        Case::new("7.5.1", [whole(CLOSE, &payload)])
            .ends(End::Failed(1007))
            .check();
    }
}

#[test]
fn codes_that_servers_may_send_are_echoed() {
    let codes = [
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999,
    ];
    for (number, code) in (1..).zip(codes) {
        Case::new(format!("7.7.{number}"), [close_frame(code, "")])
            .ends(closed(code))
            .check();
    }
    for code in 4000..=4014 {
        Case::new(format!("Discord's {code}"), [close_frame(code, "Reason.")])
            .ends(closed(code))
            .check();
    }
}

#[test]
fn codes_that_nobody_may_send_are_violations() {
    let codes = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999];
    for (number, code) in (1..).zip(codes) {
        Case::new(format!("7.9.{number}"), [close_frame(code, "")])
            .ends(closed(1002))
            .check();
    }
    for (number, code) in [("7.13.1", 5000), ("7.13.2", 65_535)] {
        Case::new(number, [close_frame(code, "")])
            .ends(closed(1002))
            .check();
    }
}
