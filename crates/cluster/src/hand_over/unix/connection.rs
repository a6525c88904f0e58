//! A connection as frames.

use crate::hand_over::frame::{Frame, FrameError};
use bytes::BytesMut;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::timeout,
};

/// How long the other side may take to read a frame.
const WRITE_TIMEOUT: Duration = Duration::from_secs(20);

const READ_SIZE: usize = 16 << 10;

#[derive(Debug)]
pub(super) struct FrameReader {
    half: OwnedReadHalf,
    buffer: BytesMut,
}

/// What was read.
#[derive(Debug)]
pub(super) enum Inbound {
    Frame(Frame),
    Malformed,
    Ended,
}

#[derive(Debug)]
pub(super) struct FrameWriter {
    half: OwnedWriteHalf,
    buffer: BytesMut,
}

/// A frame was not sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum WriteError {
    /// A session has an id or a URL of tens of thousands of bytes, or there are tens of thousands of shards.
    TooLong,
    /// The other side does not read.
    Stalled,
    Ended,
}

pub(super) fn split(stream: UnixStream) -> (FrameReader, FrameWriter) {
    let (read, write) = stream.into_split();
    let reader = FrameReader {
        half: read,
        buffer: BytesMut::new(),
    };
    let writer = FrameWriter {
        half: write,
        buffer: BytesMut::new(),
    };
    (reader, writer)
}

impl FrameReader {
    /// Returns what the other side sends next. Cancel safe: dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Inbound {
        loop {
            match Frame::decode(&mut self.buffer) {
                Ok(Some(frame)) => return Inbound::Frame(frame),
                Ok(None) => {}
                Err(FrameError::Malformed | FrameError::TooLong) => return Inbound::Malformed,
            }
            self.buffer.reserve(READ_SIZE);
            match self.half.read_buf(&mut self.buffer).await {
                Ok(0) | Err(_) => return Inbound::Ended,
                Ok(_) => {}
            }
        }
    }
}

impl FrameWriter {
    /// Sends a frame. Not cancel safe: a part of it may be sent.
    pub(super) async fn send(&mut self, frame: &Frame) -> Result<(), WriteError> {
        self.buffer.clear();
        if frame.encode(&mut self.buffer).is_err() {
            return Err(WriteError::TooLong);
        }
        match timeout(WRITE_TIMEOUT, self.half.write_all(&self.buffer)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(WriteError::Ended),
            Err(_) => Err(WriteError::Stalled),
        }
    }

    /// Sends a small frame if there is room, which there is unless the other side does not read.
    pub(super) fn send_now(&mut self, frame: &Frame) {
        self.buffer.clear();
        if frame.encode(&mut self.buffer).is_ok() {
            _ = self.half.try_write(&self.buffer);
        }
    }
}
