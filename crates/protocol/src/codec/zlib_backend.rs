//! The one place that knows flate2.

use crate::box_error::BoxError;
use flate2::{Decompress, FlushDecompress, Status};

/// Whether a zlib backend is compiled in.
pub(crate) const AVAILABLE: bool = true;

/// What a compressed stream is wrapped in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wrapping {
    /// Nothing: the caller takes the zlib header off.
    Raw,
    /// A zlib header, and an Adler-32 at the end, which is checked.
    Zlib,
}

/// What one step did.
pub(crate) struct Step {
    pub(crate) read: usize,
    pub(crate) written: usize,
    /// Whether the stream says that nothing follows.
    pub(crate) ended: bool,
}

/// An inflate context.
#[derive(Debug)]
pub(crate) struct ZlibDecompressor {
    context: Decompress,
    wrapping: Wrapping,
}

impl ZlibDecompressor {
    /// `None` where no backend is compiled in.
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

    /// Starts over, with the memory it has.
    pub(crate) fn reset(&mut self) {
        self.context.reset(matches!(self.wrapping, Wrapping::Zlib));
    }

    /// Inflates until the input is used up or the output is full.
    ///
    /// `output` has to be initialized: flate2's other methods zero it anew on each call with the
    /// Rust backends.
    pub(crate) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, BoxError> {
        let (total_in, total_out) = (self.context.total_in(), self.context.total_out());
        let status = self
            .context
            .decompress(input, output, FlushDecompress::Sync)?;
        Ok(Step {
            // Differences within one call, so they fit what the slices are counted in.
            read: (self.context.total_in() - total_in) as usize,
            written: (self.context.total_out() - total_out) as usize,
            ended: matches!(status, Status::StreamEnd),
        })
    }
}
