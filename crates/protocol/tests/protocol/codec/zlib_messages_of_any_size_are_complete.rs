//! A message of any size up to the limit is decoded completely, and a larger one is rejected (P31).
#![cfg(any(feature = "zlib-ng", feature = "zlib-stock", feature = "zlib-system"))]

use crate::harness::zlib;
use gloaming_protocol::{Compression, DecodeErrorKind, Decoder, DecoderLimits, Frame};
use gloaming_test_support::Random;

const MIB: usize = 1024 * 1024;

fn decoder(max_message_bytes: usize) -> Decoder {
    Decoder::new(Compression::ZlibStream, DecoderLimits { max_message_bytes }).unwrap()
}

#[test]
fn messages_of_hundreds_of_sizes_are_complete() {
    let mut random = Random::new(1);
    let mut stream = zlib::Stream::new();
    let mut decoder = decoder(64 * MIB);
    for round in 0..700 {
        // Sizes around those at which the buffer grows, and others.
        let size = match random.below(4) {
            0 => (1 << (8 + random.below(9))) + random.below(9),
            1 => (1 << (8 + random.below(9))) - random.below(9),
            2 => random.below(500),
            _ => random.below(100_000),
        };
        let text = random.text(size);
        let message = stream.message(text.as_bytes());
        let found = decoder.decode(Frame::Binary(&message)).unwrap();
        assert_eq!(
            found.unwrap_or_default(),
            text,
            "round {round}, {size} bytes"
        );
    }
}

#[test]
fn the_first_message_is_complete_at_any_size() {
    let mut random = Random::new(2);
    for size in (8180..8204)
        .chain(16_370..16_400)
        .chain([32_768, 65_536, 131_072])
    {
        let text = random.text(size);
        let message = zlib::Stream::new().message(text.as_bytes());
        let mut decoder = decoder(MIB);
        let found = decoder.decode(Frame::Binary(&message)).unwrap();
        assert_eq!(found, Some(&*text), "{size} bytes");
    }
}

#[test]
fn a_message_of_16_mib_is_complete() {
    let mut random = Random::new(3);
    let word = random.text(997);
    let text = word.repeat(16 * MIB / word.len() + 1);
    let message = zlib::Stream::new().message(text.as_bytes());
    let mut decoder = decoder(64 * MIB);
    let found = decoder.decode(Frame::Binary(&message)).unwrap();
    assert!(found == Some(&*text), "a message of 16 MiB differs");
}

#[test]
fn the_size_limit_is_exact() {
    for limit in [1, 100, 8191, 8192, 8193, 20_000, 65_536] {
        let text = "x".repeat(limit);
        let mut stream = zlib::Stream::new();
        let mut decoder = decoder(limit);
        let message = stream.message(text.as_bytes());
        let found = decoder.decode(Frame::Binary(&message)).unwrap();
        assert_eq!(found, Some(&*text));

        let message = stream.message(format!("{text}x").as_bytes());
        let error = decoder.decode(Frame::Binary(&message)).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::TooLarge { limit });
    }
}

#[test]
fn a_decompression_bomb_is_rejected_within_the_memory_limit() {
    let bomb = zlib::Stream::new().message(&vec![b' '; 8 * MIB]);
    assert!(bomb.len() < 10_000);
    for part in [bomb.len(), 1000] {
        let mut decoder = decoder(MIB);
        let error = bomb
            .chunks(part)
            .find_map(|part| decoder.decode(Frame::Binary(part)).err())
            .expect("8 MiB are over the limit");
        assert_eq!(error.kind(), DecodeErrorKind::TooLarge { limit: MIB });
        assert!(decoder.buffer_bytes() <= MIB + 1);

        let error = decoder.decode(Frame::Binary(&bomb)).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::ContextLost);

        decoder.reset();
        let message = zlib::Stream::new().message(b"{}");
        assert_eq!(decoder.decode(Frame::Binary(&message)).unwrap(), Some("{}"));
    }
}

#[test]
fn a_text_over_the_limit_is_rejected() {
    for compression in Compression::ALL.into_iter().filter(|it| it.is_available()) {
        let limits = DecoderLimits {
            max_message_bytes: 10,
        };
        let mut decoder = Decoder::new(compression, limits).unwrap();
        assert!(decoder.decode(Frame::Text("0123456789")).is_ok());
        let error = decoder.decode(Frame::Text("0123456789a")).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::TooLarge { limit: 10 });
    }
}

#[test]
fn the_buffer_shrinks_after_a_large_message() {
    let mut stream = zlib::Stream::new();
    let mut decoder = decoder(64 * MIB);
    assert_eq!(decoder.buffer_bytes(), 0);
    let large = stream.message(&vec![b'x'; 4 * MIB]);
    decoder.decode(Frame::Binary(&large)).unwrap();
    assert!(decoder.buffer_bytes() >= 4 * MIB);
    for _ in 0..100 {
        let message = stream.message(br#"{"op":11}"#);
        decoder.decode(Frame::Binary(&message)).unwrap();
    }
    assert!(decoder.buffer_bytes() <= 16 * 1024);
}

#[test]
fn shrinking_keeps_a_partial_message() {
    let mut stream = zlib::Stream::new();
    let mut decoder = decoder(MIB);
    let large = format!(r#"{{"op":0,"d":"{}"}}"#, "x".repeat(100_000));
    let message = stream.message(large.as_bytes());
    for _ in 0..2 {
        let (head, tail) = message.split_at(message.len() - 5);
        decoder.reset();
        decoder.decode(Frame::Binary(head)).unwrap();
        // The buffer contains a partial message.
        decoder.shrink_buffer();
        let text = decoder.decode(Frame::Binary(tail)).unwrap();
        assert_eq!(text, Some(&*large));

        decoder.shrink_buffer();
        assert_eq!(decoder.buffer_bytes(), 8 * 1024);
    }
}

#[test]
fn releasing_keeps_a_partial_message() {
    let mut stream = zlib::Stream::new();
    let mut decoder = decoder(MIB);
    let message = stream.message(br#"{"op":11}"#);
    decoder.decode(Frame::Binary(&message)).unwrap();
    decoder.release_buffer();
    assert_eq!(decoder.buffer_bytes(), 0);

    let message = stream.message(br#"{"op":10,"d":{"heartbeat_interval":45000}}"#);
    let (head, tail) = message.split_at(message.len() - 5);
    decoder.decode(Frame::Binary(head)).unwrap();
    // The buffer contains a partial message.
    decoder.release_buffer();
    let text = decoder.decode(Frame::Binary(tail)).unwrap();
    assert_eq!(text, Some(r#"{"op":10,"d":{"heartbeat_interval":45000}}"#));
}
