//! The built-in inflater decodes what flate2 decodes, to the same text, and rejects what flate2 rejects, for the same
//! reason and at the same byte (P29, P31).
#![cfg(any(feature = "zlib-ng", feature = "zlib-stock", feature = "zlib-system"))]

use crate::harness::corruption::flip_every_bit;
use crate::harness::{dispatch_fixture, dispatch_text, fixture, zlib};
use gloaming_protocol::{Compression, DecodeErrorKind, Decoder, DecoderLimits, Frame, Inflater};
use gloaming_test_support::Random;
use gloaming_test_support::deflate::{DeflateStream, Faults};

const HEADER: [u8; 2] = [0x78, 0x9c];
const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// A decoder of each kind, with the same input.
struct Pair {
    flate2: Decoder,
    built_in: Decoder,
}

type Decoded = Result<Option<String>, DecodeErrorKind>;

impl Pair {
    fn new() -> Self {
        Self::with_limit(64 * MIB)
    }

    fn with_limit(max_message_bytes: usize) -> Self {
        let limits = DecoderLimits { max_message_bytes };
        let [flate2, built_in] = [Inflater::Flate2, Inflater::BuiltIn].map(|inflater| {
            Decoder::with_inflater(Compression::ZlibStream, inflater, limits).unwrap()
        });
        Self { flate2, built_in }
    }

    /// Decodes a part with both, which have to agree.
    fn decode(&mut self, part: &[u8], context: &str) -> Decoded {
        let [flate2, built_in] = [&mut self.flate2, &mut self.built_in].map(|decoder| {
            let decoded = decoder.decode(Frame::Binary(part));
            let decoded = decoded.map(|text| text.map(str::to_owned));
            (
                decoded.map_err(|error| error.kind()),
                decoder.partial_bytes(),
                decoder.inflated_bytes(),
            )
        });
        assert!(
            flate2 == built_in,
            "{context}: flate2 {:?}, built in {:?}",
            summary(&flate2.0),
            summary(&built_in.0),
        );
        built_in.0
    }

