use super::decode_error::{DecodeError, DecodeErrorKind};
use super::output_buffer::OutputBuffer;
use super::zlib_backend::{Wrapping, ZlibDecompressor};
use super::zlib_framing::{MessagePart, Progress, ZlibFraming};

/// The zlib stream of one connection, inflated by flate2.
#[derive(Debug)]
pub(crate) struct ZlibStream {
    context: ZlibDecompressor,
    framing: ZlibFraming,
}

impl ZlibStream {
    /// Returns `None` if no zlib backend is compiled in.
    pub(crate) fn new() -> Option<Self> {
        Some(Self {
            context: ZlibDecompressor::new(Wrapping::Raw)?,
            framing: ZlibFraming::new(),
        })
    }

    /// Starts a new context for a new connection ([P31](crate::rules#p31)).
    pub(crate) fn reset(&mut self) {
        self.context.reset();
        self.framing = ZlibFraming::new();
    }

    /// Whether the output contains a part of a message.
    pub(crate) const fn is_within_message(&self) -> bool {
        self.framing.is_within_message()
    }

    /// Makes everything fail until the next [`reset`](Self::reset).
    pub(crate) const fn invalidate(&mut self) {
        self.framing.invalidate();
    }

    /// Inflates a part of a message, and returns whether the output contains the complete message.
    pub(crate) fn inflate(
        &mut self,
        part: &[u8],
        output: &mut OutputBuffer,
    ) -> Result<Progress, DecodeError> {
        let (place, body) = self.framing.start_part(part)?;
        if place == MessagePart::First {
            output.start_message();
        }
        self.inflate_body(body, output)?;
        Ok(self.framing.finish_part(part))
    }

    fn inflate_body(
        &mut self,
        mut input: &[u8],
        output: &mut OutputBuffer,
    ) -> Result<(), DecodeError> {
        // A backend may hold back output that did not fit, even if it consumed all input. The loop
        // therefore ends only with space left in the output.
        while !input.is_empty() || output.spare().is_empty() {
            if output.spare().is_empty() {
                output.grow()?;
            }
            let step = self
                .context
                .step(input, output.spare())
                .map_err(|source| DecodeError::caused_by(DecodeErrorKind::Corrupt, source))?;
            input = &input[step.read..];
            output.advance(step.written);
            if step.ended {
                output.check_limit()?;
                return Err(DecodeError::new(DecodeErrorKind::StreamEnded));
            }
            if step.read == 0 && step.written == 0 && !input.is_empty() {
                return Err(DecodeError::new(DecodeErrorKind::Corrupt));
            }
        }
        output.check_limit()
    }
}
