use super::decode_error::{DecodeError, DecodeErrorKind};
use super::output_buffer::OutputBuffer;
use super::zlib_backend::{Wrapping, ZlibDecompressor};

/// Payload compression ([P28](crate::rules#p28)): each message is a complete zlib stream, including its
/// checksum.
#[derive(Debug)]
pub(crate) struct ZlibPayload {
    context: ZlibDecompressor,
}

impl ZlibPayload {
    /// Returns `None` if no zlib backend is compiled in.
    pub(crate) fn new() -> Option<Self> {
        Some(Self {
            context: ZlibDecompressor::new(Wrapping::Zlib)?,
        })
    }

    /// Inflates one complete message.
    pub(crate) fn inflate(
        &mut self,
        mut message: &[u8],
        output: &mut OutputBuffer,
    ) -> Result<(), DecodeError> {
        output.start_message();
        self.context.reset();
        loop {
            if output.spare().is_empty() {
                output.grow()?;
            }
            let step = self
                .context
                .step(message, output.spare())
                .map_err(|source| DecodeError::caused_by(DecodeErrorKind::Corrupt, source))?;
            message = &message[step.read..];
            output.advance(step.written);
            if step.ended {
                break;
            }
            if step.read == 0 && step.written == 0 {
                return Err(DecodeError::new(DecodeErrorKind::Truncated));
            }
        }
        if !message.is_empty() {
            return Err(DecodeError::new(DecodeErrorKind::Corrupt));
        }
        output.check_limit()
    }
}
