//! Replaces `libzstd_backend.rs` if libzstd is not compiled in.

use crate::box_error::BoxError;

pub(crate) const AVAILABLE: bool = false;

pub(crate) struct Step {
    pub(crate) read: usize,
    pub(crate) written: usize,
    pub(crate) position: StreamPosition,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(dead_code, reason = "no step is ever made")]
pub(crate) enum StreamPosition {
    BetweenFrames,
    BetweenBlocks,
    WithinBlock,
}

#[expect(dead_code, reason = "no step is ever made")]
pub(crate) enum LibzstdError {
    Magic(BoxError),
    WindowTooLarge(BoxError),
    Corrupt(BoxError),
}

/// Uninhabited: without libzstd, there is no context.
#[derive(Debug)]
pub(crate) enum LibzstdDecompressor {}

impl LibzstdDecompressor {
    pub(crate) const fn new(_: u32) -> Option<Self> {
        None
    }

    pub(crate) fn step(&mut self, _: &[u8], _: &mut [u8]) -> Result<Step, LibzstdError> {
        match *self {}
    }
}
