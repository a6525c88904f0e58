//! Replaces `zlib_backend.rs` if no zlib backend is compiled in.

use crate::box_error::BoxError;

pub(crate) const AVAILABLE: bool = false;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Wrapping {
    Raw,
    Zlib,
}

pub(crate) struct Step {
    pub(crate) read: usize,
    pub(crate) written: usize,
    pub(crate) ended: bool,
}

/// Uninhabited: without a backend, there is no context.
#[derive(Debug)]
pub(crate) enum ZlibDecompressor {}

impl ZlibDecompressor {
    pub(crate) const fn new(_: Wrapping) -> Option<Self> {
        None
    }

    pub(crate) const fn reset(&mut self) {
        match *self {}
    }

    pub(crate) fn step(&mut self, _: &[u8], _: &mut [u8]) -> Result<Step, BoxError> {
        match *self {}
    }
}
