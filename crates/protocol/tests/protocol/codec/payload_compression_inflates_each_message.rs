//! With payload compression, each binary message is a complete zlib stream (P28).
#![cfg(any(feature = "zlib-ng", feature = "zlib-stock", feature = "zlib-system"))]

use crate::harness::{dispatch_fixture, dispatch_text, fixture, zlib};
use gloaming_protocol::{Compression, DecodeErrorKind, Decoder, DecoderLimits, Frame};
use gloaming_test_support::Random;

fn decoder() -> Decoder {
    let limits = DecoderLimits {
        max_message_bytes: 1 << 20,
    };
    Decoder::new(Compression::Payload, limits).unwrap()
}

fn kind(decoder: &mut Decoder, message: &[u8]) -> DecodeErrorKind {
    decoder.decode(Frame::Binary(message)).unwrap_err().kind()
}

#[test]
fn binary_and_text_messages_may_alternate() {
    let mut decoder = decoder();
    for sequence in 0..50 {
        let text = dispatch_text(
            "MESSAGE_CREATE",
            sequence,
            &dispatch_fixture("MESSAGE_CREATE"),
        );
        let message = zlib::whole(text.as_bytes());
        assert_eq!(
            decoder.decode(Frame::Binary(&message)).unwrap(),
            Some(&*text)
        );
        let plain = decoder.decode(Frame::Text(r#"{"op":11}"#)).unwrap();
        assert_eq!(plain, Some(r#"{"op":11}"#));
    }
}

/// C zlib wrote the fixture, called from another language.
#[test]
fn a_message_of_c_zlib_is_inflated() {
    let text = String::from_utf8(fixture("zlib-payload.json")).unwrap();
    let message = fixture("zlib-payload.bin");
    let mut decoder = decoder();
    let found = decoder.decode(Frame::Binary(&message)).unwrap();
    assert_eq!(found, Some(text.trim_end()));
}

#[test]
fn messages_of_hundreds_of_sizes_are_complete() {
    let mut random = Random::new(1);
    let mut decoder = decoder();
    for round in 0..300 {
        let size = 1 + random.below(50_000);
        let text = random.text(size);
        let message = zlib::whole(text.as_bytes());
        let found = decoder.decode(Frame::Binary(&message)).unwrap();
        assert_eq!(found, Some(&*text), "round {round}");
    }
}

#[test]
fn a_corrupt_message_does_not_affect_the_next() {
    let text = dispatch_text("TYPING_START", 42, &dispatch_fixture("TYPING_START"));
    let message = zlib::whole(text.as_bytes());
    let mut decoder = decoder();
    for end in 0..message.len() {
        assert_eq!(
            kind(&mut decoder, &message[..end]),
            DecodeErrorKind::Truncated,
            "truncated at {end}"
        );
    }
    for position in 0..message.len() {
        for bit in 0..8 {
            let mut corrupt = message.clone();
            corrupt[position] ^= 1 << bit;
            // The checksum detects every change, except of the unused bits of the last byte.
            if let Ok(found) = decoder.decode(Frame::Binary(&corrupt)) {
                assert_eq!(found, Some(&*text), "bit {bit} of {position}");
            }
        }
    }
    let trailing = [&message[..], b"x"].concat();
    assert_eq!(kind(&mut decoder, &trailing), DecodeErrorKind::Corrupt);

    assert_eq!(
        decoder.decode(Frame::Binary(&message)).unwrap(),
        Some(&*text)
    );
}

#[test]
fn a_decompression_bomb_is_rejected() {
    let mut decoder = decoder();
    let bomb = zlib::whole(&vec![b' '; 8 << 20]);
    let limit = 1 << 20;
    assert_eq!(
        kind(&mut decoder, &bomb),
        DecodeErrorKind::TooLarge { limit }
    );
    assert!(decoder.buffer_bytes() <= limit + 1);
}
