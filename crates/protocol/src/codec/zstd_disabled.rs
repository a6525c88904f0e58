//! Replaces `zstd_backend.rs` if zstd is not compiled in.

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
pub(crate) enum ZstdError {
    Magic(BoxError),
    WindowTooLarge(BoxError),
    Corrupt(BoxError),
}

/// Uninhabited: without zstd, there is no context.
#[derive(Debug)]
pub(crate) enum ZstdDecompressor {}

impl ZstdDecompressor {
    pub(crate) const fn new(_: u32) -> Option<Self> {
        None
    }

    pub(crate) fn step(&mut self, _: &[u8], _: &mut [u8]) -> Result<Step, ZstdError> {
        match *self {}
    }
}
