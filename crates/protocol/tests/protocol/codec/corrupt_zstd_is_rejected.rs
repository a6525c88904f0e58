//! Corrupt zstd data is rejected without a panic (P30, P31).

use crate::harness::corruption::{self, flip_every_bit, text};
use crate::harness::zstd;
use gloaming_protocol::{Compression, DecodeErrorKind, Decoder, Frame};
use gloaming_test_support::Random;
use std::error::Error;

fn decoder() -> Decoder {
    corruption::decoder(Compression::ZstdStream)
}

/// Decodes a corrupt stream, which fails until the reset.
fn decode_corrupt(decoder: &mut Decoder, messages: &[Vec<u8>]) -> Option<DecodeErrorKind> {
    corruption::decode_corrupt(decoder, messages, &zstd::Stream::new().message(b"{}"))
}

#[test]
fn a_stream_with_a_flipped_bit_fails_until_reset() {
    let mut stream = zstd::Stream::new();
    let text = text();
    let messages =
        [text.as_bytes(), br#"{"op":11}"#, text.as_bytes()].map(|text| stream.message(text));
    let mut decoder = decoder();
    flip_every_bit(&messages, |messages| {
        decode_corrupt(&mut decoder, messages);
    });
}

#[test]
fn a_truncated_message_is_rejected() {
    /// The size of magic number, descriptor and window (RFC 8878).
    const FRAME_HEADER_BYTES: usize = 6;

    let mut stream = zstd::Stream::new();
    let first = stream.message(text().as_bytes());
    let second = stream.message(text().as_bytes());
    let mut decoder = decoder();
    for end in 1..first.len() {
        let failed = decode_corrupt(&mut decoder, &[first[..end].to_vec()]);
        // The header of a frame alone is a complete, empty message.
        let expected = (end != FRAME_HEADER_BYTES).then_some(DecodeErrorKind::Truncated);
        assert_eq!(failed, expected, "truncated at {end}");
    }
    for end in 1..second.len() {
        let failed = decode_corrupt(&mut decoder, &[first.clone(), second[..end].to_vec()]);
        assert_eq!(
            failed,
            Some(DecodeErrorKind::Truncated),
            "truncated at {end}"
        );
    }
}

#[test]
fn a_stream_with_missing_or_changed_bytes_fails_until_reset() {
    let mut stream = zstd::Stream::new();
    let messages = Vec::from_iter((0..20).map(|_| stream.message(text().as_bytes())));
    let mut decoder = decoder();
    for seed in 0..600 {
        let mut random = Random::new(seed);
        let mut messages = messages.clone();
        for _ in 0..=random.below(3) {
            let message = random.below(messages.len());
            let message = &mut messages[message];
            let start = random.below(message.len() + 1);
            let end = start + random.below(message.len() - start + 1);
            if random.once_in(2) {
                message.drain(start..end);
            } else {
                let noise = random.bytes(end - start);
                message[start..end].copy_from_slice(&noise);
            }
        }
        decode_corrupt(&mut decoder, &messages);
    }
}

#[test]
fn a_stream_without_its_first_message_is_rejected() {
    let mut stream = zstd::Stream::new();
    let messages = [text(), text()].map(|text| stream.message(text.as_bytes()));
    let failed = decode_corrupt(&mut decoder(), &messages[1..]);
    assert_eq!(failed, Some(DecodeErrorKind::InvalidHeader));
}

#[test]
fn random_bytes_never_panic() {
    let mut decoder = decoder();
    for seed in 0..500 {
        let mut random = Random::new(seed);
        let mut messages = Vec::from_iter((0..4).map(|_| {
            let length = random.below(300);
            random.bytes(length)
        }));
        if random.once_in(2) {
            // The magic number of a frame, so that the decoder reads further.
            messages[0].splice(0..0, [0x28, 0xb5, 0x2f, 0xfd]);
        }
        decode_corrupt(&mut decoder, &messages);
    }
}

#[test]
fn a_stream_of_another_format_is_rejected() {
    for message in [
        b"{\"op\":10,\"d\":{}}".to_vec(),
        vec![0x78, 0x9c, 1, 2, 3, 4, 5, 0, 0, 0xff, 0xff],
    ] {
        let failed = decode_corrupt(&mut decoder(), &[message]);
        assert_eq!(failed, Some(DecodeErrorKind::InvalidHeader));
    }
}

#[test]
fn a_window_over_the_limit_is_rejected() {
    // The last is the window of zstd's default level.
    for log in [10, 18, 21] {
        let message = zstd::Stream::with_window(log).message(text().as_bytes());
        assert_eq!(decode_corrupt(&mut decoder(), &[message]), None, "2^{log}");
    }
    for log in [22, 24, 27, 30] {
        let message = zstd::Stream::with_window(log).message(text().as_bytes());
        let mut decoder = decoder();
        let error = decoder.decode(Frame::Binary(&message)).unwrap_err();
        let limit = 1 << 21;
        assert_eq!(error.kind(), DecodeErrorKind::WindowTooLarge { limit });
        assert!(error.source().is_some());
        let lost = decoder.decode(Frame::Binary(&message)).unwrap_err();
        assert_eq!(lost.kind(), DecodeErrorKind::ContextLost);
        decoder.reset();
        let message = zstd::Stream::new().message(b"{}");
        assert_eq!(decoder.decode(Frame::Binary(&message)).unwrap(), Some("{}"));
        // A reset keeps the limit.
        let failed = decode_corrupt(&mut decoder, &[message.clone(), message]);
        assert!(failed.is_some());
        let message = zstd::Stream::with_window(log).message(b"{}");
        let failed = decode_corrupt(&mut decoder, &[message]);
        assert_eq!(failed, Some(DecodeErrorKind::WindowTooLarge { limit }));
    }
}

#[test]
fn corruption_has_a_source() {
    let mut message = zstd::Stream::new().message(b"{}");
    // A block of the reserved type.
    let header = message.len() - 5;
    message[header] |= 0b110;
    let error = decoder().decode(Frame::Binary(&message)).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::Corrupt);
    assert!(error.source().is_some());
}
