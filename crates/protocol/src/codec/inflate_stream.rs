use super::decode_error::{DecodeError, DecodeErrorKind};
use super::inflate::{HistoryBuffer, InflateContext, InflateError, StreamStatus};
use super::zlib_framing::{MessagePart, Progress, ZlibFraming};

/// The zlib stream of one connection, inflated by this crate.
#[derive(Debug)]
pub(crate) struct InflateStream {
    context: InflateContext,
    framing: ZlibFraming,
}

impl InflateStream {
    pub(crate) const fn new() -> Self {
        Self {
            context: InflateContext::new(),
            framing: ZlibFraming::new(),
        }
    }

    /// Starts a new context for a new connection ([P31](crate::rules#p31)).
    pub(crate) fn reset(&mut self, output: &mut HistoryBuffer) {
        self.context.reset();
        output.reset();
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
        output: &mut HistoryBuffer,
    ) -> Result<Progress, DecodeError> {
        let (place, body) = self.framing.start_part(part)?;
        if place == MessagePart::First {
            output.start_message();
        }
        match self.context.inflate(body, output) {
            Ok(StreamStatus::Open) => Ok(self.framing.finish_part(part)),
            Ok(StreamStatus::Ended) => Err(DecodeError::new(DecodeErrorKind::StreamEnded)),
            Err(InflateError::TooLarge) => {
                let limit = output.limit();
                Err(DecodeError::new(DecodeErrorKind::TooLarge { limit }))
            }
            Err(error) => Err(DecodeError::caused_by(DecodeErrorKind::Corrupt, error)),
        }
    }
}
