use super::decode_error::{DecodeError, DecodeErrorKind};
use super::libzstd_backend::{AVAILABLE, LibzstdDecompressor, LibzstdError, StreamPosition};
use super::output_buffer::OutputBuffer;
use crate::limits::MAX_ZSTD_WINDOW_LOG;
use std::mem;

/// The zstd stream of one connection ([P30](crate::rules#p30)), decompressed by libzstd.
///
/// Each WebSocket message contains one message of the gateway and ends with a flush, that is between two
/// blocks. Usually the connection is a single frame. If a frame ends, the next message starts another.
#[derive(Debug)]
pub(crate) struct LibzstdStream {
    state: StreamState,
}

/// A context has up to 750 KiB of memory, so that there is none without a connection.
#[derive(Debug)]
enum StreamState {
    NotStarted,
    BetweenMessages(LibzstdDecompressor),
    /// There was an error.
    Invalid,
}

impl LibzstdStream {
    /// Returns `None` if libzstd is not compiled in.
    pub(crate) fn new() -> Option<Self> {
        AVAILABLE.then_some(Self {
            state: StreamState::NotStarted,
        })
    }

    /// Frees the context, and starts a new one with the next message ([P31](crate::rules#p31)).
    pub(crate) fn reset(&mut self) {
        self.state = StreamState::NotStarted;
    }

    /// Makes everything fail until the next [`reset`](Self::reset).
    pub(crate) fn invalidate(&mut self) {
        self.state = StreamState::Invalid;
    }

    /// Decompresses one complete message.
    pub(crate) fn decompress(
        &mut self,
        message: &[u8],
        output: &mut OutputBuffer,
    ) -> Result<(), DecodeError> {
        // Valid again if this message is.
        let context = match mem::replace(&mut self.state, StreamState::Invalid) {
            StreamState::NotStarted => LibzstdDecompressor::new(MAX_ZSTD_WINDOW_LOG),
            StreamState::BetweenMessages(context) => Some(context),
            StreamState::Invalid => None,
        };
        let mut context = context.ok_or_else(|| DecodeError::new(DecodeErrorKind::ContextLost))?;
        output.start_message();
        match decompress_all(&mut context, message, output)? {
            StreamPosition::BetweenFrames | StreamPosition::BetweenBlocks => {}
            StreamPosition::WithinBlock => {
                return Err(DecodeError::new(DecodeErrorKind::Truncated));
            }
        }
        output.check_limit()?;
        self.state = StreamState::BetweenMessages(context);
        Ok(())
    }
}

/// Returns the position in the stream after all input was read and all output was written.
fn decompress_all(
    context: &mut LibzstdDecompressor,
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
        let step = context
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

impl From<LibzstdError> for DecodeError {
    fn from(failure: LibzstdError) -> Self {
        let (kind, source) = match failure {
            LibzstdError::Magic(source) => (DecodeErrorKind::InvalidHeader, source),
            LibzstdError::WindowTooLarge(source) => {
                let limit = 1 << MAX_ZSTD_WINDOW_LOG;
                (DecodeErrorKind::WindowTooLarge { limit }, source)
            }
            LibzstdError::Corrupt(source) => (DecodeErrorKind::Corrupt, source),
        };
        Self::caused_by(kind, source)
    }
}

#[cfg(all(test, feature = "zstd"))]
mod tests {
    use super::{LibzstdStream, OutputBuffer, StreamState};

    #[test]
    fn context_exists_only_within_a_connection() {
        let mut stream = LibzstdStream::new().unwrap();
        let mut output = OutputBuffer::new(100);
        for _ in 0..2 {
            assert!(matches!(stream.state, StreamState::NotStarted));
            stream.decompress(&[], &mut output).unwrap();
            assert!(matches!(stream.state, StreamState::BetweenMessages(_)));
            stream.reset();
        }
        stream.decompress(b"no zstd", &mut output).unwrap_err();
        assert!(matches!(stream.state, StreamState::Invalid));
    }
}
