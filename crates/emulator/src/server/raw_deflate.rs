//! Deflate without a wrapper.

use flate2::{Compress, Compression, FlushCompress, Status};

/// The least space for the output of one call to the compressor.
const MIN_SPACE: usize = 512;

/// A deflate stream without a wrapper.
#[derive(Debug)]
pub(super) struct RawDeflate {
    compress: Compress,
}

impl RawDeflate {
    /// A new stream; `level` is 0 to 9.
    pub(super) fn new(level: u32) -> Self {
        Self {
            compress: Compress::new(Compression::new(level), false),
        }
    }

    /// Deflates `text`, flushes, and appends the result to `out`.
    pub(super) fn append(&mut self, text: &[u8], out: &mut Vec<u8>) {
        let start = self.compress.total_in();
        loop {
            out.reserve(MIN_SPACE);
            let read = (self.compress.total_in() - start) as usize;
            let status = self
                .compress
                .compress_vec(&text[read..], out, FlushCompress::Sync)
                .expect("deflate fails only if it is misused");
            // Space is left over only if everything was read and the flush is complete.
            if status == Status::StreamEnd || out.len() < out.capacity() {
                return;
            }
        }
    }

    /// Forgets what was compressed. What follows does not refer to it.
    pub(super) fn reset(&mut self) {
        self.compress.reset();
    }
}

/// Appends a stored block to `out`, which must end at a byte boundary of the deflate stream.
pub(super) fn append_stored_block(text: &str, out: &mut Vec<u8>) {
    let length = u16::try_from(text.len()).expect("the text is a name and a number");
    out.push(0);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&(!length).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}
