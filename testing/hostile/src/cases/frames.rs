//! WebSocket frames.

use super::case;
use crate::{
    Attack::{self, Bytes, Frames},
    Case, Family, Reached, Reaction,
    Reaction::{Reconnects, Stays},
    Then,
};
use gloaming_test_support::wire::{BINARY, CONTINUATION, PING, PONG, TEXT, frame, unfinished};

const ACK: &[u8] = br#"{"t":null,"s":null,"op":11,"d":null}"#;

pub(super) fn cases() -> Vec<Case> {
    let of = |name, attack: Attack, reaction: Reaction| {
        case(Family::Frames, Reached::Active, name, attack, reaction)
    };
    vec![
        of(
            "a reserved opcode for data",
            Bytes(|| frame(3, b"x")),
            Reconnects,
        ),
        of(
            "a reserved opcode for control",
            Bytes(|| frame(11, b"x")),
            Reconnects,
        ),
        of("reserved bits", Bytes(|| with_first_bits(0x70)), Reconnects),
        of(
            "the bit of an extension",
            Bytes(|| with_first_bits(0x40)),
            Reconnects,
        ),
        of(
            "a mask",
            Bytes(|| vec![0x81, 0x81, 1, 2, 3, 4, b'x']),
            Reconnects,
        ),
        of(
            "text that is not UTF-8",
            Bytes(|| frame(TEXT, b"{\"op\":11,\"d\":\"\xff\"}")),
            Reconnects,
        ),
        of(
            "half of a character",
            Bytes(|| frame(TEXT, b"\xf0\x9f")),
            Reconnects,
        ),
        of(
            "a ping of 126 bytes",
            Bytes(|| frame(PING, &[0; 126])),
            Reconnects,
        ),
        of(
            "a ping in two frames",
            Bytes(|| unfinished(PING, b"x")),
            Reconnects,
        ),
        of(
            "the continuation of nothing",
            Bytes(|| frame(CONTINUATION, b"x")),
            Reconnects,
        ),
        of(
            "a message inside another",
            Bytes(|| [unfinished(TEXT, b"{\"op\""), frame(TEXT, ACK)].concat()),
            Reconnects,
        ),
        of("2^62 bytes", Bytes(|| declared(1 << 62)), Reconnects),
        of("2^63 bytes", Bytes(|| declared(1 << 63)), Reconnects),
        of("2^64 - 1 bytes", Bytes(|| declared(u64::MAX)), Reconnects),
        of(
            "one byte over the limit",
            Bytes(|| declared((1 << 20) + 1)),
            Reconnects,
        ),
        of(
            "small frames of a message without an end",
            Attack::Endless(|| {
                [
                    unfinished(TEXT, b"{"),
                    unfinished(CONTINUATION, &[b' '; 2048]),
                ]
                .concat()
            }),
            Reconnects,
        ),
        of(
            "half of a frame and the end",
            Bytes(|| vec![0x81, 126, 1]),
            Reconnects,
        )
        .then(Then::End),
        of(
            "half of a frame and a reset",
            Bytes(|| vec![0x81, 126, 1]),
            Reconnects,
        )
        .then(Then::Reset),
        of(
            "a response of HTTP",
            Bytes(|| b"HTTP/1.1 502 Bad Gateway\r\n\r\n".repeat(10)),
            Reconnects,
        ),
        of("random bytes", Bytes(random), Reconnects),
        of(
            "a thousand pings",
            Bytes(|| frame(PING, b"ping").repeat(1000)),
            Stays,
        ),
        of(
            "a thousand pongs",
            Bytes(|| frame(PONG, b"pong").repeat(1000)),
            Stays,
        ),
        of(
            "a thousand empty frames of a message",
            Frames(|encoder| {
                let message = encoder.frame(ACK);
                let payload = message[2..].to_vec();
                let opcode = message[0] & 0x0f;
                let empty = unfinished(CONTINUATION, b"").repeat(1000);
                Some(
                    [
                        unfinished(opcode, b""),
                        empty,
                        frame(CONTINUATION, &payload),
                    ]
                    .concat(),
                )
            }),
            Stays,
        ),
        of(
            "each byte of a message in a frame of its own",
            Frames(|encoder| {
                let message = encoder.frame(ACK);
                let mut frames = unfinished(message[0] & 0x0f, b"");
                for byte in &message[2..] {
                    frames.extend(unfinished(CONTINUATION, &[*byte]));
                }
                frames.extend(frame(CONTINUATION, b""));
                Some(frames)
            }),
            Stays,
        ),
        of(
            "a length in more bytes than it needs",
            Frames(|encoder| {
                let message = encoder.frame(ACK);
                let mut long = vec![message[0], 127];
                long.extend((message.len() as u64 - 2).to_be_bytes());
                long.extend(&message[2..]);
                Some(long)
            }),
            Stays,
        ),
        of(
            "binary without compression",
            Frames(|encoder| encoder.is_plain().then(|| frame(BINARY, ACK))),
            Reconnects,
        ),
        of(
            "text with compression",
            Frames(|encoder| (!encoder.is_plain()).then(|| frame(TEXT, ACK))),
            Stays,
        ),
    ]
}

/// A frame whose first byte has these bits, too.
fn with_first_bits(bits: u8) -> Vec<u8> {
    let mut frame = frame(TEXT, ACK);
    frame[0] |= bits;
    frame
}

/// The header of a frame of that many bytes, and a few of them.
fn declared(bytes: u64) -> Vec<u8> {
    let mut frame = vec![0x82, 127];
    frame.extend(bytes.to_be_bytes());
    frame.extend([0; 64]);
    frame
}

/// Bytes that look random and are the same each time. The first is a reserved opcode.
fn random() -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    [0x87].into_iter().chain((0..4096).map(next)).collect()
}
