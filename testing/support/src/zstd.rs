//! The gateway's side of compression with zstd.

use std::fmt;
use zstd_safe::{
    CCtx, CParameter, InBuffer, OutBuffer, ResetDirective,
    zstd_sys::ZSTD_EndDirective::{self as End, ZSTD_e_end, ZSTD_e_flush},
};

/// Discord's window, as the exponent of 2.
pub const WINDOW_LOG: u32 = 18;

/// The zstd stream of a connection. Each message is flushed and ends no frame
/// ([P30](gloaming_protocol::rules#p30)).
pub struct Stream(CCtx<'static>);

impl Stream {
    /// Starts a stream with Discord's window.
    #[must_use]
    pub fn new() -> Self {
        Self::with(6, WINDOW_LOG)
    }

    /// Starts a stream with a window of two to the power of `window_log` bytes.
    #[must_use]
    pub fn with_window(window_log: u32) -> Self {
        Self::with(6, window_log)
    }

    /// Starts a stream with Discord's window that compresses at a level from 1, the fastest, to 22.
    #[must_use]
    pub fn with_level(level: i32) -> Self {
        Self::with(level, WINDOW_LOG)
    }

    /// Starts a stream whose frames end with a checksum.
    ///
    /// # Panics
    ///
    /// Does not panic: zstd has this parameter.
    #[must_use]
    pub fn with_checksum() -> Self {
        let mut stream = Self::new();
        let set = stream.0.set_parameter(CParameter::ChecksumFlag(true));
        set.expect("zstd has this parameter");
        stream
    }

    fn with(level: i32, window_log: u32) -> Self {
        let mut context = CCtx::create();
        for parameter in [
            CParameter::CompressionLevel(level),
            CParameter::WindowLog(window_log),
        ] {
            context
                .set_parameter(parameter)
                .expect("zstd has this parameter and this range");
        }
        Self(context)
    }

    /// Starts a new stream in place of this one, which takes less time than [`new`](Self::new).
    pub fn reset(&mut self) {
        self.0
            .reset(ResetDirective::SessionOnly)
            .expect("a context can always be reset");
    }

    /// Returns the next message, compressed.
    pub fn message(&mut self, text: &[u8]) -> Vec<u8> {
        self.compress(text, ZSTD_e_flush)
    }

    /// Returns the next message, compressed, which ends the frame.
    pub fn last_of_a_frame(&mut self, text: &[u8]) -> Vec<u8> {
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

impl Default for Stream {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Stream;
    use zstd_safe::{DCtx, InBuffer, OutBuffer};

    #[test]
    fn messages_of_a_stream_are_decompressed_one_by_one() {
        let mut stream = Stream::with_level(1);
        for _ in 0..2 {
            let mut context = DCtx::create();
            for text in ["{}", "text text text text text text"] {
                let message = stream.message(text.as_bytes());
                let mut room = [0; 64];
                let mut output = OutBuffer::around(&mut room[..]);
                let mut input = InBuffer::around(&message);
                context.decompress_stream(&mut output, &mut input).unwrap();
                assert_eq!(output.as_slice(), text.as_bytes());
            }
            stream.reset();
        }
    }
}
