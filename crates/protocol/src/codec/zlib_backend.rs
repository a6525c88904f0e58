//! The only module that uses flate2.

use crate::box_error::BoxError;
use flate2::{Decompress, FlushDecompress, Status};

/// Whether a zlib backend is compiled in.
pub(crate) const AVAILABLE: bool = true;

/// What a compressed stream is wrapped in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wrapping {
    /// Nothing. The caller strips the zlib header.
    Raw,
    /// A zlib header and an Adler-32 checksum, which is verified.
    Zlib,
}

/// The result of one step.
pub(crate) struct Step {
    pub(crate) read: usize,
    pub(crate) written: usize,
    /// Whether the stream ended.
    pub(crate) ended: bool,
}

/// A decompression context.
#[derive(Debug)]
pub(crate) struct ZlibDecompressor {
    context: Decompress,
    wrapping: Wrapping,
}

impl ZlibDecompressor {
    /// Returns `None` if no backend is compiled in.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the same signature with and without a backend"
    )]
    pub(crate) fn new(wrapping: Wrapping) -> Option<Self> {
        Some(Self {
            context: Decompress::new(matches!(wrapping, Wrapping::Zlib)),
            wrapping,
        })
    }

    /// Starts a new stream. Keeps the memory.
    pub(crate) fn reset(&mut self) {
        self.context.reset(matches!(self.wrapping, Wrapping::Zlib));
    }

    /// Inflates until the input is consumed or the output is full.
    ///
    /// `output` is initialized memory: with the Rust backends, flate2's methods for uninitialized memory
    /// zero all of it in each call.
    pub(crate) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, BoxError> {
        let (total_in, total_out) = (self.context.total_in(), self.context.total_out());
        let status = self
            .context
            .decompress(input, output, FlushDecompress::Sync)?;
        Ok(Step {
            // Both differences are at most the length of a slice, so they fit.
            read: (self.context.total_in() - total_in) as usize,
            written: (self.context.total_out() - total_out) as usize,
            ended: matches!(status, Status::StreamEnd),
        })
    }
}
