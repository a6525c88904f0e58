use super::decode_error::{DecodeError, DecodeErrorKind};
use super::output_buffer::OutputBuffer;
use super::zstd_backend::{StreamPosition, ZstdDecompressor, ZstdError};
use crate::limits::MAX_ZSTD_WINDOW_LOG;

/// The zstd stream of one connection ([P30](crate::rules#p30)).
///
/// Each WebSocket message contains one message of the gateway and ends with a flush, that is between two
/// blocks. Usually the connection is a single frame. If a frame ends, the next message starts another.
#[derive(Debug)]
pub(crate) struct ZstdStream {
    context: ZstdDecompressor,
    state: StreamState,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum StreamState {
    BetweenMessages,
    /// An error invalidated the context.
    Invalid,
}

impl ZstdStream {
    /// Returns `None` if zstd is not compiled in.
    pub(crate) fn new() -> Option<Self> {
        Some(Self {
            context: ZstdDecompressor::new(MAX_ZSTD_WINDOW_LOG)?,
            state: StreamState::BetweenMessages,
        })
    }

    /// Starts a new context for a new connection ([P31](crate::rules#p31)).
    pub(crate) fn reset(&mut self) {
        self.context.reset();
        self.state = StreamState::BetweenMessages;
    }

    /// Makes everything fail until the next [`reset`](Self::reset).
    pub(crate) const fn invalidate(&mut self) {
        self.state = StreamState::Invalid;
    }

    /// Decompresses one complete message.
    pub(crate) fn decompress(
        &mut self,
        message: &[u8],
        output: &mut OutputBuffer,
    ) -> Result<(), DecodeError> {
        match self.state {
            StreamState::BetweenMessages => output.start_message(),
            StreamState::Invalid => return Err(DecodeError::new(DecodeErrorKind::ContextLost)),
        }
        // Valid again if this message is.
        self.state = StreamState::Invalid;
        match self.decompress_all(message, output)? {
            StreamPosition::BetweenFrames | StreamPosition::BetweenBlocks => {}
            StreamPosition::WithinBlock => {
                return Err(DecodeError::new(DecodeErrorKind::Truncated));
            }
        }
        output.check_limit()?;
        self.state = StreamState::BetweenMessages;
        Ok(())
    }

    /// Returns the position in the stream after all input was read and all output was written.
    fn decompress_all(
        &mut self,
        mut input: &[u8],
        output: &mut OutputBuffer,
    ) -> Result<StreamPosition, DecodeError> {
        if input.is_empty() {
            return Ok(StreamPosition::BetweenBlocks);
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
            // If the output is full, the decoder may hold back more of it. At the end of a frame it does
            // not: it reports that position only after all of the frame was written.
            let all_written =
                !output.spare().is_empty() || step.position == StreamPosition::BetweenFrames;
            if input.is_empty() && all_written {
                return Ok(step.position);
            }
            if step.read == 0 && step.written == 0 {
                return Err(DecodeError::new(DecodeErrorKind::Corrupt));
            }
        }
    }
}

impl From<ZstdError> for DecodeError {
    fn from(failure: ZstdError) -> Self {
        let (kind, source) = match failure {
            ZstdError::Magic(source) => (DecodeErrorKind::InvalidHeader, source),
            ZstdError::WindowTooLarge(source) => {
                let limit = 1 << MAX_ZSTD_WINDOW_LOG;
                (DecodeErrorKind::WindowTooLarge { limit }, source)
            }
            ZstdError::Corrupt(source) => (DecodeErrorKind::Corrupt, source),
        };
        Self::caused_by(kind, source)
    }
}