    fn reset(&mut self) {
        self.flate2.reset();
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

fn compressed(texts: &[String], level: u32) -> Vec<Vec<u8>> {
    let mut stream = zlib::Stream::with_level(level);
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
    let count = random.between(1, 8);
    let texts = (0..count).map(|_| {
        let length = random.pick(&[0, 1, 3, 20, 200]);
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
    for level in [0, 1, 6, 9] {
        let mut pair = Pair::new();
        for (text, message) in dispatches.iter().zip(compressed(&dispatches, level)) {
            let decoded = pair.decode(&message, "documented events");
            assert_eq!(decoded.unwrap().as_ref(), Some(text));
        }
        for seed in 0..20 {
            pair.reset();
            let texts = texts(&mut Random::new(seed));
            for (text, message) in texts.iter().zip(compressed(&texts, level)) {
                let decoded = pair.decode(&message, &format!("level {level}, seed {seed}"));
                assert_eq!(decoded.unwrap().as_ref(), Some(text));
            }
        }
    }
}

/// C zlib wrote the fixture.
#[test]
fn stream_of_c_zlib_is_decoded_byte_by_byte() {
    let mut pair = Pair::new();
    let stream = fixture("zlib-stream.bin");
    let found = stream
        .iter()
        .filter_map(|byte| pair.decode(&[*byte], "the fixture").unwrap());
    let found = Vec::from_iter(found);
    let texts = String::from_utf8(fixture("zlib-stream.jsonl")).unwrap();
    assert_eq!(found, Vec::from_iter(texts.lines()));
}

#[test]
fn messages_may_be_split_anywhere() {
    let texts = &dispatches()[1..3];
    let messages = compressed(texts, 6);
    let longest = messages.iter().map(Vec::len).max().unwrap();
    let mut pair = Pair::new();
    for split in 0..longest {
        pair.reset();
        for message in &messages {
            // What was inflated of the first part is compared, too.
            let (head, tail) = message.split_at(split.min(message.len()));
            let _ = pair.decode(head, &format!("the part before {split}"));
            let _ = pair.decode(tail, &format!("the part from {split}"));
        }
    }
    for size in [1, 2, 3, 7] {
        pair.reset();
        for (text, message) in texts.iter().zip(&messages) {
            let parts = message.chunks(size);
            let decoded = parts.filter_map(|part| pair.decode(part, "equal parts").unwrap());
            assert_eq!(Vec::from_iter(decoded), [text.as_str()]);
        }
    }
}

#[test]
fn flipped_bits_have_the_same_effect() {
    let streams = [
        // Fixed codes, and references to the message before.
        compressed(
            &[r#"{"op":11}"#, r#"{"op":11}"#, r#"{"op":1}"#].map(str::to_owned),
            6,
        ),
        // Codes of its own.
        compressed(&dispatches()[1..2], 9),
        // A stored block.
        compressed(&[r#"{"op":11}"#.to_owned()], 0),
        random_messages(5, Faults::None),
        random_messages(8, Faults::None),
    ];
    let mut pair = Pair::with_limit(MIB);
    for (number, messages) in streams.iter().enumerate() {
        assert!(
            messages.concat().len() < 3000,
            "stream {number} would take long"
        );
        flip_every_bit(messages, |messages| {
            pair.reset();
            for message in messages {
                let _ = pair.decode(message, &format!("stream {number}"));
            }
        });
    }
}

/// Some messages of a random stream, with the header.
fn random_messages(seed: u64, faults: Faults) -> Vec<Vec<u8>> {
    let mut random = Random::new(seed);
    let mut stream = DeflateStream::new();
    let mut messages = vec![HEADER.to_vec()];
    messages.extend((0..4).map(|_| stream.message(&mut random, faults)));
    messages
}

#[test]
fn random_streams_are_decoded() {
    let mut pair = Pair::new();
    for seed in 0..300 {
        pair.reset();
        for message in random_messages(seed, Faults::None) {
            let decoded = pair.decode(&message, &format!("seed {seed}"));
            assert!(decoded.is_ok(), "seed {seed}: {decoded:?}");
        }
    }
}

#[test]
fn random_streams_with_faults_are_rejected() {
    let mut pair = Pair::new();
    let mut rejected = 0;
    for seed in 0..600 {
        pair.reset();
        let messages = random_messages(seed, Faults::Some);
        let decoded = messages
            .iter()
            .map(|message| pair.decode(message, &format!("seed {seed}")));
        rejected += decoded.filter(Result::is_err).count().min(1);
    }
    assert!(rejected > 100, "only {rejected} were rejected");
}

#[test]
fn random_streams_in_random_parts_have_the_same_effect() {
    let mut pair = Pair::new();
    for seed in 0..100 {
        pair.reset();
        let mut random = Random::new(seed);
        let faults = random.pick(&[Faults::None, Faults::Some]);
        for message in random_messages(seed, faults) {
            let mut rest = &message[..];
            while !rest.is_empty() {
                let most = random.pick(&[2, 20, 2000]);
                let (part, tail) = rest.split_at(random.below(most).min(rest.len()));
                let _ = pair.decode(part, &format!("seed {seed}"));
                rest = tail;
            }
        }
    }
}

#[test]
fn distances_reach_exactly_the_whole_window() {
    let mut random = Random::new(1);
    let mut stream = zlib::Stream::with_level(9);
    let mut pair = Pair::new();
    let phrase = random.text(200);
    // The distances are around 32 KiB, and messages have many sizes.
    for round in 0..60 {
        let distance = 32 * KIB - 300 + random.below(600_usize);
        let between = random.bytes(distance - phrase.len());
        let between = between.iter().map(|byte| char::from(b'a' + byte % 26));
        let mut text = phrase.clone();
        text.extend(between);
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let (part, tail) = rest.split_at(random.between(1, 20_000_usize).min(rest.len()));
            let message = stream.message(part.as_bytes());
            let decoded = pair.decode(&message, &format!("round {round}"));
            assert_eq!(decoded.unwrap().as_deref(), Some(part));
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
            let text = "x".repeat(size);
            for level in [0, 6] {
                pair.reset();
                let messages = compressed(&["{".to_owned(), text.clone()], level);
                for part in messages.iter().flat_map(|message| message.chunks(5000)) {
                    let _ = pair.decode(part, &format!("limit {limit}, {size} bytes"));
                }
                assert!(pair.built_in.buffer_bytes() <= (limit + 1).max(8 * KIB));
            }
        }
    }
}

#[test]
fn floods_of_empty_blocks_need_no_memory() {
    let blocks: [fn(&mut DeflateStream); 3] = [
        DeflateStream::empty_block,
        DeflateStream::empty_fixed_block,
        DeflateStream::empty_dynamic_block,
    ];
    for block in blocks {
        let mut pair = Pair::new();
        assert_eq!(pair.decode(&HEADER, "the header"), Ok(None));
        let mut stream = DeflateStream::new();
        (0..3000).for_each(|_| block(&mut stream));
        stream.empty_block();
        let flood = stream.take();
        for _ in 0..3 {
            assert_eq!(pair.decode(&flood, "a flood"), Ok(None));
        }
        assert!(pair.built_in.buffer_bytes() <= 8 * KIB);
    }
}
