//! Stands in for `unzstd.rs` where zstd is not compiled in.

use std::error::Error;

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
    Magic(Box<dyn Error + Send + Sync>),
    WindowTooLarge(Box<dyn Error + Send + Sync>),
    Corrupt(Box<dyn Error + Send + Sync>),
}

/// Has no value: there is nothing to decompress with.
#[derive(Debug)]
pub(crate) enum Unzstd {}

impl Unzstd {
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
