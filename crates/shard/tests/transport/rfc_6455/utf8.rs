//! Section 6 of the suite: texts that are UTF-8, and texts that are not, in every division into frames.

use super::case::{Case, End, parts, text};
use gloaming_test_support::wire::TEXT;

/// Valid texts, by the numbers of the suite.
const VALID: &[(&str, &[u8])] = &[
    ("6.2.1", "Hello-µ@ßöäüàá-UTF-8!!".as_bytes()),
    ("6.5", "κόσμε".as_bytes()),
    // The smallest and the largest character of each length.
    ("6.7.1", b"\x00"),
    ("6.7.2", b"\xc2\x80"),
    ("6.7.3", b"\xe0\xa0\x80"),
    ("6.7.4", b"\xf0\x90\x80\x80"),
    ("6.9.1", b"\x7f"),
    ("6.9.2", b"\xdf\xbf"),
    ("6.9.3", b"\xef\xbf\xbf"),
    ("6.9.4", b"\xf4\x8f\xbf\xbf"),
    // Beside the surrogates, and at the end.
    ("6.11.1", b"\xed\x9f\xbf"),
    ("6.11.2", b"\xee\x80\x80"),
    ("6.11.3", b"\xef\xbf\xbd"),
    ("6.11.4", b"\xf4\x8f\xbf\xbf"),
    // Noncharacters are characters of a text.
    ("6.22.1", b"\xef\xbf\xbe"),
    ("6.22.2", b"\xef\xbf\xbf"),
    ("6.22.3", b"\xf0\x9f\xbf\xbe"),
    ("6.22.4", b"\xf0\x9f\xbf\xbf"),
    ("6.22.5", b"\xf0\xaf\xbf\xbe"),
    ("6.22.6", b"\xf0\xaf\xbf\xbf"),
    ("6.22.7", b"\xf0\xbf\xbf\xbe"),
    ("6.22.8", b"\xf0\xbf\xbf\xbf"),
    ("6.22.9", b"\xf1\x8f\xbf\xbe"),
    ("6.22.10", b"\xf1\x8f\xbf\xbf"),
    ("6.22.31", b"\xf3\xbf\xbf\xbe"),
    ("6.22.32", b"\xf3\xbf\xbf\xbf"),
    ("6.22.33", b"\xf4\x8f\xbf\xbe"),
    ("6.22.34", b"\xf4\x8f\xbf\xbf"),
    ("6.23.1", b"\xef\xbf\xb9"),
    ("6.23.2", b"\xef\xbf\xba"),
    ("6.23.3", b"\xef\xbf\xbb"),
    ("6.23.4", b"\xef\xbf\xbc"),
    ("6.23.5", b"\xef\xbf\xbd"),
    ("6.23.6", b"\xef\xbf\xbe"),
    ("6.23.7", b"\xef\xbf\xbf"),
];

