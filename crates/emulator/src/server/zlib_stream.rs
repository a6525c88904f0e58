//! zlib-stream ([P29](gloaming_protocol::rules#p29)): one deflate stream per connection, flushed at the end
//! of each message.

use std::io::Write as _;

use bytes::Bytes;
use flate2::{Compression, write::ZlibEncoder};

use super::raw_deflate::{RawDeflate, append_stored_block};

/// CMF and FLG of a zlib stream with a 32 KiB window (RFC 1950).
const HEADER: [u8; 2] = [0x78, 0x9c];

/// Spare capacity for a compressed message.
const SPARE_CAPACITY: usize = 512;

/// The stream of a connection. It never ends, so that its trailing checksum is never sent.
#[derive(Debug)]
pub(super) struct ZlibStream {
    deflate: RawDeflate,
    position: Position,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Position {
    /// The header is still to be sent.
    Start,
    Body,
}

impl ZlibStream {
    /// A new stream; `level` is 0 to 9.
    pub(super) fn new(level: u32) -> Self {
        Self {
            deflate: RawDeflate::new(level),
            position: Position::Start,
        }
    }

    /// Compresses a message, including the 00 00 FF FF that ends it.
    pub(super) fn compress(&mut self, text: &[u8]) -> Bytes {
        let mut out = self.start_message(text.len() / 3);
        self.deflate.append(text, &mut out);
        out.into()
    }

    /// Makes a message from a head that is not compressed and a tail that was deflated in advance. The stream does not
    /// remember either.
    pub(super) fn splice(&mut self, head: &str, tail: &[u8]) -> Bytes {
        let mut out = self.start_message(head.len() + tail.len());
        append_stored_block(head, &mut out);
        out.extend_from_slice(tail);
        out.into()
    }

    /// Forgets what was compressed. What follows does not refer to it.
    pub(super) fn reset(&mut self) {
        self.deflate.reset();
    }

    fn start_message(&mut self, expected_size: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(expected_size + SPARE_CAPACITY);
        if std::mem::replace(&mut self.position, Position::Body) == Position::Start {
            out.extend_from_slice(&HEADER);
        }
        out
    }
}

/// Compresses a message as a complete zlib stream ([P28](gloaming_protocol::rules#p28)).
pub(super) fn compress_payload(level: u32, text: &[u8]) -> Bytes {
    let mut encoder = ZlibEncoder::new(
        Vec::with_capacity(text.len() / 3 + SPARE_CAPACITY),
        Compression::new(level),
    );
    // Writing to a `Vec` does not fail.
    let _ = encoder.write_all(text);
    encoder.finish().unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use flate2::{Decompress, FlushDecompress, Status};

    use super::*;

    fn inflate(inflate: &mut Decompress, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(1 << 20);
        inflate
            .decompress_vec(bytes, &mut out, FlushDecompress::Sync)
            .unwrap();
        out
    }

    #[test]
    fn messages_end_with_the_suffix_and_share_the_window() {
        let mut stream = ZlibStream::new(6);
        let mut reader = Decompress::new(true);
        let text = br#"{"t":null,"s":null,"op":11,"d":null}"#.repeat(5);
        let mut sizes = Vec::new();
        for _ in 0..10 {
            let message = stream.compress(&text);
            assert!(message.ends_with(&[0, 0, 0xff, 0xff]));
            assert_eq!(inflate(&mut reader, &message), text);
            sizes.push(message.len());
        }
        assert!(sizes[9] < sizes[0] / 2, "{sizes:?}");
    }

    #[test]
    fn compressed_payload_is_a_complete_stream() {
        for size in [0, 10, 100_000] {
            let text = vec![b'x'; size];
            let message = compress_payload(6, &text);
            let mut reader = Decompress::new(true);
            let mut out = Vec::with_capacity(1 << 20);
            let status = reader
                .decompress_vec(&message, &mut out, FlushDecompress::Finish)
                .unwrap();
            assert_eq!((status, out), (Status::StreamEnd, text));
        }
    }

    #[test]
    fn large_and_incompressible_messages_are_complete() {
        let mut rng = crate::rng::Rng::new(1);
        for level in 0..=9 {
            let mut stream = ZlibStream::new(level);
            let mut reader = Decompress::new(true);
            for size in [0, 1, 511, 512, 513, 70_000, 300_000] {
                let text: Vec<u8> = (0..size).map(|_| rng.next() as u8).collect();
                let message = stream.compress(&text);
                assert!(
                    message.ends_with(&[0, 0, 0xff, 0xff]),
                    "level {level}, {size} bytes"
                );
                assert_eq!(
                    inflate(&mut reader, &message),
                    text,
                    "level {level}, {size} bytes"
                );
            }
        }
    }
}
