//! A zstd-stream message of any size is one WebSocket message, and does not end a frame (P30, P31).

use crate::harness::{dispatch_fixture, dispatch_text, fixture, zstd};
use gloaming_protocol::{
    Compression, DecodeErrorKind, Decoder, DecoderLimits, DispatchKind, Frame,
};
use gloaming_test_support::Random;

const MIB: usize = 1024 * 1024;

fn decoder(max_message_bytes: usize) -> Decoder {
    Decoder::new(Compression::ZstdStream, DecoderLimits { max_message_bytes }).unwrap()
}

fn feed(decoder: &mut Decoder, message: &[u8]) -> Option<String> {
    decoder
        .decode(Frame::Binary(message))
        .unwrap()
        .map(str::to_owned)
}

#[test]
fn documented_events_are_decoded() {
    let mut stream = zstd::Stream::new();
    let mut decoder = decoder(MIB);
    let (mut compressed, mut inflated) = (0, 0);
    for (kind, sequence) in DispatchKind::ALL.into_iter().zip(1..) {
        let text = dispatch_text(kind.name(), sequence, &dispatch_fixture(kind.name()));
        let message = stream.message(text.as_bytes());
        assert_eq!(feed(&mut decoder, &message).as_ref(), Some(&text));
        compressed += message.len() as u64;
        inflated += text.len() as u64;
    }
    assert_eq!(decoder.compressed_bytes(), compressed);
    assert_eq!(decoder.inflated_bytes(), inflated);
}

/// The reference zstd wrote the fixture, called from another language.
#[test]
fn a_stream_of_the_reference_zstd_is_decoded() {
    let stream = fixture("zstd-stream.bin");
    let sizes = String::from_utf8(fixture("zstd-stream.sizes")).unwrap();
    let texts = String::from_utf8(fixture("zlib-stream.jsonl")).unwrap();
    let mut rest = &stream[..];
    let mut decoder = decoder(MIB);
    for (size, text) in sizes.lines().zip(texts.lines()) {
        let (message, tail) = rest.split_at(size.parse().unwrap());
        assert_eq!(feed(&mut decoder, message).as_deref(), Some(text));
        rest = tail;
    }
    assert!(rest.is_empty());
    assert_eq!(sizes.lines().count(), texts.lines().count());
}

#[test]
fn messages_of_hundreds_of_sizes_are_complete() {
    let mut random = Random::new(1);
    let mut stream = zstd::Stream::new();
    let mut decoder = decoder(64 * MIB);
    for round in 0..700 {
        // Sizes around those at which the buffer grows, and others.
        let size = match random.below(4) {
            0 => (1 << (8 + random.below(10))) + random.below(9),
            1 => (1 << (8 + random.below(10))) - random.below(9),
            2 => 1 + random.below(500),
            _ => 1 + random.below(400_000),
        };
        let text = random.text(size);
        let message = stream.message(text.as_bytes());
        let found = decoder.decode(Frame::Binary(&message)).unwrap();
        assert!(found == Some(&*text), "round {round}, {size} bytes differ");
    }
}

#[test]
fn the_first_messages_are_complete_at_any_size() {
    let mut random = Random::new(2);
    for size in (8180..8204)
        .chain(16_370..16_400)
        .chain([32_768, 65_536, 131_071, 131_072, 131_073, 262_144])
    {
        let text = random.text(size);
        let mut stream = zstd::Stream::new();
        let mut decoder = decoder(MIB);
        let message = stream.message(text.as_bytes());
        assert!(
            feed(&mut decoder, &message).as_ref() == Some(&text),
            "{size}"
        );
        let message = stream.message(text.as_bytes());
        assert!(
            feed(&mut decoder, &message).as_ref() == Some(&text),
            "{size}"
        );
    }
}

#[test]
fn a_message_of_16_mib_is_complete() {
    let mut random = Random::new(3);
    let word = random.text(997);
    let text = word.repeat(16 * MIB / word.len() + 1);
    let message = zstd::Stream::new().message(text.as_bytes());
    let found = feed(&mut decoder(64 * MIB), &message);
    assert!(found == Some(text), "a message of 16 MiB differs");
}

#[test]
fn the_size_limit_is_exact() {
    for limit in [1, 100, 8191, 8192, 8193, 20_000, 65_536, 131_072, 300_000] {
        let text = "x".repeat(limit);
        let mut stream = zstd::Stream::new();
        let mut decoder = decoder(limit);
        let message = stream.message(text.as_bytes());
        assert!(feed(&mut decoder, &message) == Some(text.clone()));

        let message = stream.message(format!("{text}x").as_bytes());
        let error = decoder.decode(Frame::Binary(&message)).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::TooLarge { limit });
    }
}

