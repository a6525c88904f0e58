//! Close frames and ends of the connection.

use super::case;
use crate::{
    Attack::{self, Bytes, Silence},
    Case, Family, Reached, Reaction,
    Reaction::{Reconnects, Stops},
    Then,
};
use gloaming_test_support::wire::{CLOSE, TEXT, close_frame, frame};

pub(super) fn cases() -> Vec<Case> {
    let of = |name, attack: Attack, reaction: Reaction| {
        case(Family::Close, Reached::Active, name, attack, reaction)
    };
    vec![
        of("the end without a close frame", Silence, Reconnects).then(Then::End),
        of("a reset", Silence, Reconnects).then(Then::Reset),
        of("no code", Bytes(|| frame(CLOSE, b"")), Reconnects),
        of(
            "half of a code",
            Bytes(|| frame(CLOSE, b"\x0f")),
            Reconnects,
        ),
        of("code 0", Bytes(|| close_frame(0, "")), Reconnects),
        of("code 999", Bytes(|| close_frame(999, "")), Reconnects),
        of("code 1000", Bytes(|| close_frame(1000, "")), Reconnects),
        of("code 1001", Bytes(|| close_frame(1001, "")), Reconnects),
        of(
            "code 1005, which is never sent",
            Bytes(|| close_frame(1005, "")),
            Reconnects,
        ),
        of(
            "code 1006, which is never sent",
            Bytes(|| close_frame(1006, "")),
            Reconnects,
        ),
        of("code 1011", Bytes(|| close_frame(1011, "")), Reconnects),
        of(
            "code 1015, which is never sent",
            Bytes(|| close_frame(1015, "")),
            Reconnects,
        ),
        of("code 2000", Bytes(|| close_frame(2000, "")), Reconnects),
        of("code 3000", Bytes(|| close_frame(3000, "")), Reconnects),
        of("code 4000", Bytes(|| close_frame(4000, "")), Reconnects),
        of("code 4003", Bytes(|| close_frame(4003, "")), Reconnects),
        of(
            "code 4004",
            Bytes(|| close_frame(4004, "Authentication failed.")),
            Stops,
        ),
        of("code 4007", Bytes(|| close_frame(4007, "")), Reconnects),
        of("code 4009", Bytes(|| close_frame(4009, "")), Reconnects),
        of("code 4010", Bytes(|| close_frame(4010, "")), Stops),
        of("code 4011", Bytes(|| close_frame(4011, "")), Stops),
        of("code 4012", Bytes(|| close_frame(4012, "")), Stops),
        of("code 4013", Bytes(|| close_frame(4013, "")), Stops),
        of("code 4014", Bytes(|| close_frame(4014, "")), Stops),
        of("code 4999", Bytes(|| close_frame(4999, "")), Reconnects),
        of(
            "code 65535",
            Bytes(|| close_frame(u16::MAX, "")),
            Reconnects,
        ),
        of(
            "a reason of 123 bytes",
            Bytes(|| close_frame(4000, &"x".repeat(123))),
            Reconnects,
        ),
        of(
            "a reason of 124 bytes",
            Bytes(|| close_frame(4000, &"x".repeat(124))),
            Reconnects,
        ),
        of(
            "a reason that forges lines of the log",
            Bytes(|| close_frame(4000, "x\n2026-01-01T00:00:00Z ERROR forged\r\x1b[2J\0")),
            Reconnects,
        ),
        of(
            "a fatal code with a reason that changes the terminal",
            Bytes(|| close_frame(4004, "\x1b]0;title\x07\x1b[2J")),
            Stops,
        ),
        of(
            "a reason that is not UTF-8",
            Bytes(|| frame(CLOSE, &[&4000_u16.to_be_bytes()[..], b"\xff"].concat())),
            Reconnects,
        ),
        of(
            "two close frames",
            Bytes(|| close_frame(4000, "").repeat(2)),
            Reconnects,
        ),
        of(
            "payloads after the close frame",
            Bytes(|| {
                let ack = frame(TEXT, br#"{"op":11,"d":null}"#).repeat(100);
                [close_frame(4000, ""), ack].concat()
            }),
            Reconnects,
        ),
        of(
            "a close frame and the end",
            Bytes(|| close_frame(4000, "")),
            Reconnects,
        )
        .then(Then::End),
        of(
            "a close frame and a reset",
            Bytes(|| close_frame(4000, "")),
            Reconnects,
        )
        .then(Then::Reset),
        case(
            Family::Close,
            Reached::Open,
            "code 4000 in place of HELLO",
            Bytes(|| close_frame(4000, "")),
            Reconnects,
        ),
        case(
            Family::Close,
            Reached::Identified,
            "code 4004 in place of READY",
            Bytes(|| close_frame(4004, "")),
            Stops,
        ),
        case(
            Family::Close,
            Reached::Identified,
            "code 4000 in place of READY",
            Bytes(|| close_frame(4000, "")),
            Reconnects,
        ),
    ]
}
