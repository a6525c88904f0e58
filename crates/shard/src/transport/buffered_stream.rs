//! The byte stream under a WebSocket, with a bounded write buffer.

use super::response_head::ResponseHead;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    task::coop,
};
use tokio_tungstenite::tungstenite::protocol::frame::{Frame, FrameHeader, coding::OpCode};

/// The size of the write buffer from which on writers wait, in bytes.
const HIGH_WATER: usize = 16 * 1024;

/// A byte stream with a bounded write buffer.
///
/// tungstenite writes the handshake. Frames bypass it because it logs every frame that it writes, and IDENTIFY and
/// RESUME contain the token.
///
/// A read stops once at the end of the handshake's response, so that no frame is read before the handshake
/// is complete. What was read beyond it is [taken](Self::take_ahead) then, before the next read.
///
/// A failed write is reported to the reader after all received bytes are read: a server that closes with a
/// code also stops reading, and the broken pipe must not hide its close frame.
#[derive(Debug)]
pub(super) struct BufferedStream<S> {
    stream: S,
    read_half: ReadHalf,
    out: BytesMut,
    write_half: WriteHalf,
    masks: Masks,
}

#[derive(Debug)]
enum ReadHalf {
    Handshake(ResponseHead),
    /// The handshake is complete. The bytes arrived with the end of its response.
    Frames(Bytes),
}

#[derive(Debug)]
enum WriteHalf {
    Open,
    /// A write failed: further bytes are discarded. The reader takes the error.
    Broken(Option<io::Error>),
}

impl<S> BufferedStream<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            read_half: ReadHalf::Handshake(ResponseHead::default()),
            out: BytesMut::new(),
            write_half: WriteHalf::Open,
            masks: Masks::new(),
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.out.len() < HIGH_WATER
    }

    /// Returns why a write failed, unless the reader has it. The reader does not get it any more.
    pub(super) const fn take_write_error(&mut self) -> Option<io::Error> {
        match &mut self.write_half {
            WriteHalf::Broken(error) => error.take(),
            WriteHalf::Open => None,
        }
    }

    /// Takes the bytes that were read with the end of the handshake.
    pub(super) fn take_ahead(&mut self) -> Bytes {
        match &mut self.read_half {
            ReadHalf::Handshake(_) => Bytes::new(),
            ReadHalf::Frames(ahead) => std::mem::take(ahead),
        }
    }

    /// Appends a frame, regardless of the buffer's size.
    pub(super) fn push(&mut self, opcode: OpCode, payload: impl Into<Bytes>) {
        if matches!(self.write_half, WriteHalf::Broken(_)) {
            return;
        }
        let header = FrameHeader {
            opcode,
            mask: Some(self.masks.next()),
            ..FrameHeader::default()
        };
        Frame::from_payload(header, payload.into())
            .format(&mut (&mut self.out).writer())
            .expect("writes to a buffer in memory do not fail");
    }

    fn fail(&mut self, cx: &mut Context<'_>, error: io::Error) {
        self.out = BytesMut::new();
        self.write_half = WriteHalf::Broken(Some(error));
        // The reader reports the error, and may be waiting for bytes that never arrive.
        cx.waker().wake_by_ref();
    }
}

impl<S: AsyncWrite + Unpin> BufferedStream<S> {
    fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while !self.out.is_empty() {
            match ready!(Pin::new(&mut self.stream).poll_write(cx, &self.out)) {
                Ok(0) => self.fail(cx, io::ErrorKind::WriteZero.into()),
                Ok(written) => self.out.advance(written),
                Err(error) => self.fail(cx, error),
            }
        }
        // Sends are rare; an idle connection holds no buffer for them.
        self.out = BytesMut::new();
        Poll::Ready(())
    }
}

