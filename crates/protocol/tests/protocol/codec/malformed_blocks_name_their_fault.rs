//! The error of a block that no deflate encoder writes says what is wrong with it.

use gloaming_protocol::{Compression, DecodeErrorKind, Decoder, DecoderLimits, Frame, Inflater};
use std::error::Error;

/// The order in which a dynamic block has the lengths of the code of code lengths (RFC 1951, 3.2.7).
const ORDER: [u8; 19] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];

/// A stream, bit by bit.
struct Stream {
    bytes: Vec<u8>,
    bits: usize,
}

impl Stream {
    /// The header of zlib.
    fn new() -> Self {
        Self {
            bytes: vec![0x78, 0x9c],
            bits: 16,
        }
    }

    /// Appends a number, the lowest bit first.
    fn number(mut self, value: u32, bits: usize) -> Self {
        for bit in 0..bits {
            if self.bits.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let set = (value >> bit & 1) as u8;
            *self.bytes.last_mut().unwrap() |= set << (self.bits % 8);
            self.bits += 1;
        }
        self
    }

    /// Appends a code, the highest bit first.
    fn code(self, code: &str) -> Self {
        code.bytes()
            .fold(self, |stream, bit| stream.number(u32::from(bit == b'1'), 1))
    }

    /// Appends the head of a dynamic block with 257 codes of literals and one of distances, and with these lengths of
    /// the code of code lengths.
    fn dynamic(self, lengths: &[(u8, u32)]) -> Self {
        let head = self
            .number(0b100, 3)
            .number(0, 5)
            .number(0, 5)
            .number(15, 4);
        ORDER.iter().fold(head, |stream, symbol| {
            let length = lengths.iter().find(|(of, _)| of == symbol);
            stream.number(length.map_or(0, |(_, length)| *length), 3)
        })
    }

    /// Decodes what was appended, followed by zeros, and returns what the built-in inflater says.
    fn fault(self) -> String {
        let message = [self.bytes, vec![0; 64]].concat();
        let mut fault = String::new();
        for inflater in Inflater::ALL {
            if !inflater.supports(Compression::ZlibStream) {
                continue;
            }
            let limits = DecoderLimits::default();
            let mut decoder =
                Decoder::with_inflater(Compression::ZlibStream, inflater, limits).unwrap();
            let error = decoder.decode(Frame::Binary(&message)).unwrap_err();
            assert_eq!(error.kind(), DecodeErrorKind::Corrupt, "{inflater}");
            if inflater == Inflater::BuiltIn {
                fault = error.source().expect("the fault").to_string();
            }
        }
        fault
    }
}

#[test]
fn repetition_of_nothing() {
    let lengths = [(0, 1), (16, 1)];
    let stream = Stream::new().dynamic(&lengths).code("1").number(0, 2);
    assert_eq!(stream.fault(), "invalid repetition of a code length");
}

#[test]
fn repetition_of_more_than_there_is() {
    let lengths = [(0, 1), (16, 2), (18, 2)];
    let zeros = |stream: Stream, count: u32| stream.code("11").number(count - 11, 7);
    let stream = zeros(Stream::new().dynamic(&lengths), 138);
    let stream = zeros(stream, 138);
    assert_eq!(stream.fault(), "invalid repetition of a code length");

    let stream = zeros(Stream::new().dynamic(&lengths), 138);
    let stream = zeros(stream, 119).code("10").number(0, 2);
    assert_eq!(stream.fault(), "invalid repetition of a code length");
}

#[test]
fn block_without_an_end() {
    let lengths = [(0, 1), (1, 2), (18, 2)];
    let stream = Stream::new().dynamic(&lengths).code("10").code("10");
    let stream = stream.code("11").number(127, 7);
    let stream = stream.code("11").number(117 - 11, 7).code("0");
    assert_eq!(stream.fault(), "a block has no code for its end");
}

#[test]
fn code_of_code_lengths_that_is_incomplete() {
    let stream = Stream::new().dynamic(&[(0, 2), (1, 2), (18, 2)]);
    assert_eq!(stream.fault(), "invalid code of code lengths");
}

#[test]
fn block_of_a_type_that_does_not_exist() {
    assert_eq!(Stream::new().number(0b110, 3).fault(), "invalid block type");
}

#[test]
fn stored_block_whose_length_does_not_match() {
    let stream = Stream::new().number(0, 3).number(0, 5);
    assert_eq!(
        stream.number(1, 16).number(1, 16).fault(),
        "the length of a stored block does not match its complement"
    );
}

#[test]
fn distance_before_the_start() {
    // Of a fixed block: length 3, distance 1.
    let stream = Stream::new().number(0b010, 3).code("0000001");
    assert_eq!(
        stream.code("00000").fault(),
        "a distance reaches before the start of the stream"
    );
}

#[test]
fn symbols_that_do_not_exist() {
    let stream = Stream::new().number(0b010, 3).code("11000110");
    assert_eq!(stream.fault(), "invalid literal or length");
    // After a literal and a length, distance 30.
    let stream = Stream::new().number(0b010, 3).code("00110000");
    assert_eq!(
        stream.code("0000001").code("11110").fault(),
        "invalid distance"
    );
}
