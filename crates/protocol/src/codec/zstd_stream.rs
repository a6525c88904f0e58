use super::decode_error::{DecodeError, DecodeErrorKind};
use super::zstd::{Window, ZstdContext, ZstdError};
use crate::limits::MAX_ZSTD_WINDOW_LOG;
use std::mem;

/// The zstd stream of one connection ([P30](crate::rules#p30)), decompressed by this crate.
///
/// Each WebSocket message contains one message of the gateway and ends with a flush, that is between two
/// blocks. Usually the connection is a single frame. If a frame ends, the next message starts another.
#[derive(Debug)]
pub(crate) struct ZstdStream {
    context: ZstdContext,
    state: StreamState,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum StreamState {
    Valid,
    /// There was an error.
    Invalid,
}

impl ZstdStream {
    pub(crate) const fn new() -> Self {
        Self {
            context: ZstdContext::new(),
            state: StreamState::Valid,
        }
    }

    /// Starts a new context for a new connection ([P31](crate::rules#p31)).
    pub(crate) fn reset(&mut self, output: &mut Window) {
        self.context.reset();
        output.reset();
        self.state = StreamState::Valid;
    }

    /// Makes everything fail until the next [`reset`](Self::reset).
    pub(crate) const fn invalidate(&mut self) {
        self.state = StreamState::Invalid;
    }

    /// Decompresses one complete message.
    pub(crate) fn decompress(
        &mut self,
        message: &[u8],
        output: &mut Window,
    ) -> Result<(), DecodeError> {
        // Valid again if this message is.
        match mem::replace(&mut self.state, StreamState::Invalid) {
            StreamState::Valid => {}
            StreamState::Invalid => return Err(DecodeError::new(DecodeErrorKind::ContextLost)),
        }
        output.start_message();
        self.context.decompress(message, output).map_err(|error| {
            let kind = match error {
                ZstdError::Magic => DecodeErrorKind::InvalidHeader,
                ZstdError::WindowTooLarge => DecodeErrorKind::WindowTooLarge {
                    limit: 1 << MAX_ZSTD_WINDOW_LOG,
                },
                ZstdError::Truncated => DecodeErrorKind::Truncated,
                ZstdError::TooLarge => DecodeErrorKind::TooLarge {
                    limit: output.limit(),
                },
                _ => DecodeErrorKind::Corrupt,
            };
            DecodeError::caused_by(kind, error)
        })?;
        self.state = StreamState::Valid;
        Ok(())
    }
}
