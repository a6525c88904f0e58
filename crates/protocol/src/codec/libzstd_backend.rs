//! The only module that uses libzstd.

use crate::box_error::BoxError;
use std::fmt::{self, Debug, Formatter};
use zstd_safe::zstd_sys::ZSTD_ErrorCode as Code;
use zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer, get_error_name};

/// Whether libzstd is compiled in.
pub(crate) const AVAILABLE: bool = true;

/// The number of bytes that zstd requests at the end of a block: the size of the next block's header
/// (RFC 8878, 3.1.1.2).
const BLOCK_HEADER_BYTES: usize = 3;

/// The result of one step.
pub(crate) struct Step {
    pub(crate) read: usize,
    pub(crate) written: usize,
    pub(crate) position: StreamPosition,
}

/// The position in the stream at which a step ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum StreamPosition {
    /// At the end of a frame, all of which was written.
    BetweenFrames,
    /// At the end of a block. It is the end of a flush if all of the block was written.
    BetweenBlocks,
    /// Within a block: more input or more space is needed.
    WithinBlock,
}

/// An error of a step.
pub(crate) enum LibzstdError {
    /// The input does not start with the magic number of a frame.
    Magic(BoxError),
    WindowTooLarge(BoxError),
    Corrupt(BoxError),
}

/// A decompression context.
pub(crate) struct LibzstdDecompressor(DCtx<'static>);

impl LibzstdDecompressor {
    /// Returns `None` if libzstd is not compiled in.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the same signature with and without libzstd"
    )]
    pub(crate) fn new(window_log_max: u32) -> Option<Self> {
        let mut context = DCtx::create();
        context
            .set_parameter(DParameter::WindowLogMax(window_log_max))
            .expect("zstd supports this window");
        Some(Self(context))
    }

    /// Decompresses until the input is consumed or the output is full.
    pub(crate) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, LibzstdError> {
        let mut input = InBuffer::around(input);
        let mut output = OutBuffer::around(output);
        let requested = self
            .0
            .decompress_stream(&mut output, &mut input)
            .map_err(LibzstdError::of)?;
        Ok(Step {
            read: input.pos(),
            written: output.pos(),
            position: match requested {
                0 => StreamPosition::BetweenFrames,
                BLOCK_HEADER_BYTES => StreamPosition::BetweenBlocks,
                _ => StreamPosition::WithinBlock,
            },
        })
    }
}

impl LibzstdError {
    fn of(code: usize) -> Self {
        let source = get_error_name(code).into();
        // zstd returns an error as the negated code.
        match code.wrapping_neg() {
            code if code == Code::ZSTD_error_prefix_unknown as usize => Self::Magic(source),
            code if code == Code::ZSTD_error_frameParameter_windowTooLarge as usize => {
                Self::WindowTooLarge(source)
            }
            _ => Self::Corrupt(source),
        }
    }
}

impl Debug for LibzstdDecompressor {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("LibzstdDecompressor")
            .field("bytes", &self.0.sizeof())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{LibzstdDecompressor, StreamPosition};
    use zstd_safe::zstd_sys::ZSTD_EndDirective::ZSTD_e_flush;
    use zstd_safe::{CCtx, CParameter, InBuffer, OutBuffer};

    const KIB: usize = 1024;

    /// The memory of a decoder after it read a stream with this window.
    fn memory(window_log: u32) -> usize {
        let mut compressor = CCtx::create();
        compressor
            .set_parameter(CParameter::WindowLog(window_log))
            .unwrap();
        let mut message = vec![0; 10 * KIB];
        let mut output = OutBuffer::around(&mut message[..]);
        let mut input = InBuffer::around(b"{}");
        compressor
            .compress_stream2(&mut output, &mut input, ZSTD_e_flush)
            .unwrap();
        let written = output.pos();

        let mut decoder = LibzstdDecompressor::new(21).unwrap();
        let step = decoder
            .step(&message[..written], &mut [0; 10])
            .ok()
            .unwrap();
        assert_eq!((step.read, step.written), (written, 2));
        assert_eq!(step.position, StreamPosition::BetweenBlocks);
        decoder.0.sizeof()
    }

    #[test]
    fn the_window_limits_memory() {
        let (discord, most) = (memory(18), memory(21));
        assert!(discord < 800 * KIB, "{discord}");
        assert!(most < 2_600 * KIB, "{most}");
    }

    #[test]
    fn debug_shows_the_size() {
        let decoder = LibzstdDecompressor::new(21).unwrap();
        let expected = format!("LibzstdDecompressor {{ bytes: {} }}", decoder.0.sizeof());
        assert_eq!(format!("{decoder:?}"), expected);
    }
}
