//! An async stream as tungstenite wants it.

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
    /// Bytes read that no message was made of yet. Too many after a message in several frames, for
    /// good: only the header of one frame is counted for each message.
    unused: u64,
}

impl<S> Blocking<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            waker: Waker::noop().clone(),
            unused: 0,
        }
    }

    /// Names the task to wake; the same one again costs nothing.
    pub(super) fn wake(&mut self, cx: &Context<'_>) {
        self.waker.clone_from(cx.waker());
    }

    /// A message with this many bytes was made of what was read.
    pub(super) const fn use_up(&mut self, payload: usize) {
        let header = match payload {
            0..=125 => 2,
            126..=0xffff => 4,
            _ => 10,
        };
        self.unused = self.unused.saturating_sub(payload as u64 + header);
    }

    /// Whether messages were made of all that was read. In doubt not.
    pub(super) const fn is_used_up(&self) -> bool {
        self.unused == 0
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
        self.unused += buf.filled().len() as u64;
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