#[test]
fn a_decompression_bomb_is_rejected_within_the_memory_limit() {
    let bomb = zstd::Stream::new().message(&vec![b' '; 64 * MIB]);
    assert!(bomb.len() < 10_000);
    let mut decoder = decoder(MIB);
    let error = decoder.decode(Frame::Binary(&bomb)).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::TooLarge { limit: MIB });
    assert!(decoder.buffer_bytes() <= MIB + 1);

    let error = decoder.decode(Frame::Binary(&bomb)).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::ContextLost);

    decoder.reset();
    let message = zstd::Stream::new().message(b"{}");
    assert_eq!(feed(&mut decoder, &message).as_deref(), Some("{}"));
}

#[test]
fn the_buffer_shrinks_after_a_large_message() {
    let mut stream = zstd::Stream::new();
    let mut decoder = decoder(64 * MIB);
    assert_eq!(decoder.buffer_bytes(), 0);
    let large = stream.message(&vec![b'x'; 4 * MIB]);
    decoder.decode(Frame::Binary(&large)).unwrap();
    assert!(decoder.buffer_bytes() >= 4 * MIB);
    decoder.shrink_buffer();
    assert_eq!(decoder.buffer_bytes(), 8 * 1024);
    decoder.release_buffer();
    assert_eq!(decoder.buffer_bytes(), 0);
    // The window is in the context, not in the buffer.
    let again = stream.message(&vec![b'x'; 1000]);
    assert_eq!(feed(&mut decoder, &again), Some("x".repeat(1000)));
}

#[test]
fn a_reset_starts_a_new_stream() {
    let text = dispatch_text("MESSAGE_CREATE", 1, &dispatch_fixture("MESSAGE_CREATE"));
    let mut decoder = decoder(MIB);
    for _ in 0..3 {
        let mut stream = zstd::Stream::new();
        for _ in 0..3 {
            let message = stream.message(text.as_bytes());
            assert_eq!(feed(&mut decoder, &message).as_ref(), Some(&text));
        }
        // The connection ends within a message.
        let message = stream.message(text.as_bytes());
        let truncated = decoder.decode(Frame::Binary(&message[..message.len() - 1]));
        assert_eq!(truncated.unwrap_err().kind(), DecodeErrorKind::Truncated);
        decoder.reset();
    }
}

#[test]
fn a_new_frame_may_follow_a_complete_one() {
    let mut stream = zstd::Stream::new();
    let mut decoder = decoder(MIB);
    // Sizes equal to the buffer's, and others.
    for size in [1, 100, 8192, 16_384, 131_072, 200_000] {
        let text = "x".repeat(size);
        let message = stream.message(text.as_bytes());
        assert!(feed(&mut decoder, &message).as_ref() == Some(&text));
        let message = stream.last_of_a_frame(text.as_bytes());
        assert!(feed(&mut decoder, &message).as_ref() == Some(&text));
    }
    let two = [
        stream.last_of_a_frame(br#"{"op":"#),
        stream.message(br#"11}"#),
    ]
    .concat();
    assert_eq!(feed(&mut decoder, &two).as_deref(), Some(r#"{"op":11}"#));
}

#[test]
fn text_messages_may_arrive_between_binary_ones() {
    let mut stream = zstd::Stream::new();
    let mut decoder = decoder(MIB);
    for _ in 0..3 {
        let message = stream.message(br#"{"op":11}"#);
        assert_eq!(
            feed(&mut decoder, &message).as_deref(),
            Some(r#"{"op":11}"#)
        );
        let text = decoder.decode(Frame::Text(r#"{"op":7}"#)).unwrap();
        assert_eq!(text, Some(r#"{"op":7}"#));
    }
}

#[test]
fn an_empty_message_decodes_to_none() {
    let mut stream = zstd::Stream::new();
    let mut decoder = decoder(MIB);
    assert_eq!(feed(&mut decoder, &[]), None);
    let message = stream.message(b"{}");
    assert_eq!(feed(&mut decoder, &message).as_deref(), Some("{}"));
    assert_eq!(feed(&mut decoder, &[]), None);
    // An empty raw block.
    assert_eq!(feed(&mut decoder, &[0, 0, 0]), None);
    let message = stream.message(b"{}");
    assert_eq!(feed(&mut decoder, &message).as_deref(), Some("{}"));
}
