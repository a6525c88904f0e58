use super::decode_error::{DecodeError, DecodeErrorKind};
use super::output_buffer::OutputBuffer;
use super::zstd_backend::{Failure, Place, ZstdDecompressor};
use crate::limits::MAX_ZSTD_WINDOW_LOG;

/// The zstd stream of one connection (P30).
///
/// Each WebSocket message holds one message of the gateway, flushed, so that it ends between two
/// blocks. A frame usually never ends; where one does, the next message begins another.
#[derive(Debug)]
pub(crate) struct ZstdStream {
    context: ZstdDecompressor,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    BetweenMessages,
    /// An error broke the context.
    Lost,
}

impl ZstdStream {
    /// `None` where zstd is not compiled in.
    pub(crate) fn new() -> Option<Self> {
        Some(Self {
            context: ZstdDecompressor::new(MAX_ZSTD_WINDOW_LOG)?,
            stage: Stage::BetweenMessages,
        })
    }

    /// A fresh context for a new connection (P31).
    pub(crate) fn reset(&mut self) {
        self.context.reset();
        self.stage = Stage::BetweenMessages;
    }

    /// Refuses everything until the next [`reset`](Self::reset).
    pub(crate) const fn lose(&mut self) {
        self.stage = Stage::Lost;
    }

    /// Decompresses one whole message.
    pub(crate) fn decompress(
        &mut self,
        message: &[u8],
        output: &mut OutputBuffer,
    ) -> Result<(), DecodeError> {
        match self.stage {
            Stage::BetweenMessages => output.start_message(),
            Stage::Lost => return Err(DecodeError::new(DecodeErrorKind::ContextLost)),
        }
        // Lost, unless this message turns out to be sound.
        self.stage = Stage::Lost;
        match self.decompress_all(message, output)? {
            Place::BetweenFrames | Place::BetweenBlocks => {}
            Place::WithinBlock => return Err(DecodeError::new(DecodeErrorKind::Torn)),
        }
        output.check_limit()?;
        self.stage = Stage::BetweenMessages;
        Ok(())
    }

    /// Says where the stream is when nothing is left to read and nothing to write.
    fn decompress_all(
        &mut self,
        mut input: &[u8],
        output: &mut OutputBuffer,
    ) -> Result<Place, DecodeError> {
        if input.is_empty() {
            return Ok(Place::BetweenBlocks);
        }
        loop {
            if output.spare().is_empty() {
                output.grow()?;
            }
            let step = self
                .context
                .step(input, output.spare())
                .map_err(DecodeError::from)?;
            input = &input[step.read..];
            output.advance(step.written);
            // Without room to spare, the decoder may hold back what found none; unless a frame is
            // over, which it says only when all of it was written.
            let all_written = !output.spare().is_empty() || step.place == Place::BetweenFrames;
            if input.is_empty() && all_written {
                return Ok(step.place);
            }
            if step.read == 0 && step.written == 0 {
                return Err(DecodeError::new(DecodeErrorKind::Corrupt));
            }
        }
    }
}

impl From<Failure> for DecodeError {
    fn from(failure: Failure) -> Self {
        let (kind, source) = match failure {
            Failure::Magic(source) => (DecodeErrorKind::Header, source),
            Failure::WindowTooLarge(source) => {
                let limit = 1 << MAX_ZSTD_WINDOW_LOG;
                (DecodeErrorKind::WindowTooLarge { limit }, source)
            }
            Failure::Corrupt(source) => (DecodeErrorKind::Corrupt, source),
        };
        Self::caused_by(kind, source)
    }
}
