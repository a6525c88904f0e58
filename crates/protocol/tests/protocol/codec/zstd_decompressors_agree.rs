//! The built-in decompressor of zstd-stream decodes what libzstd decodes, to the same text, and rejects what libzstd
//! rejects, for the same reason (P30, P31).
#![cfg(feature = "zstd")]

use crate::harness::corruption::flip_every_bit;
use crate::harness::{dispatch_fixture, dispatch_text, zstd};
use gloaming_protocol::{Compression, DecodeErrorKind, Decoder, DecoderLimits, Frame, Inflater};
use gloaming_test_support::Random;
use gloaming_test_support::deflate::Faults;
use gloaming_test_support::zstd_frames::{FrameStream, STRICTER_THAN_LIBZSTD};
use std::error::Error;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// A decoder of each kind, with the same input.
struct Pair {
    libzstd: Decoder,
    built_in: Decoder,
}

type Decoded = Result<Option<String>, DecodeErrorKind>;

impl Pair {
    fn new() -> Self {
        Self::with_limit(64 * MIB)
    }

    fn with_limit(max_message_bytes: usize) -> Self {
        let limits = DecoderLimits { max_message_bytes };
        let [libzstd, built_in] = [Inflater::Libzstd, Inflater::BuiltIn].map(|inflater| {
            Decoder::with_inflater(Compression::ZstdStream, inflater, limits).unwrap()
        });
        Self { libzstd, built_in }
    }

    /// Decodes a message with both, which have to agree, unless the built-in decompressor is stricter.
    fn decode(&mut self, message: &[u8], context: &str) -> Decoded {
        let libzstd = self.libzstd.decode(Frame::Binary(message));
        let libzstd = libzstd.map(|text| text.map(str::to_owned));
        let built_in = self.built_in.decode(Frame::Binary(message));
        let reason = built_in.as_ref().err().and_then(Error::source);
        let reason = reason.map(ToString::to_string).unwrap_or_default();
        let is_stricter = STRICTER_THAN_LIBZSTD.contains(&&*reason);
        let built_in = built_in.map(|text| text.map(str::to_owned));
        let built_in = built_in.map_err(|error| error.kind());
        let libzstd = libzstd.map_err(|error| error.kind());
        match (&libzstd, &built_in) {
            (Ok(_) | Err(DecodeErrorKind::InvalidUtf8), Err(_)) if is_stricter => {}
            // A block that is invalid and too large, too.
            (Err(_), Err(DecodeErrorKind::TooLarge { .. })) => {}
            _ => assert!(
                libzstd == built_in,
                "{context}: libzstd {:?}, built in {:?} ({reason})",
                summary(&libzstd),
                summary(&built_in),
            ),
        }
        built_in
    }

    fn reset(&mut self) {
        self.libzstd.reset();
        self.built_in.reset();
    }
}

fn summary(decoded: &Decoded) -> Result<usize, DecodeErrorKind> {
    decoded
        .as_ref()
        .map(|text| text.as_ref().map_or(0, String::len))
        .map_err(|kind| *kind)
}

fn dispatches() -> Vec<String> {
    let names = [
        "READY",
        "TYPING_START",
        "MESSAGE_CREATE",
        "GUILD_CREATE",
        "TYPING_START",
    ];
    let texts = names.iter().zip(1..);
    texts
        .map(|(name, sequence)| dispatch_text(name, sequence, &dispatch_fixture(name)))
        .collect()
}

fn compressed(texts: &[String], mut stream: zstd::Stream) -> Vec<Vec<u8>> {
    texts
        .iter()
        .map(|text| stream.message(text.as_bytes()))
        .collect()
}

/// Texts of a seed, from which a compressor makes all kinds of blocks.
fn texts(random: &mut Random) -> Vec<String> {
    let words = Vec::from_iter((0..30).map(|_| {
        let length = random.between(1, 12);
        random.text(length)
    }));
    let count = random.between(1, 12);
    let texts = (0..count).map(|_| {
        let length = random.pick(&[0, 1, 3, 20, 200, 2000]);
        let parts = (0..random.below(length + 1)).map(|_| match random.below(3) {
            0 => random.next().to_string(),
            _ => words[random.below(words.len())].clone(),
        });
        format!("{{{}}}", parts.collect::<String>())
    });
    texts.collect()
}

