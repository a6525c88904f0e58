//! The one place that knows zstd.

use crate::box_error::BoxError;
use std::fmt::{self, Debug, Formatter};
use zstd_safe::zstd_sys::ZSTD_ErrorCode as Code;
use zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer, ResetDirective, get_error_name};

/// Whether zstd is compiled in.
pub(crate) const AVAILABLE: bool = true;

/// What zstd asks for next when one block is over and the next may begin: a block's header
/// (RFC 8878, 3.1.1.2).
const BLOCK_HEADER: usize = 3;

/// What one step did.
pub(crate) struct Step {
    pub(crate) read: usize,
    pub(crate) written: usize,
    pub(crate) place: Place,
}

/// Where in the stream a step ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    /// Everything of a frame was written; another may begin.
    BetweenFrames,
    /// A flush may have ended here, if everything was written.
    BetweenBlocks,
    /// More input or more room is needed.
    WithinBlock,
}

/// Why a step failed.
pub(crate) enum Failure {
    /// No frame begins like this.
    Magic(BoxError),
    WindowTooLarge(BoxError),
    Corrupt(BoxError),
}

/// A decompression context.
pub(crate) struct ZstdDecompressor(DCtx<'static>);

impl ZstdDecompressor {
    /// `None` where zstd is not compiled in.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the same signature with and without zstd"
    )]
    pub(crate) fn new(window_log_max: u32) -> Option<Self> {
        let mut context = DCtx::create();
        context
            .set_parameter(DParameter::WindowLogMax(window_log_max))
            .expect("the bound is one that zstd knows");
        Some(Self(context))
    }

    /// Starts over, with the memory and the bound it has.
    pub(crate) fn reset(&mut self) {
        self.0
            .reset(ResetDirective::SessionOnly)
            .expect("a session can be reset at any time");
    }

    /// Decompresses until the input is used up or the output is full.
    pub(crate) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, Failure> {
        let mut input = InBuffer::around(input);
        let mut output = OutBuffer::around(output);
        let wanted = self
            .0
            .decompress_stream(&mut output, &mut input)
            .map_err(Failure::of)?;
        Ok(Step {
            read: input.pos(),
            written: output.pos(),
            place: match wanted {
                0 => Place::BetweenFrames,
                BLOCK_HEADER => Place::BetweenBlocks,
                _ => Place::WithinBlock,
            },
        })
    }
}

impl Failure {
    fn of(code: usize) -> Self {
        let source = get_error_name(code).into();
        // Errors are the negatives of their codes.
        match code.wrapping_neg() {
            code if code == Code::ZSTD_error_prefix_unknown as usize => Self::Magic(source),
            code if code == Code::ZSTD_error_frameParameter_windowTooLarge as usize => {
                Self::WindowTooLarge(source)
            }
            _ => Self::Corrupt(source),
        }
    }
}

impl Debug for ZstdDecompressor {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("ZstdDecompressor")
            .field("bytes", &self.0.sizeof())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, ZstdDecompressor};
    use zstd_safe::zstd_sys::ZSTD_EndDirective::ZSTD_e_flush;
    use zstd_safe::{CCtx, CParameter, InBuffer, OutBuffer};

    const KIB: usize = 1024;

    /// Memory of a decoder that has read a stream with this window.
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

        let mut decoder = ZstdDecompressor::new(21).unwrap();
        let step = decoder
            .step(&message[..written], &mut [0; 10])
            .ok()
            .unwrap();
        assert_eq!((step.read, step.written), (written, 2));
        assert_eq!(step.place, Place::BetweenBlocks);
        decoder.0.sizeof()
    }

    #[test]
    fn memory_is_bounded_by_the_window() {
        let (discord, most) = (memory(18), memory(21));
        assert!(discord < 800 * KIB, "{discord}");
        assert!(most < 2_600 * KIB, "{most}");
    }

    #[test]
    fn it_shows_how_much_memory_it_has() {
        let decoder = ZstdDecompressor::new(21).unwrap();
        let expected = format!("ZstdDecompressor {{ bytes: {} }}", decoder.0.sizeof());
        assert_eq!(format!("{decoder:?}"), expected);
    }
}
