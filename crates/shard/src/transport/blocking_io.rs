//! Adapts an async stream to the blocking traits that tungstenite expects.

use super::frame_tracker::FrameTracker;
use std::{
    io::{self, Read, Write},
    pin::Pin,
    task::{Context, Poll, Waker},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream that returns `WouldBlock` where the async stream is pending, and then wakes the task that was
/// registered last.
#[derive(Debug)]
pub(super) struct BlockingIo<S> {
    stream: S,
    waker: Waker,
    frames: FrameTracker,
}

impl<S> BlockingIo<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            waker: Waker::noop().clone(),
            frames: FrameTracker::default(),
        }
    }

    /// Registers the task to wake. To register the same task again costs nothing.
    pub(super) fn register(&mut self, cx: &Context<'_>) {
        self.waker.clone_from(cx.waker());
    }

    /// Returns whether the bytes read so far end with a complete message.
    pub(super) const fn is_at_message_end(&self) -> bool {
        self.frames.is_at_message_end()
    }

    /// Returns the number of frames read of a message that is not complete.
    pub(super) const fn message_parts(&self) -> u32 {
        self.frames.message_parts()
    }

    pub(super) const fn get_ref(&self) -> &S {
        &self.stream
    }

    pub(super) const fn get_mut(&mut self) -> &mut S {
        &mut self.stream
    }
}

impl<S: AsyncRead + Unpin> Read for BlockingIo<S> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let mut buf = ReadBuf::new(bytes);
        let mut cx = Context::from_waker(&self.waker);
        would_block(Pin::new(&mut self.stream).poll_read(&mut cx, &mut buf))?;
        self.frames.advance(buf.filled());
        Ok(buf.filled().len())
    }
}

impl<S: AsyncWrite + Unpin> Write for BlockingIo<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut cx = Context::from_waker(&self.waker);
        would_block(Pin::new(&mut self.stream).poll_write(&mut cx, bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut cx = Context::from_waker(&self.waker);
        would_block(Pin::new(&mut self.stream).poll_flush(&mut cx))
    }
}

fn would_block<T>(poll: Poll<io::Result<T>>) -> io::Result<T> {
    match poll {
        Poll::Ready(result) => result,
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}
