//! The gateway's side of compression.

use flate2::{Compress, Compression, FlushCompress};

/// One zlib stream for a connection: each message ends with a sync flush (P29).
pub(crate) struct Stream(Compress);

impl Stream {
    pub(crate) fn new() -> Self {
        Self(Compress::new(Compression::new(6), true))
    }

    /// One message, compressed.
    pub(crate) fn message(&mut self, text: &[u8]) -> Vec<u8> {
        let compressed = compress(&mut self.0, text, FlushCompress::Sync);
        assert!(compressed.ends_with(&[0, 0, 0xff, 0xff]));
        compressed
    }
}

/// A whole zlib stream (P28).
pub(crate) fn whole(text: &[u8]) -> Vec<u8> {
    let mut context = Compress::new(Compression::new(6), true);
    compress(&mut context, text, FlushCompress::Finish)
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
        // Room that is left over means that everything was flushed.
        if text.is_empty() && compressed.len() < compressed.capacity() {
            return compressed;
        }
    }
}