impl<S: AsyncRead + Unpin> BufferedStream<S> {
    fn poll_read_stream(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_read(cx, buf) {
            // Without coop budget, tokio's sockets are pending even if data is available.
            Poll::Pending if !coop::has_budget_remaining() => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Poll::Pending => match &mut self.write_half {
                WriteHalf::Broken(error) => error
                    .take()
                    .map_or(Poll::Pending, |error| Poll::Ready(Err(error))),
                WriteHalf::Open => Poll::Pending,
            },
            ready => ready,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for BufferedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let start = buf.filled().len();
        ready!(self.poll_read_stream(cx, buf))?;
        if let ReadHalf::Handshake(head) = &mut self.read_half
            && let Some(length) = head.end_in(&buf.filled()[start..])
        {
            let ahead = Bytes::copy_from_slice(&buf.filled()[start + length..]);
            buf.set_filled(start + length);
            self.read_half = ReadHalf::Frames(ahead);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for BufferedStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !self.has_room() {
            ready!(self.poll_drain(cx));
        }
        if matches!(self.write_half, WriteHalf::Open) {
            self.out.extend_from_slice(bytes);
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_drain(cx));
        if matches!(self.write_half, WriteHalf::Open)
            && let Err(error) = ready!(Pin::new(&mut self.stream).poll_flush(cx))
        {
            self.fail(cx, error);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_drain(cx));
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Frame masks: a keyed hash of a counter, with a random key per connection.
///
/// RFC 6455 section 5.3 requires masks that the author of the payload can't predict.
#[derive(Debug)]
struct Masks {
    key: RandomState,
    counter: u64,
}

impl Masks {
    fn new() -> Self {
        Self {
            key: RandomState::new(),
            counter: 0,
        }
    }

    fn next(&mut self) -> [u8; 4] {
        self.counter += 1;
        let [a, b, c, d, ..] = self.key.hash_one(self.counter).to_ne_bytes();
        [a, b, c, d]
    }
}

#[cfg(test)]
mod tests {
    use super::{BufferedStream, HIGH_WATER, OpCode};
    use std::{
        future::poll_fn,
        io,
        pin::Pin,
        task::{Context, Poll},
    };
    use tokio::{
        io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
        task::coop,
    };
    use tokio_tungstenite::tungstenite::protocol::frame::coding::Data;

    const TEXT: OpCode = OpCode::Data(Data::Text);

    #[tokio::test]
    async fn a_text_is_one_masked_frame() {
        let (ours, mut theirs) = tokio::io::duplex(1024);
        let mut stream = BufferedStream::new(ours);
        stream.push(TEXT, "hello");
        stream.flush().await.unwrap();

        let mut frame = [0; 11];
        theirs.read_exact(&mut frame).await.unwrap();
        assert_eq!(frame[..2], [0x81, 0x80 | 5]);
        let mask = [frame[2], frame[3], frame[4], frame[5]];
        let text: Vec<u8> = frame[6..]
            .iter()
            .zip(mask.iter().cycle())
            .map(|(byte, mask)| byte ^ mask)
            .collect();
        assert_eq!(text, b"hello");
    }

    #[test]
    fn masks_differ_between_frames_and_connections() {
        let (mut one, mut other) = (super::Masks::new(), super::Masks::new());
        let mut seen = std::collections::HashSet::new();
        for _ in 0..100 {
            seen.insert(one.next());
            seen.insert(other.next());
        }
        assert!(seen.len() > 195, "{}", seen.len());
    }

    #[tokio::test]
    async fn no_frame_is_read_with_the_handshake() {
        let (ours, mut theirs) = tokio::io::duplex(1024);
        let mut stream = BufferedStream::new(ours);
        theirs
            .write_all(b"HTTP/1.1 101 Go\r\n\r\nframes")
            .await
            .unwrap();
        let mut buf = [0; 64];
        assert_eq!(stream.read(&mut buf).await.unwrap(), 19);
        assert_eq!(stream.take_ahead(), "frames");
        assert_eq!(stream.take_ahead(), "");
        theirs.write_all(b" and\r\n\r\nmore").await.unwrap();
        assert_eq!(stream.read(&mut buf).await.unwrap(), 12);
        assert_eq!(&buf[..12], b" and\r\n\r\nmore");
    }

    /// A socket is also pending when the task has used up its coop budget.
    #[tokio::test]
    async fn a_failed_write_is_not_reported_while_reads_may_be_pending_for_lack_of_budget() {
        let (ours, mut theirs) = tokio::io::duplex(1024);
        theirs.write_all(b"close frame").await.unwrap();
        drop(theirs);
        let mut stream = BufferedStream::new(ours);
        stream.push(TEXT, "heartbeat");
        stream.flush().await.unwrap();

        let mut bytes = [0; 64];
        let mut buf = ReadBuf::new(&mut bytes);
        let read = poll_fn(|cx| {
            while let Poll::Ready(turn) = coop::poll_proceed(cx) {
                turn.made_progress();
            }
            Poll::Ready(Pin::new(&mut stream).poll_read(cx, &mut buf))
        });
        assert!(read.await.is_pending());
        tokio::task::yield_now().await;
        let mut bytes = [0; 64];
        let read = stream.read(&mut bytes).await.unwrap();
        assert_eq!(&bytes[..read], b"close frame");
    }

    #[tokio::test]
    async fn writers_wait_while_the_peer_does_not_read() {
        let (ours, mut theirs) = tokio::io::duplex(1);
        let mut stream = BufferedStream::new(ours);
        stream.write_all(&[7; HIGH_WATER]).await.unwrap();
        assert!(!stream.has_room());

        let blocked =
            poll_fn(|cx| Poll::Ready(Pin::new(&mut stream).poll_write(cx, b"x").is_pending()));
        assert!(blocked.await);

        let reader = tokio::spawn(async move {
            let mut all = Vec::new();
            theirs.read_to_end(&mut all).await.unwrap();
            all
        });
        stream.write_all(b"x").await.unwrap();
        stream.flush().await.unwrap();
        drop(stream);
        let all = reader.await.unwrap();
        assert_eq!(all.len(), HIGH_WATER + 1);
        assert_eq!(all.last(), Some(&b'x'));
    }

    /// Reads some bytes, then is pending; fails every write.
    struct FailingWrites(&'static [u8]);

    impl tokio::io::AsyncRead for FailingWrites {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            if self.0.is_empty() {
                return Poll::Pending;
            }
            buf.put_slice(std::mem::take(&mut self.0));
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncWrite for FailingWrites {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn a_failed_write_is_reported_after_the_received_bytes() {
        let mut stream = BufferedStream::new(FailingWrites(b"close frame"));
        stream.push(TEXT, "heartbeat");
        stream.flush().await.unwrap();

        let mut buf = [0; 64];
        assert_eq!(stream.read(&mut buf).await.unwrap(), 11);
        let error = stream.read(&mut buf).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
