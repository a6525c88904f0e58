//! Corrupt zlib data is rejected without a panic (P28, P29).
#![cfg(any(feature = "zlib-ng", feature = "zlib-stock", feature = "zlib-system"))]

use crate::harness::corruption::{self, decoder, flip_every_bit, text};
use crate::harness::zlib;
use gloaming_protocol::{Compression, DecodeErrorKind, Decoder, DecoderLimits, Frame, Inflater};
use gloaming_test_support::Random;
use std::error::Error;

/// Decodes a corrupt stream, which fails until the reset.
fn decode_corrupt(decoder: &mut Decoder, messages: &[Vec<u8>]) -> Option<DecodeErrorKind> {
    corruption::decode_corrupt(decoder, messages, &zlib::Stream::new().message(b"{}"))
}

#[test]
fn a_stream_with_a_flipped_bit_fails_until_reset() {
    let mut stream = zlib::Stream::new();
    let text = text();
    let messages =
        [text.as_bytes(), br#"{"op":11}"#, text.as_bytes()].map(|text| stream.message(text));
    let mut decoder = decoder(Compression::ZlibStream);
    flip_every_bit(&messages, |messages| {
        decode_corrupt(&mut decoder, messages);
    });
}

#[test]
fn a_stream_with_missing_bytes_fails_until_reset() {
    let mut stream = zlib::Stream::new();
    let texts = Vec::from_iter((0..20).map(|_| text()));
    let messages = Vec::from_iter(texts.iter().map(|text| stream.message(text.as_bytes())));
    let mut decoder = decoder(Compression::ZlibStream);
    for seed in 0..300 {
        let mut random = Random::new(seed);
        let mut messages = messages.clone();
        for _ in 0..=random.below(3) {
            let message = random.below(messages.len());
            let message = &mut messages[message];
            let start = random.below(message.len() + 1);
            let end = start + random.below(message.len() - start + 1);
            message.drain(start..end);
        }
        decode_corrupt(&mut decoder, &messages);
    }
}

#[test]
fn random_bytes_are_rejected() {
    for seed in 0..500 {
        let mut random = Random::new(seed);
        let mut messages = Vec::from_iter((0..4).map(|_| {
            let length = random.below(300);
            random.bytes(length)
        }));
        if random.once_in(2) {
            messages.insert(0, vec![0x78, 0x9c]);
        }
        decode_corrupt(&mut decoder(Compression::ZlibStream), &messages);
        for message in &messages {
            let mut decoder = decoder(Compression::Payload);
            let error = decoder.decode(Frame::Binary(message)).unwrap_err();
            assert!(
                matches!(
                    error.kind(),
                    DecodeErrorKind::Corrupt | DecodeErrorKind::Truncated
                ),
                "seed {seed}: {error}"
            );
        }
    }
}

#[test]
fn a_stream_without_a_zlib_header_is_rejected() {
    let mut gzip = vec![0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0];
    gzip.extend([0, 0, 0xff, 0xff]);
    for messages in [
        vec![b"{\"op\":10}".to_vec()],
        vec![gzip],
        vec![vec![0x78], vec![0x9d, 1]],
    ] {
        let failed = decode_corrupt(&mut decoder(Compression::ZlibStream), &messages);
        assert_eq!(failed, Some(DecodeErrorKind::InvalidHeader));
    }
}

#[test]
fn a_stream_that_ends_is_rejected() {
    let message = zlib::whole(b"{}");
    let failed = decode_corrupt(&mut decoder(Compression::ZlibStream), &[message]);
    assert_eq!(failed, Some(DecodeErrorKind::StreamEnded));
}

#[test]
fn message_past_the_limit_is_too_large_whether_or_not_the_stream_ends_with_it() {
    for inflater in [Inflater::Flate2, Inflater::BuiltIn] {
        let limits = DecoderLimits {
            max_message_bytes: 1,
        };
        let mut decoder =
            Decoder::with_inflater(Compression::ZlibStream, inflater, limits).unwrap();
        for message in [zlib::whole(b"{}"), zlib::Stream::new().message(b"{}")] {
            let failed = decoder.decode(Frame::Binary(&message)).unwrap_err();
            let expected = DecodeErrorKind::TooLarge { limit: 1 };
            assert_eq!(failed.kind(), expected, "{inflater}");
            decoder.reset();
        }
    }
}

#[test]
fn corruption_has_a_source() {
    // A block of a type that does not exist.
    let message = vec![0x78, 0x9c, 0b0000_0110, 0];
    let mut decoder = decoder(Compression::ZlibStream);
    let error = decoder.decode(Frame::Binary(&message)).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::Corrupt);
    assert!(error.source().is_some());
    assert!(error.into_source().is_some());
    let (kind, source) = decoder
        .decode(Frame::Binary(&message))
        .unwrap_err()
        .into_parts();
    assert_eq!(kind, DecodeErrorKind::ContextLost);
    assert!(source.is_none(), "the first error has the source");
}
