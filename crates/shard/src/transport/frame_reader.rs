//! The messages in the bytes that a server sends (RFC 6455 sections 5 and 7).

use super::{
    TransportError, TransportErrorKind,
    frame_header::{FrameHeader, FrameKind, MessageKind, Part, Violation, WholeMessage},
    read_buffer::ReadBuffer,
};
use bytes::{Buf as _, Bytes, BytesMut};
use std::{borrow::Cow, str::from_utf8};
use twilight_model::gateway::CloseFrame;

/// The maximum number of frames of a message. The parts may be empty, so the size of the message does not bound them. With
/// parts of 1 KiB, the largest message has this many.
const MAX_MESSAGE_PARTS: u32 = 65_536;

/// Finds messages and control frames in the bytes that were read into its [buffer](Self::buffer).
#[derive(Debug)]
pub(super) struct FrameReader {
    pub(super) buffer: ReadBuffer,
    /// Of a frame whose payload is not complete.
    header: Option<FrameHeader>,
    message: Option<PartialMessage>,
    /// The largest accepted size of a message, in bytes.
    max_message_bytes: usize,
}

/// What a server sent.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Received {
    /// A whole message, which is not checked to be UTF-8.
    Text(Bytes),
    Binary(Bytes),
    Ping(Bytes),
    Pong,
    Close(Option<CloseFrame<'static>>),
}

/// The parts of a message that has not ended.
#[derive(Debug)]
struct PartialMessage {
    kind: MessageKind,
    bytes: BytesMut,
    parts: u32,
}

impl FrameReader {
    /// Creates a reader of a connection of which these bytes were read already.
    pub(super) fn new(bytes: &[u8], max_message_bytes: usize) -> Self {
        Self {
            buffer: ReadBuffer::new(bytes),
            header: None,
            message: None,
            max_message_bytes,
        }
    }

    /// Returns the next message or control frame, or `None` if it is not complete.
    ///
    /// # Errors
    ///
    /// Fails if the server violates the protocol or exceeds the limit of a message. Then nothing more can be read.
    pub(super) fn next(&mut self) -> Result<Option<Received>, TransportError> {
        loop {
            let header = match self.header {
                Some(header) => header,
                None => {
                    let read = FrameHeader::read(self.buffer.filled()).map_err(violation)?;
                    let Some((header, size)) = read else {
                        return Ok(None);
                    };
                    self.admit(&header)?;
                    self.buffer.skip(size);
                    header
                }
            };
            let length = to_usize(header.length);
            if self.buffer.filled().len() < length {
                self.header = Some(header);
                return Ok(None);
            }
            self.header = None;
            let payload = self.buffer.take(length);
            if let Some(received) = self.frame(header.kind, payload)? {
                return Ok(Some(received));
            }
        }
    }

    /// Returns the next message if it arrived whole, in one frame. Almost all do, and this takes less time than
    /// [`next`](Self::next), which is to be called if it returns `None`.
    #[inline]
    pub(super) fn next_whole(&mut self) -> Option<(MessageKind, Bytes)> {
        if self.header.is_some() || self.message.is_some() {
            return None;
        }
        let filled = self.buffer.filled();
        let message = WholeMessage::read(filled)?;
        if message.length > self.max_message_bytes || message.length > filled.len() - message.header
        {
            return None;
        }
        let mut frame = self.buffer.take(message.header + message.length);
        frame.advance(message.header);
        Some((message.kind, frame))
    }

    /// Returns at least how many bytes are missing from the next frame, at least one.
    pub(super) fn missing(&self) -> usize {
        match &self.header {
            Some(header) => to_usize(header.length).saturating_sub(self.buffer.filled().len()),
            None => 1,
        }
        .max(1)
    }

    /// Releases memory that is not needed while nothing arrives.
    pub(super) fn rest(&mut self) {
        let missing = self.missing();
        self.buffer.rest(missing);
    }

    /// Releases memory that is needed only while events arrive.
    pub(super) fn release(&mut self) {
        let missing = self.missing();
        self.buffer.release(missing);
    }

    /// Checks whether a frame may follow the ones before, before memory is allocated for it.
    fn admit(&self, header: &FrameHeader) -> Result<(), TransportError> {
        let before = match (header.kind, &self.message) {
            (FrameKind::Close | FrameKind::Ping | FrameKind::Pong, _) => return Ok(()),
            (FrameKind::First(..), None) => 0,
            (FrameKind::First(..), Some(_)) => return Err(violation(Violation::UnfinishedMessage)),
            (FrameKind::Continuation(_), None) => {
                return Err(violation(Violation::UnexpectedContinuation));
            }
            (FrameKind::Continuation(_), Some(message)) if message.parts >= MAX_MESSAGE_PARTS => {
                return Err(violation(Violation::TooManyParts(MAX_MESSAGE_PARTS)));
            }
            (FrameKind::Continuation(_), Some(message)) => message.bytes.len(),
        };
        let bytes = before.saturating_add(to_usize(header.length));
        let limit = self.max_message_bytes;
        if bytes > limit {
            let kind = TransportErrorKind::MessageTooLong { bytes, limit };
            return Err(TransportError::new(kind));
        }
        Ok(())
    }

    /// Returns what is complete with this frame.
    fn frame(
        &mut self,
        kind: FrameKind,
        payload: Bytes,
    ) -> Result<Option<Received>, TransportError> {
        Ok(Some(match kind {
            FrameKind::First(kind, Part::Last) => Received::message(kind, payload),
            FrameKind::First(kind, Part::Continued) => {
                self.message = Some(PartialMessage {
                    kind,
                    bytes: BytesMut::from(&payload[..]),
                    parts: 1,
                });
                return Ok(None);
            }
            FrameKind::Continuation(part) => return Ok(self.continuation(part, &payload)),
            FrameKind::Ping => Received::Ping(payload),
            FrameKind::Pong => Received::Pong,
            FrameKind::Close => Received::Close(close_frame(&payload)?),
        }))
    }

    fn continuation(&mut self, part: Part, payload: &[u8]) -> Option<Received> {
        let message = self.message.as_mut()?;
        message.bytes.extend_from_slice(payload);
        message.parts += 1;
        match part {
            Part::Continued => None,
            Part::Last => {
                let message = self.message.take()?;
                Some(Received::message(message.kind, message.bytes.freeze()))
            }
        }
    }
}

impl Received {
    const fn message(kind: MessageKind, bytes: Bytes) -> Self {
        match kind {
            MessageKind::Text => Self::Text(bytes),
            MessageKind::Binary => Self::Binary(bytes),
        }
    }
}

/// Reads the payload of a close frame.
fn close_frame(payload: &[u8]) -> Result<Option<CloseFrame<'static>>, TransportError> {
    match payload {
        [] => Ok(None),
        [_] => Err(violation(Violation::HalfCloseCode)),
        [high, low, reason @ ..] => {
            let reason = from_utf8(reason).map_err(|error| {
                TransportError::new(TransportErrorKind::InvalidUtf8).with_source(error)
            })?;
            Ok(Some(CloseFrame {
                code: u16::from_be_bytes([*high, *low]),
                reason: Cow::Owned(reason.to_owned()),
            }))
        }
    }
}

fn violation(violation: Violation) -> TransportError {
    TransportError::new(TransportErrorKind::Protocol).with_source(violation)
}

/// On a platform with 32 bits, more than the largest size is over each limit, too.
fn to_usize(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
