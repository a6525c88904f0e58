//! Stands in for `zstd_backend.rs` where zstd is not compiled in.

use crate::box_error::BoxError;

pub(crate) const AVAILABLE: bool = false;

pub(crate) struct Step {
    pub(crate) read: usize,
    pub(crate) written: usize,
    pub(crate) place: Place,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(dead_code, reason = "there is no step that ends anywhere")]
pub(crate) enum Place {
    BetweenFrames,
    BetweenBlocks,
    WithinBlock,
}

#[expect(dead_code, reason = "there is no step that fails")]
pub(crate) enum Failure {
    Magic(BoxError),
    WindowTooLarge(BoxError),
    Corrupt(BoxError),
}

/// Has no value: there is nothing to decompress with.
#[derive(Debug)]
pub(crate) enum ZstdDecompressor {}

impl ZstdDecompressor {
    pub(crate) const fn new(_: u32) -> Option<Self> {
        None
    }

    pub(crate) const fn reset(&mut self) {
        match *self {}
    }

    pub(crate) fn step(&mut self, _: &[u8], _: &mut [u8]) -> Result<Step, Failure> {
        match *self {}
    }
}
