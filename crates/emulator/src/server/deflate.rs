//! zlib-stream (P29): one deflate stream per connection, flushed at the end of each message.

use std::io::Write as _;

use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress, Status, write::ZlibEncoder};

use super::deflated_runs::store;

/// CMF and FLG of a zlib stream with a 32 KiB window (RFC 1950).
const HEADER: [u8; 2] = [0x78, 0x9c];

/// What one call to the compressor may add at least.
const ROOM: usize = 512;

/// The stream of one connection. It never ends, so that its trailing checksum never comes.
#[derive(Debug)]
pub(super) struct ZlibStream {
    deflate: RawDeflate,
    began: bool,
}

impl ZlibStream {
    /// A new stream; `level` is 0 to 9.
    pub(super) fn new(level: u32) -> Self {
        Self {
            deflate: RawDeflate::new(level),
            began: false,
        }
    }

    /// Compresses one message, up to and with the 00 00 FF FF that ends it.
    pub(super) fn compress(&mut self, text: &[u8]) -> Bytes {
        let mut out = self.begin(text.len() / 3);
        self.deflate.append(text, &mut out);
        out.into()
    }

    /// A message of a run, deflated beforehand but for its head. The stream has no memory of it.
    pub(super) fn splice(&mut self, head: &str, tail: &[u8]) -> Bytes {
        let mut out = self.begin(head.len() + tail.len());
        store(head, &mut out);
        out.extend_from_slice(tail);
        out.into()
    }

    /// Forgets what was compressed: what follows won't refer to it.
    pub(super) fn forget(&mut self) {
        self.deflate.deflate.reset();
    }

    fn begin(&mut self, about: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(about + ROOM);
        if !std::mem::replace(&mut self.began, true) {
            out.extend_from_slice(&HEADER);
        }
        out
    }
}

/// Deflate without a wrapper.
#[derive(Debug)]
pub(super) struct RawDeflate {
    deflate: Compress,
}

impl RawDeflate {
    /// `level` is 0 to 9.
    pub(super) fn new(level: u32) -> Self {
        Self {
            deflate: Compress::new(Compression::new(level), false),
        }
    }

    /// Appends `text` to `out`, deflated and flushed.
    pub(super) fn append(&mut self, text: &[u8], out: &mut Vec<u8>) {
        let began_at = self.deflate.total_in();
        loop {
            out.reserve(ROOM);
            let read = (self.deflate.total_in() - began_at) as usize;
            let status = self
                .deflate
                .compress_vec(&text[read..], out, FlushCompress::Sync)
                .expect("deflate fails only when it is misused");
            // Room left over means that all was read and the flush is complete.
            if status == Status::StreamEnd || out.len() < out.capacity() {
                return;
            }
        }
    }
}

/// Compresses one message as a whole zlib stream (P28).
pub(super) fn compress_payload(level: u32, text: &[u8]) -> Bytes {
    let mut encoder = ZlibEncoder::new(
        Vec::with_capacity(text.len() / 3 + ROOM),
        Compression::new(level),
    );
    // Writing to a vector can't fail.
    let _ = encoder.write_all(text);
    encoder.finish().unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use flate2::{Decompress, FlushDecompress};

    use super::*;

    fn inflate(inflate: &mut Decompress, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(1 << 20);
        inflate
            .decompress_vec(bytes, &mut out, FlushDecompress::Sync)
            .unwrap();
        out
    }

    #[test]
    fn each_message_ends_with_the_suffix_and_shares_the_window() {
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
    fn a_compressed_payload_is_a_whole_stream() {
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
    fn big_and_incompressible_messages_come_whole() {
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
