//! Fewer and larger reads from a busy socket.

use bytes::{Buf, BytesMut};
use std::{
    io,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

/// The number of bytes that one read of a busy socket asks for.
const AHEAD_BYTES: usize = 32 * 1024;

/// A stream that reads ahead while the socket is busy, and holds no memory while the socket is idle.
///
/// TLS reads a few KiB at a time. This keeps the memory of an idle connection small, but costs a system call per few
/// events under load.
#[derive(Debug)]
pub(super) struct ReadAhead<S> {
    stream: S,
    load: Load,
    ahead: BytesMut,
}

/// How the last reads filled their buffers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Load {
    /// The last read filled a part of its buffer.
    Idle,
    /// The last read filled its buffer. This alone may be the end of what the socket holds.
    Full,
    /// The last two reads filled their buffers: the socket holds more.
    Busy,
}

impl<S> ReadAhead<S> {
    pub(super) fn new(stream: S) -> Self {
        Self::with_bytes(stream, BytesMut::new())
    }

    /// A stream from which `ahead` was read already.
    pub(super) const fn with_bytes(stream: S, ahead: BytesMut) -> Self {
        Self {
            stream,
            load: Load::Idle,
            ahead,
        }
    }

    fn reset(&mut self) {
        self.load = Load::Idle;
        self.ahead = BytesMut::new();
    }

    fn copy_buffered(&mut self, buf: &mut ReadBuf<'_>) {
        let length = self.ahead.len().min(buf.remaining());
        buf.put_slice(&self.ahead[..length]);
        self.ahead.advance(length);
        if self.ahead.is_empty() && self.load != Load::Busy {
            self.reset();
        }
    }
}

impl<S: AsyncRead + Unpin> ReadAhead<S> {
    fn poll_read_directly(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        self.load = match (self.load, buf.remaining()) {
            (_, 1..) => Load::Idle,
            (Load::Idle, 0) => Load::Full,
            (Load::Full | Load::Busy, 0) => Load::Busy,
        };
        Poll::Ready(Ok(()))
    }

    fn poll_read_ahead(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.ahead.reserve(AHEAD_BYTES);
        let read = match pin!(self.stream.read_buf(&mut self.ahead)).poll(cx) {
            Poll::Ready(read) => read?,
            Poll::Pending => {
                self.reset();
                return Poll::Pending;
            }
        };
        if read < AHEAD_BYTES / 4 {
            self.load = Load::Idle;
        }
        self.copy_buffered(buf);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ReadAhead<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.ahead.is_empty() {
            self.copy_buffered(buf);
            return Poll::Ready(Ok(()));
        }
        match self.load {
            Load::Idle | Load::Full => self.poll_read_directly(cx, buf),
            Load::Busy => self.poll_read_ahead(cx, buf),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ReadAhead<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::{AHEAD_BYTES, ReadAhead};
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

    const ASKED: usize = 2 * 1024;

    fn connection() -> (ReadAhead<DuplexStream>, DuplexStream) {
        let (ours, theirs) = tokio::io::duplex(1024 * 1024);
        (ReadAhead::new(ours), theirs)
    }

    async fn read(reader: &mut ReadAhead<DuplexStream>) -> Vec<u8> {
        let mut buf = vec![0; ASKED];
        let length = reader.read(&mut buf).await.unwrap();
        buf.truncate(length);
        buf
    }

    #[tokio::test]
    async fn bytes_arrive_in_order_at_every_load() {
        let (mut reader, mut peer) = connection();
        let sent: Vec<u8> = (0..500_000_u32).map(|n| (n % 251) as u8).collect();
        let mut received = Vec::new();
        for (part, size) in [
            (0..300_000, 100),
            (300_000..300_001, 1),
            (300_001..500_000, 70_000),
        ] {
            for piece in sent[part].chunks(size) {
                peer.write_all(piece).await.unwrap();
                if size < ASKED {
                    received.extend(read(&mut reader).await);
                }
            }
        }
        drop(peer);
        reader.read_to_end(&mut received).await.unwrap();
        assert_eq!(received, sent);
    }

    #[tokio::test]
    async fn memory_is_held_under_load_only() {
        let (mut reader, mut peer) = connection();
        peer.write_all(&vec![7; 4 * AHEAD_BYTES]).await.unwrap();
        let mut left = 4 * AHEAD_BYTES;
        while left > 0 {
            left -= read(&mut reader).await.len();
            if left == 2 * AHEAD_BYTES {
                assert!(reader.ahead.capacity() >= ASKED);
            }
        }
        let next = tokio::join!(read(&mut reader), peer.write_all(b"next")).0;
        assert_eq!(next, b"next");
        assert_eq!(reader.ahead.capacity(), 0);
    }

    #[tokio::test]
    async fn single_messages_are_read_directly() {
        let (mut reader, mut peer) = connection();
        for length in [700, ASKED, 700, ASKED, 1, 700] {
            peer.write_all(&vec![7; length]).await.unwrap();
            assert_eq!(read(&mut reader).await.len(), length);
            assert_eq!(reader.ahead.capacity(), 0);
        }
    }

    #[tokio::test]
    async fn the_end_of_the_stream_is_reported_repeatedly() {
        let (mut reader, mut peer) = connection();
        peer.write_all(&vec![7; 3 * ASKED]).await.unwrap();
        drop(peer);
        for _ in 0..3 {
            assert_eq!(read(&mut reader).await.len(), ASKED);
        }
        assert!(read(&mut reader).await.is_empty());
        assert!(read(&mut reader).await.is_empty());
    }
}