/// Invalid texts, by the numbers of the suite.
const INVALID: &[(&str, &[u8])] = &[
    (
        "6.3 and 6.4",
        b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",
    ),
    (
        "6.4, beyond the last character",
        b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xf4\x90\x80\x80edited",
    ),
    // Starts of "κόσμε" that end inside of a character.
    ("6.6.1", b"\xce"),
    ("6.6.3", b"\xce\xba\xe1"),
    ("6.6.4", b"\xce\xba\xe1\xbd"),
    ("6.6.6", b"\xce\xba\xe1\xbd\xb9\xcf"),
    ("6.6.8", b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce"),
    ("6.6.10", b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce"),
    // Five and six bytes.
    ("6.8.1", b"\xf8\x88\x80\x80\x80"),
    ("6.8.2", b"\xfc\x84\x80\x80\x80\x80"),
    ("6.10.1", b"\xf7\xbf\xbf\xbf"),
    ("6.10.2", b"\xfb\xbf\xbf\xbf\xbf"),
    ("6.10.3", b"\xfd\xbf\xbf\xbf\xbf\xbf"),
    ("6.11.5", b"\xf4\x90\x80\x80"),
    // Continuation bytes that continue nothing.
    ("6.12.1", b"\x80"),
    ("6.12.2", b"\xbf"),
    ("6.12.3", b"\x80\xbf"),
    ("6.12.4", b"\x80\xbf\x80"),
    ("6.12.5", b"\x80\xbf\x80\xbf"),
    ("6.12.6", b"\x80\xbf\x80\xbf\x80"),
    ("6.12.7", b"\x80\xbf\x80\xbf\x80\xbf"),
    // First bytes without the others.
    ("6.13.1", b"\xc0 \xc1 \xc2 \xdf "),
    ("6.13.2", b"\xe0 \xe1 \xee \xef "),
    ("6.13.3", b"\xf0 \xf1 \xf6 \xf7 "),
    ("6.13.4", b"\xf8 \xf9 \xfa \xfb "),
    ("6.13.5", b"\xfc \xfd "),
    // Characters without their last byte.
    ("6.14.1", b"\xc0"),
    ("6.14.2", b"\xe0\x80"),
    ("6.14.3", b"\xf0\x80\x80"),
    ("6.14.4", b"\xf8\x80\x80\x80"),
    ("6.14.5", b"\xfc\x80\x80\x80\x80"),
    ("6.14.6", b"\xdf"),
    ("6.14.7", b"\xef\xbf"),
    ("6.14.8", b"\xf7\xbf\xbf"),
    ("6.14.9", b"\xfb\xbf\xbf\xbf"),
    ("6.14.10", b"\xfd\xbf\xbf\xbf\xbf"),
    (
        "6.15.1",
        b"\xc0\xe0\x80\xf0\x80\x80\xf8\x80\x80\x80\xdf\xef\xbf\xf7\xbf\xbf",
    ),
    // Bytes of no character.
    ("6.16.1", b"\xfe"),
    ("6.16.2", b"\xff"),
    ("6.16.3", b"\xfe\xfe\xff\xff"),
    // Characters in more bytes than they need.
    ("6.17.1", b"\xc0\xaf"),
    ("6.17.2", b"\xe0\x80\xaf"),
    ("6.17.3", b"\xf0\x80\x80\xaf"),
    ("6.17.4", b"\xf8\x80\x80\x80\xaf"),
    ("6.17.5", b"\xfc\x80\x80\x80\x80\xaf"),
    ("6.18.1", b"\xc1\xbf"),
    ("6.18.2", b"\xe0\x9f\xbf"),
    ("6.18.3", b"\xf0\x8f\xbf\xbf"),
    ("6.18.4", b"\xf8\x87\xbf\xbf\xbf"),
    ("6.18.5", b"\xfc\x83\xbf\xbf\xbf\xbf"),
    ("6.19.1", b"\xc0\x80"),
    ("6.19.2", b"\xe0\x80\x80"),
    ("6.19.3", b"\xf0\x80\x80\x80"),
    ("6.19.4", b"\xf8\x80\x80\x80\x80"),
    ("6.19.5", b"\xfc\x80\x80\x80\x80\x80"),
    // Surrogates, alone and in pairs.
    ("6.20.1", b"\xed\xa0\x80"),
    ("6.20.2", b"\xed\xad\xbf"),
    ("6.20.3", b"\xed\xae\x80"),
    ("6.20.4", b"\xed\xaf\xbf"),
    ("6.20.5", b"\xed\xb0\x80"),
    ("6.20.6", b"\xed\xbe\x80"),
    ("6.20.7", b"\xed\xbf\xbf"),
    ("6.21.1", b"\xed\xa0\x80\xed\xb0\x80"),
    ("6.21.2", b"\xed\xa0\x80\xed\xbf\xbf"),
    ("6.21.3", b"\xed\xad\xbf\xed\xb0\x80"),
    ("6.21.4", b"\xed\xad\xbf\xed\xbf\xbf"),
    ("6.21.5", b"\xed\xae\x80\xed\xb0\x80"),
    ("6.21.6", b"\xed\xae\x80\xed\xbf\xbf"),
    ("6.21.7", b"\xed\xaf\xbf\xed\xb0\x80"),
    ("6.21.8", b"\xed\xaf\xbf\xed\xbf\xbf"),
];

/// The message in one frame, in two at every place, in one per byte, and in one per byte with empty ones between.
fn divisions(message: &[u8]) -> Vec<Vec<Vec<u8>>> {
    let mut divisions = vec![parts(TEXT, [message])];
    for at in 1..message.len() {
        let (start, end) = message.split_at(at);
        divisions.push(parts(TEXT, [start, end]));
    }
    divisions.push(parts(TEXT, message.chunks(1)));
    let spaced = message.chunks(1).flat_map(|byte| [byte, b""]);
    divisions.push(parts(TEXT, spaced));
    divisions
}

#[test]
fn empty_frames_are_parts_of_a_text() {
    Case::new("6.1.1", parts(TEXT, [&b""[..]]))
        .delivers([text("")])
        .check();
    Case::new("6.1.2", parts(TEXT, [&b""[..], b"", b""]))
        .delivers([text("")])
        .check();
    Case::new(
        "6.1.3",
        parts(TEXT, [&b""[..], b"middle frame payload", b""]),
    )
    .delivers([text("middle frame payload")])
    .check();
}

#[test]
fn valid_texts_arrive_in_every_division() {
    for (number, message) in VALID {
        let sent = str::from_utf8(message).expect("the table has what Rust regards as valid");
        for frames in divisions(message) {
            Case::new(*number, frames).delivers([text(sent)]).check();
        }
    }
}

#[test]
fn invalid_texts_are_no_messages_in_any_division() {
    for (number, message) in INVALID {
        assert!(str::from_utf8(message).is_err(), "{number}");
        for frames in divisions(message) {
            Case::new(*number, frames).ends(End::NotUtf8).check();
        }
    }
}

#[test]
fn valid_texts_between_others_stay_valid() {
    // An invalid text after valid ones ends the connection behind them.
    let valid = parts(TEXT, ["κόσμε".as_bytes()]);
    let invalid = parts(TEXT, [&b"\xed\xa0\x80"[..]]);
    Case::new(
        "6.3, after a text",
        [valid.clone(), invalid, valid].concat(),
    )
    .delivers([text("κόσμε")])
    .ends(End::NotUtf8)
    .check();
}