#[test]
fn compressed_messages_are_decoded() {
    let dispatches = dispatches();
    for level in [-5, 1, 3, 6, 9, 13, 19] {
        let mut pair = Pair::new();
        let stream = zstd::Stream::with_level(level);
        for (text, message) in dispatches.iter().zip(compressed(&dispatches, stream)) {
            let decoded = pair.decode(&message, "documented events");
            assert_eq!(decoded.unwrap().as_ref(), Some(text));
        }
        for seed in 0..12 {
            pair.reset();
            let texts = texts(&mut Random::new(seed));
            let stream = zstd::Stream::with_level(level);
            for (text, message) in texts.iter().zip(compressed(&texts, stream)) {
                let decoded = pair.decode(&message, &format!("level {level}, seed {seed}"));
                assert!(decoded.unwrap().as_ref() == Some(text));
            }
        }
    }
}

#[test]
fn frames_with_a_checksum_are_decoded() {
    let mut stream = zstd::Stream::with_checksum();
    let mut pair = Pair::new();
    for seed in 0..20 {
        let mut random = Random::new(seed);
        for text in texts(&mut random) {
            let message = match random.once_in(3) {
                true => stream.last_of_a_frame(text.as_bytes()),
                false => stream.message(text.as_bytes()),
            };
            let decoded = pair.decode(&message, &format!("seed {seed}"));
            assert!(decoded.unwrap().as_ref() == Some(&text));
        }
    }
    let good = zstd::Stream::with_checksum().last_of_a_frame(br#"{"op":11}"#);
    for byte in 1..=4 {
        pair.reset();
        let mut message = good.clone();
        let at = message.len() - byte;
        message[at] ^= 1;
        let decoded = pair.decode(&message, "a wrong checksum");
        assert_eq!(decoded, Err(DecodeErrorKind::Corrupt));
    }
    pair.reset();
    let decoded = pair.decode(&good[..good.len() - 1], "a part of a checksum");
    assert_eq!(decoded, Err(DecodeErrorKind::Truncated));
}

#[test]
fn truncated_messages_are_rejected() {
    let messages = compressed(&dispatches()[1..3], zstd::Stream::new());
    let mut pair = Pair::new();
    for end in 0..messages[0].len() {
        pair.reset();
        let _ = pair.decode(&messages[0][..end], &format!("the first {end} bytes"));
    }
    for end in 0..messages[1].len() {
        pair.reset();
        assert!(pair.decode(&messages[0], "the first message").is_ok());
        let _ = pair.decode(&messages[1][..end], &format!("the next {end} bytes"));
    }
}

#[test]
fn flipped_bits_have_the_same_effect() {
    let streams = [
        // Predefined tables, and references to the message before.
        compressed(
            &[r#"{"op":11}"#, r#"{"op":11}"#, r#"{"op":1}"#].map(str::to_owned),
            zstd::Stream::new(),
        ),
        // A Huffman code and tables of its own.
        compressed(&dispatches()[1..3], zstd::Stream::with_level(19)),
        random_messages(5, Faults::None),
        random_messages(8, Faults::None),
        random_messages(9, Faults::None),
    ];
    let mut pair = Pair::with_limit(MIB);
    for (number, messages) in streams.iter().enumerate() {
        assert!(
            messages.concat().len() < 6000,
            "stream {number} would take long"
        );
        flip_every_bit(messages, |messages| {
            pair.reset();
            for message in messages {
                if pair.decode(message, &format!("stream {number}")).is_err() {
                    break;
                }
            }
        });
    }
}

/// Some messages of a random stream.
fn random_messages(seed: u64, faults: Faults) -> Vec<Vec<u8>> {
    let mut random = Random::new(seed);
    let mut stream = FrameStream::new();
    Vec::from_iter((0..6).map(|_| stream.message(&mut random, faults)))
}

#[test]
fn random_frames_are_decoded() {
    let mut pair = Pair::new();
    for seed in 0..2000 {
        pair.reset();
        for message in random_messages(seed, Faults::None) {
            let decoded = pair.decode(&message, &format!("seed {seed}"));
            assert!(decoded.is_ok(), "seed {seed}: {decoded:?}");
        }
    }
}

#[test]
fn random_frames_with_faults_are_rejected() {
    let mut pair = Pair::new();
    let mut rejected = 0;
    for seed in 0..3000 {
        pair.reset();
        for message in random_messages(seed, Faults::Some) {
            if pair.decode(&message, &format!("seed {seed}")).is_err() {
                rejected += 1;
                break;
            }
        }
    }
    assert!(rejected > 100, "only {rejected} were rejected");
}

#[test]
fn damaged_frames_have_the_same_effect() {
    let mut pair = Pair::with_limit(MIB);
    for seed in 0..3000 {
        pair.reset();
        let mut random = Random::new(seed);
        let mut messages = match random.below(3) {
            0 => compressed(&texts(&mut random), zstd::Stream::with_level(9)),
            _ => random_messages(seed, Faults::None),
        };
        for _ in 0..random.between(1, 3) {
            let at = random.below(messages.len());
            let message = &mut messages[at];
            if !message.is_empty() {
                let at = random.below(message.len());
                message[at] = random.below(256_u16) as u8;
            }
        }
        for message in messages {
            if pair.decode(&message, &format!("seed {seed}")).is_err() {
                break;
            }
        }
    }
}

#[test]
fn offsets_reach_exactly_the_whole_window() {
    let mut random = Random::new(1);
    for log in [10, 12, 15, 18] {
        let mut stream = zstd::Stream::with_window(log);
        let mut pair = Pair::new();
        let phrase = random.text(150);
        // The distances are around the window, and messages have many sizes.
        for round in 0..40 {
            let distance = (1_usize << log) - 300 + random.below(600_usize);
            let between = random.bytes(distance - phrase.len());
            let between = between.iter().map(|byte| char::from(b'a' + byte % 26));
            let mut text = phrase.clone();
            text.extend(between);
            let mut rest = text.as_str();
            while !rest.is_empty() {
                let most = random.pick(&[300, 5000, 100_000_usize]);
                let (part, tail) = rest.split_at(random.between(1, most).min(rest.len()));
                let message = stream.message(part.as_bytes());
                let decoded = pair.decode(&message, &format!("window {log}, round {round}"));
                assert!(decoded.unwrap().as_deref() == Some(part));
                if random.once_in(4) {
                    pair.built_in.shrink_buffer();
                }
                if random.once_in(4) {
                    pair.built_in.release_buffer();
                }
                rest = tail;
            }
        }
    }
}

#[test]
fn limits_are_the_same() {
    for limit in [1, 300, 8191, 8192, 40_000] {
        for size in [
            limit - 1,
            limit,
            limit + 1,
            limit + 2,
            2 * limit,
            limit + 100_000,
        ] {
            let mut pair = Pair::with_limit(limit);
            for level in [1, 6] {
                pair.reset();
                let texts = ["{".to_owned(), "x".repeat(size), Random::new(3).text(size)];
                for message in compressed(&texts, zstd::Stream::with_level(level)) {
                    let _ = pair.decode(&message, &format!("limit {limit}, {size} bytes"));
                }
                assert!(pair.built_in.buffer_bytes() <= (limit + 1).max(8 * KIB));
            }
        }
    }
}

#[test]
fn floods_of_empty_blocks_need_no_memory() {
    let mut pair = Pair::new();
    let start = zstd::Stream::new().message(b"{}");
    assert!(pair.decode(&start, "the start").is_ok());
    let flood = [0, 0, 0].repeat(30_000);
    for _ in 0..3 {
        assert_eq!(pair.decode(&flood, "a flood"), Ok(None));
    }
    assert!(pair.built_in.buffer_bytes() <= 8 * KIB);
}
