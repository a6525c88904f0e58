//! The gateway's side of zstd-stream.

use zstd_safe::zstd_sys::ZSTD_EndDirective::{self as End, ZSTD_e_end, ZSTD_e_flush};
use zstd_safe::{CCtx, CParameter, InBuffer, OutBuffer};

/// Discord's window, as the exponent of 2.
pub(crate) const WINDOW_LOG: u32 = 18;

/// One zstd stream for a connection: each message is flushed and ends no frame (P30).
pub(crate) struct Stream(CCtx<'static>);

impl Stream {
    pub(crate) fn new() -> Self {
        Self::with_window(WINDOW_LOG)
    }

    pub(crate) fn with_window(log: u32) -> Self {
        let mut context = CCtx::create();
        context
            .set_parameter(CParameter::CompressionLevel(6))
            .unwrap();
        context.set_parameter(CParameter::WindowLog(log)).unwrap();
        Self(context)
    }

    /// One message, compressed.
    pub(crate) fn message(&mut self, text: &[u8]) -> Vec<u8> {
        self.compress(text, ZSTD_e_flush)
    }

    /// One message, compressed, that ends the frame.
    pub(crate) fn last_of_a_frame(&mut self, text: &[u8]) -> Vec<u8> {
        self.compress(text, ZSTD_e_end)
    }

    fn compress(&mut self, text: &[u8], end: End) -> Vec<u8> {
        let mut compressed = Vec::new();
        let mut input = InBuffer::around(text);
        loop {
            let mut room = [0; 4096];
            let mut output = OutBuffer::around(&mut room[..]);
            let left = self.0.compress_stream2(&mut output, &mut input, end);
            let written = output.pos();
            compressed.extend_from_slice(&room[..written]);
            if left == Ok(0) {
                assert_eq!(input.pos(), text.len());
                return compressed;
            }
            left.expect("everything can be compressed");
        }
    }
}
