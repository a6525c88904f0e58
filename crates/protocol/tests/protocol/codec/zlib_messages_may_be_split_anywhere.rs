//! A zlib-stream message may be split over WebSocket messages at any byte (P29).
#![cfg(any(feature = "zlib-ng", feature = "zlib-stock", feature = "zlib-system"))]

use crate::harness::{dispatch_fixture, dispatch_text, fixture, with_each_inflater, zlib};
use gloaming_protocol::{Compression, Decoder, DecoderLimits, Frame, Inflater};
use gloaming_test_support::Random;

with_each_inflater! {
    complete_messages_are_decoded
    messages_split_at_any_byte_are_decoded
    messages_in_equal_parts_are_decoded
    messages_in_random_parts_are_decoded
    a_stream_of_c_zlib_is_decoded_byte_by_byte
    a_text_message_may_arrive_between_two_parts
    a_reset_starts_a_new_stream
    an_empty_message_decodes_to_none
}

fn decoder(inflater: Inflater) -> Decoder {
    let limits = DecoderLimits::default();
    Decoder::with_inflater(Compression::ZlibStream, inflater, limits).unwrap()
}

fn feed(decoder: &mut Decoder, part: &[u8]) -> Option<String> {
    decoder
        .decode(Frame::Binary(part))
        .unwrap()
        .map(str::to_owned)
}

/// A connection's messages, plain and compressed.
fn messages() -> (Vec<String>, Vec<Vec<u8>>) {
    let names = [
        "READY",
        "GUILD_CREATE",
        "MESSAGE_CREATE",
        "TYPING_START",
        "MESSAGE_CREATE",
    ];
    let texts = Vec::from_iter(
        names
            .iter()
            .zip(1..)
            .map(|(name, sequence)| dispatch_text(name, sequence, &dispatch_fixture(name))),
    );
    let mut stream = zlib::Stream::new();
    let compressed = texts.iter().map(|text| stream.message(text.as_bytes()));
    let compressed = compressed.collect();
    (texts, compressed)
}

fn complete_messages_are_decoded(inflater: Inflater) {
    let (texts, compressed) = messages();
    let mut decoder = decoder(inflater);
    for (text, message) in texts.iter().zip(&compressed) {
        assert_eq!(feed(&mut decoder, message).as_ref(), Some(text));
    }
    let bytes = |parts: &[Vec<u8>]| parts.iter().map(|part| part.len() as u64).sum::<u64>();
    assert_eq!(decoder.compressed_bytes(), bytes(&compressed));
    assert_eq!(
        decoder.inflated_bytes(),
        texts.iter().map(|text| text.len() as u64).sum::<u64>()
    );
}

fn messages_split_at_any_byte_are_decoded(inflater: Inflater) {
    let (texts, compressed) = messages();
    let longest = compressed.iter().map(Vec::len).max().unwrap();
    for split in 0..=longest {
        let mut decoder = decoder(inflater);
        for (text, message) in texts.iter().zip(&compressed) {
            let (head, tail) = message.split_at(split.min(message.len()));
            if !tail.is_empty() {
                assert_eq!(feed(&mut decoder, head), None, "split at {split}");
                assert_eq!(
                    feed(&mut decoder, tail).as_ref(),
                    Some(text),
                    "split at {split}"
                );
            } else {
                assert_eq!(
                    feed(&mut decoder, head).as_ref(),
                    Some(text),
                    "split at {split}"
                );
                assert_eq!(feed(&mut decoder, tail), None, "the message was complete");
            }
        }
    }
}

fn messages_in_equal_parts_are_decoded(inflater: Inflater) {
    let (texts, compressed) = messages();
    for size in [1, 2, 3, 4, 5, 7, 64] {
        let mut decoder = decoder(inflater);
        let mut texts = texts.iter();
        for message in &compressed {
            let mut parts = message.chunks(size).peekable();
            while let Some(part) = parts.next() {
                let expected = if parts.peek().is_none() {
                    texts.next()
                } else {
                    None
                };
                assert_eq!(
                    feed(&mut decoder, part).as_ref(),
                    expected,
                    "parts of {size}"
                );
            }
        }
        assert_eq!(texts.next(), None);
    }
}

fn messages_in_random_parts_are_decoded(inflater: Inflater) {
    let (texts, compressed) = messages();
    for seed in 0..200 {
        let mut random = Random::new(seed);
        let mut decoder = decoder(inflater);
        for (text, message) in texts.iter().zip(&compressed) {
            let mut rest = &message[..];
            loop {
                let (part, tail) = rest.split_at(random.below(rest.len() + 1));
                rest = tail;
                let found = feed(&mut decoder, part);
                if rest.is_empty() {
                    assert_eq!(found.as_ref(), Some(text), "seed {seed}");
                    break;
                }
                assert_eq!(found, None, "seed {seed}");
            }
        }
    }
}

/// C zlib wrote the fixture, called from another language.
fn a_stream_of_c_zlib_is_decoded_byte_by_byte(inflater: Inflater) {
    let stream = fixture("zlib-stream.bin");
    let texts = String::from_utf8(fixture("zlib-stream.jsonl")).unwrap();
    let mut decoder = decoder(inflater);
    let found = stream
        .iter()
        .filter_map(|byte| feed(&mut decoder, &[*byte]));
    let found = Vec::from_iter(found);
    assert_eq!(found, Vec::from_iter(texts.lines()));
}

fn a_text_message_may_arrive_between_two_parts(inflater: Inflater) {
    let mut stream = zlib::Stream::new();
    let message = stream.message(br#"{"op":11}"#);
    let (head, tail) = message.split_at(message.len() / 2);
    let mut decoder = decoder(inflater);
    assert_eq!(feed(&mut decoder, head), None);
    let text = decoder.decode(Frame::Text(r#"{"op":7}"#)).unwrap();
    assert_eq!(text, Some(r#"{"op":7}"#));
    assert_eq!(feed(&mut decoder, tail).as_deref(), Some(r#"{"op":11}"#));
}

fn a_reset_starts_a_new_stream(inflater: Inflater) {
    let (texts, compressed) = messages();
    let mut decoder = decoder(inflater);
    for _ in 0..3 {
        assert_eq!(feed(&mut decoder, &compressed[0]).as_ref(), Some(&texts[0]));
        // The connection ends within a message.
        assert_eq!(feed(&mut decoder, &compressed[1][..9]), None);
        decoder.reset();
    }
}

fn an_empty_message_decodes_to_none(inflater: Inflater) {
    let mut stream = zlib::Stream::new();
    let mut decoder = decoder(inflater);
    assert_eq!(feed(&mut decoder, &[]), None);
    assert_eq!(feed(&mut decoder, &stream.message(b"")), None);
    assert_eq!(feed(&mut decoder, &[0, 0, 0, 0xff, 0xff]), None);
    assert_eq!(
        feed(&mut decoder, &stream.message(b"{}")).as_deref(),
        Some("{}")
    );
}
