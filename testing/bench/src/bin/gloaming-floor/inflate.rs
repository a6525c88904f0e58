//! Decompression by the libraries that clients use, into one buffer.

use flate2::{Decompress, FlushDecompress};
use gloaming_bench::Result;
use gloaming_protocol::Compression;
use zstd_safe::{DCtx, InBuffer, OutBuffer};

use super::frames::TEXT;

/// No message of the recorded traffic is larger.
const OUTPUT_BYTES: usize = 1024 * 1024;

/// The stream of a connection, and the text of the last message.
pub(crate) struct Inflate {
    stream: Stream,
    output: Vec<u8>,
}

enum Stream {
    None,
    Payload(Decompress),
    Zlib(Decompress),
    Zstd(DCtx<'static>),
}

impl Inflate {
    pub(crate) fn new(compression: Compression) -> Self {
        Self {
            stream: match compression {
                Compression::None => Stream::None,
                Compression::Payload => Stream::Payload(Decompress::new(true)),
                Compression::ZlibStream => Stream::Zlib(Decompress::new(true)),
                Compression::ZstdStream => Stream::Zstd(DCtx::create()),
            },
            output: vec![0; OUTPUT_BYTES],
        }
    }

    /// Returns the text of a message.
    pub(crate) fn message<'a>(&'a mut self, opcode: u8, payload: &'a [u8]) -> Result<&'a [u8]> {
        let len = match &mut self.stream {
            Stream::None => return Ok(payload),
            Stream::Payload(_) if opcode == TEXT => return Ok(payload),
            Stream::Payload(zlib) => {
                zlib.reset(true);
                inflate(zlib, payload, &mut self.output)?
            }
            Stream::Zlib(zlib) => inflate(zlib, payload, &mut self.output)?,
            Stream::Zstd(zstd) => {
                let mut input = InBuffer::around(payload);
                let mut output = OutBuffer::around(&mut self.output[..]);
                while input.pos() < payload.len() {
                    zstd.decompress_stream(&mut output, &mut input)
                        .map_err(zstd_safe::get_error_name)?;
                }
                output.pos()
            }
        };
        Ok(&self.output[..len])
    }
}

fn inflate(zlib: &mut Decompress, payload: &[u8], output: &mut [u8]) -> Result<usize> {
    let before = zlib.total_out();
    zlib.decompress(payload, output, FlushDecompress::Sync)?;
    Ok((zlib.total_out() - before) as usize)
}
