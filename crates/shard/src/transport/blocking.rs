//! An async stream as tungstenite wants it.

use super::frames::Frames;
use std::{
    io::{self, Read, Write},
    pin::Pin,
    task::{Context, Poll, Waker},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream of bytes that answers `WouldBlock` where the async one is pending, and wakes the task that
/// was named last.
#[derive(Debug)]
pub(super) struct Blocking<S> {
    stream: S,
    waker: Waker,
    frames: Frames,
}

impl<S> Blocking<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            waker: Waker::noop().clone(),
            frames: Frames::default(),
        }
    }

    /// Names the task to wake; the same one again costs nothing.
    pub(super) fn wake(&mut self, cx: &Context<'_>) {
        self.waker.clone_from(cx.waker());
    }

    /// Whether what was read so far is whole messages.
    pub(super) const fn ends_message(&self) -> bool {
        self.frames.ends_message()
    }

    pub(super) const fn get_ref(&self) -> &S {
        &self.stream
    }

    pub(super) const fn get_mut(&mut self) -> &mut S {
        &mut self.stream
    }
}

impl<S: AsyncRead + Unpin> Read for Blocking<S> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let mut buf = ReadBuf::new(bytes);
        let mut cx = Context::from_waker(&self.waker);
        block(Pin::new(&mut self.stream).poll_read(&mut cx, &mut buf))?;
        self.frames.follow(buf.filled());
        Ok(buf.filled().len())
    }
}

impl<S: AsyncWrite + Unpin> Write for Blocking<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut cx = Context::from_waker(&self.waker);
        block(Pin::new(&mut self.stream).poll_write(&mut cx, bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut cx = Context::from_waker(&self.waker);
        block(Pin::new(&mut self.stream).poll_flush(&mut cx))
    }
}

fn block<T>(poll: Poll<io::Result<T>>) -> io::Result<T> {
    match poll {
        Poll::Ready(result) => result,
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}
