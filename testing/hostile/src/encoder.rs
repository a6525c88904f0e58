//! The server's side of compression.

use gloaming_shard::Compression;
use gloaming_test_support::{
    wire::{BINARY, TEXT, frame},
    zlib, zstd,
};

/// Makes frames of payloads, with the compression that the shard asked for.
#[derive(Debug)]
pub struct Encoder(Stream);

#[derive(Debug)]
enum Stream {
    Plain,
    Zlib(zlib::Stream),
    Zstd(zstd::Stream),
}

impl Encoder {
    pub(crate) fn new(compression: Compression) -> Self {
        Self(match compression {
            Compression::ZlibStream => Stream::Zlib(zlib::Stream::new()),
            Compression::ZstdStream => Stream::Zstd(zstd::Stream::new()),
            _ => Stream::Plain,
        })
    }

    /// Returns the frame of the next payload.
    pub fn frame(&mut self, text: &[u8]) -> Vec<u8> {
        match self.message(text) {
            Some(message) => frame(BINARY, &message),
            None => frame(TEXT, text),
        }
    }

    /// Returns the next payload, compressed. `None` without compression.
    pub fn message(&mut self, text: &[u8]) -> Option<Vec<u8>> {
        match &mut self.0 {
            Stream::Plain => None,
            Stream::Zlib(stream) => Some(stream.message(text)),
            Stream::Zstd(stream) => Some(stream.message(text)),
        }
    }

    /// The zlib-stream of the connection, if it has one.
    pub fn zlib(&mut self) -> Option<&mut zlib::Stream> {
        match &mut self.0 {
            Stream::Zlib(stream) => Some(stream),
            _ => None,
        }
    }

    /// The zstd-stream of the connection, if it has one.
    pub fn zstd(&mut self) -> Option<&mut zstd::Stream> {
        match &mut self.0 {
            Stream::Zstd(stream) => Some(stream),
            _ => None,
        }
    }

    /// Whether payloads are sent without compression.
    #[must_use]
    pub const fn is_plain(&self) -> bool {
        matches!(self.0, Stream::Plain)
    }
}
