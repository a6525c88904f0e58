//! A message of any size up to the limit is decoded completely, and a larger one is rejected (P31).
#![cfg(any(feature = "zlib-ng", feature = "zlib-stock", feature = "zlib-system"))]

use crate::harness::{with_each_inflater, zlib};
use gloaming_protocol::{Compression, DecodeErrorKind, Decoder, DecoderLimits, Frame, Inflater};
use gloaming_test_support::Random;

with_each_inflater! {
    messages_of_hundreds_of_sizes_are_complete
    the_first_message_is_complete_at_any_size
    a_message_of_16_mib_is_complete
    the_size_limit_is_exact
    a_decompression_bomb_is_rejected_within_the_memory_limit
    the_buffer_shrinks_after_a_large_message
    shrinking_keeps_a_partial_message
    releasing_keeps_a_partial_message
}

const MIB: usize = 1024 * 1024;

fn decoder(inflater: Inflater, max_message_bytes: usize) -> Decoder {
    let limits = DecoderLimits { max_message_bytes };
    Decoder::with_inflater(Compression::ZlibStream, inflater, limits).unwrap()
}

fn messages_of_hundreds_of_sizes_are_complete(inflater: Inflater) {
    let mut random = Random::new(1);
    let mut stream = zlib::Stream::new();
    let mut decoder = decoder(inflater, 64 * MIB);
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

fn the_first_message_is_complete_at_any_size(inflater: Inflater) {
    let mut random = Random::new(2);
    for size in (8180..8204)
        .chain(16_370..16_400)
        .chain([32_768, 65_536, 131_072])
    {
        let text = random.text(size);
        let message = zlib::Stream::new().message(text.as_bytes());
        let mut decoder = decoder(inflater, MIB);
        let found = decoder.decode(Frame::Binary(&message)).unwrap();
        assert_eq!(found, Some(&*text), "{size} bytes");
    }
}

fn a_message_of_16_mib_is_complete(inflater: Inflater) {
    let mut random = Random::new(3);
    let word = random.text(997);
    let text = word.repeat(16 * MIB / word.len() + 1);
    let message = zlib::Stream::new().message(text.as_bytes());
    let mut decoder = decoder(inflater, 64 * MIB);
    let found = decoder.decode(Frame::Binary(&message)).unwrap();
    assert!(found == Some(&*text), "a message of 16 MiB differs");
}

fn the_size_limit_is_exact(inflater: Inflater) {
    for limit in [1, 100, 8191, 8192, 8193, 20_000, 65_536] {
        let text = "x".repeat(limit);
        let mut stream = zlib::Stream::new();
        let mut decoder = decoder(inflater, limit);
        let message = stream.message(text.as_bytes());
        let found = decoder.decode(Frame::Binary(&message)).unwrap();
        assert_eq!(found, Some(&*text));

        let message = stream.message(format!("{text}x").as_bytes());
        let error = decoder.decode(Frame::Binary(&message)).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::TooLarge { limit });
    }
}

fn a_decompression_bomb_is_rejected_within_the_memory_limit(inflater: Inflater) {
    let bomb = zlib::Stream::new().message(&vec![b' '; 8 * MIB]);
    assert!(bomb.len() < 10_000);
    for part in [bomb.len(), 1000] {
        let mut decoder = decoder(inflater, MIB);
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

fn the_buffer_shrinks_after_a_large_message(inflater: Inflater) {
    let mut stream = zlib::Stream::new();
    let mut decoder = decoder(inflater, 64 * MIB);
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

fn shrinking_keeps_a_partial_message(inflater: Inflater) {
    let mut stream = zlib::Stream::new();
    let mut decoder = decoder(inflater, MIB);
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
        let kept = match inflater {
            Inflater::BuiltIn => 0,
            _ => 8 * 1024,
        };
        assert_eq!(decoder.buffer_bytes(), kept);
    }
}

fn releasing_keeps_a_partial_message(inflater: Inflater) {
    let mut stream = zlib::Stream::new();
    let mut decoder = decoder(inflater, MIB);
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
