//! zstd-stream ([P30](gloaming_protocol::rules#p30)): one zstd stream per connection, flushed at the end of
//! each message.

use std::fmt::{self, Debug, Formatter};

use bytes::Bytes;
use gloaming_protocol::limits::ZSTD_WINDOW_LOG;
use zstd_safe::{
    CCtx, CParameter, InBuffer, OutBuffer, max_c_level, min_c_level,
    zstd_sys::ZSTD_EndDirective::ZSTD_e_flush,
};

pub(super) const AVAILABLE: bool = true;

/// Spare capacity for a compressed message.
const SPARE_CAPACITY: usize = 512;

/// The stream of a connection: a single frame that never ends.
pub(super) struct ZstdStream {
    context: CCtx<'static>,
}

impl ZstdStream {
    /// A new stream. The level is clamped to the range of zstd. `None` if zstd is not compiled in.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the feature `zstd` may be disabled"
    )]
    pub(super) fn new(level: i32) -> Option<Self> {
        let mut context = CCtx::create();
        let level = level.clamp(min_c_level(), max_c_level());
        for parameter in [
            CParameter::CompressionLevel(level),
            CParameter::WindowLog(ZSTD_WINDOW_LOG),
        ] {
            context
                .set_parameter(parameter)
                .expect("the parameter is within its range");
        }
        Some(Self { context })
    }

    /// Compresses a message and flushes the stream.
    pub(super) fn compress(&mut self, text: &[u8]) -> Bytes {
        let mut input = InBuffer::around(text);
        let mut out = vec![0; text.len() / 3 + SPARE_CAPACITY];
        let mut written = 0;
        loop {
            let mut output = OutBuffer::around(&mut out[written..]);
            let left = self
                .context
                .compress_stream2(&mut output, &mut input, ZSTD_e_flush)
                .expect("zstd fails only if it is misused");
            written += output.pos();
            if left == 0 {
                out.truncate(written);
                return out.into();
            }
            let length = out.len();
            out.resize(length + left.max(length), 0);
        }
    }
}

impl Debug for ZstdStream {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("ZstdStream").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use zstd_safe::DCtx;

    use super::*;

    fn decompress(reader: &mut DCtx<'_>, message: &[u8]) -> Vec<u8> {
        let mut buffer = vec![0; 1 << 20];
        let mut input = InBuffer::around(message);
        let mut output = OutBuffer::around(&mut buffer[..]);
        let more = reader.decompress_stream(&mut output, &mut input).unwrap();
        assert_ne!(more, 0, "the frame continues");
        let written = output.pos();
        assert_eq!(input.pos(), message.len());
        buffer.truncate(written);
        buffer
    }

    #[test]
    fn messages_share_the_window() {
        let mut stream = ZstdStream::new(3).unwrap();
        let mut reader = DCtx::create();
        let mut rng = crate::rng::Rng::new(1);
        let text: Vec<u8> = (0..1000).map(|_| rng.next() as u8).collect();
        let mut sizes = Vec::new();
        for _ in 0..10 {
            let message = stream.compress(&text);
            assert_eq!(decompress(&mut reader, &message), text);
            sizes.push(message.len());
        }
        assert!(sizes[0] > 1000 && sizes[9] < 50, "{sizes:?}");
    }

    #[test]
    fn window_size_is_the_same_at_every_level() {
        for level in [i32::MIN, -5, 1, 3, 22, i32::MAX] {
            let message = ZstdStream::new(level).unwrap().compress(&[b'x'; 100_000]);
            // The magic number, a descriptor without size and checksum, and the window (RFC 8878).
            let window = (ZSTD_WINDOW_LOG as u8 - 10) << 3;
            assert_eq!(message[..6], [0x28, 0xb5, 0x2f, 0xfd, 0, window], "{level}");
        }
    }

    #[test]
    fn large_and_incompressible_messages_are_complete() {
        let mut rng = crate::rng::Rng::new(1);
        for level in [-1, 1, 3, 9, 19] {
            let mut stream = ZstdStream::new(level).unwrap();
            let mut reader = DCtx::create();
            for size in [1, 511, 512, 513, 70_000, 131_072, 300_000] {
                let text: Vec<u8> = (0..size).map(|_| rng.next() as u8).collect();
                let message = stream.compress(&text);
                assert!(
                    decompress(&mut reader, &message) == text,
                    "level {level}, {size} bytes"
                );
            }
        }
    }
}
