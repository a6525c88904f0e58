//! The gateway's side of compression with zlib.

use flate2::{Compress, Compression, FlushCompress};

/// The zlib stream of a connection. Each message ends with a sync flush
/// ([P29](gloaming_protocol::rules#p29)).
#[derive(Debug)]
pub struct Stream(Compress);

impl Stream {
    /// Starts a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::with_level(6)
    }

    /// Starts a stream that compresses at a level from 1, the fastest, to 9, the smallest.
    #[must_use]
    pub fn with_level(level: u32) -> Self {
        Self(Compress::new(Compression::new(level), true))
    }

    /// Starts a new stream in place of this one, which takes less time than [`new`](Self::new).
    pub fn reset(&mut self) {
        self.0.reset();
    }

    /// Returns the next message, compressed. Nothing remains of a message without text.
    pub fn message(&mut self, text: &[u8]) -> Vec<u8> {
        let compressed = compress(&mut self.0, text, FlushCompress::Sync);
        assert!(text.is_empty() || compressed.ends_with(&[0, 0, 0xff, 0xff]));
        compressed
    }

    /// Returns the last message, compressed, and the end of the stream.
    pub fn finish(&mut self, text: &[u8]) -> Vec<u8> {
        compress(&mut self.0, text, FlushCompress::Finish)
    }
}

impl Default for Stream {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns a whole stream of one message ([P28](gloaming_protocol::rules#p28)).
#[must_use]
pub fn whole(text: &[u8]) -> Vec<u8> {
    Stream::new().finish(text)
}

fn compress(context: &mut Compress, mut text: &[u8], flush: FlushCompress) -> Vec<u8> {
    let mut compressed = Vec::new();
    loop {
        compressed.reserve(text.len() / 2 + 128);
        let before = context.total_in();
        context
            .compress_vec(text, &mut compressed, flush)
            .expect("everything can be compressed");
        text = &text[(context.total_in() - before) as usize..];
        // If there is room left, everything was flushed.
        if text.is_empty() && compressed.len() < compressed.capacity() {
            return compressed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Stream, whole};
    use flate2::{Decompress, FlushDecompress, Status};

    #[test]
    fn messages_of_a_stream_are_inflated_one_by_one() {
        let large = "large ".repeat(100_000);
        let mut stream = Stream::new();
        for _ in 0..2 {
            let mut inflater = Decompress::new(true);
            for text in ["{}", large.as_str(), "[]"] {
                let message = stream.message(text.as_bytes());
                let mut inflated = Vec::with_capacity(large.len() + 1);
                let flush = FlushDecompress::Sync;
                let status = inflater.decompress_vec(&message, &mut inflated, flush);
                assert_eq!(status.unwrap(), Status::Ok);
                assert_eq!(inflated, text.as_bytes());
            }
            stream.reset();
        }
    }

    #[test]
    fn whole_stream_ends() {
        let mut inflated = Vec::with_capacity(100);
        let status = Decompress::new(true).decompress_vec(
            &whole(b"text"),
            &mut inflated,
            FlushDecompress::Finish,
        );
        assert_eq!(
            (status.unwrap(), &inflated[..]),
            (Status::StreamEnd, &b"text"[..])
        );
    }
}
