//! WebSocket over any stream of bytes.

use super::{
    ByteStream, ConnectError, ConnectErrorKind, Inbound, Outbound, Transport, TransportError,
    TransportErrorKind,
    buffered_stream::BufferedStream,
    endpoint::Endpoint,
    frame_header::MessageKind,
    frame_reader::{FrameReader, Received},
};
use crate::UserAgent;
use bytes::Bytes;
use gloaming_machine::gateway_info::RetryAfter;
use std::{
    borrow::Cow,
    fmt::{Debug, Formatter, Result as FmtResult},
    io, mem,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::io::{AsyncReadExt as _, AsyncWrite as _};
use tokio_tungstenite::{
    client_async_with_config,
    tungstenite::{
        Error as WsError,
        client::IntoClientRequest as _,
        http::{
            HeaderValue, Response, StatusCode,
            header::{RETRY_AFTER, USER_AGENT},
        },
        protocol::{
            WebSocketConfig,
            frame::coding::{CloseCode as WsCloseCode, Control, Data, OpCode},
        },
    },
};
use twilight_model::gateway::CloseFrame;

/// tungstenite allocates a buffer of this size for the handshake.
const HANDSHAKE_BUFFER_BYTES: usize = 2 * 1024;

/// A control frame has at most 125 bytes of payload, and a close frame uses two of them for its code.
const MAX_REASON_BYTES: usize = 123;

/// A WebSocket connection over a stream of bytes.
///
/// Use it in a custom [`Connect`](super::Connect), which provides the stream:
///
/// ```no_run
/// use gloaming_shard::transport::{ConnectError, DEFAULT_MAX_MESSAGE_BYTES, Transport, WebSocket};
/// use tokio::net::TcpStream;
///
/// async fn open(url: &str) -> Result<Box<dyn Transport>, Box<dyn std::error::Error>> {
///     let stream = TcpStream::connect("gateway-proxy.internal:7878").await?;
///     let socket = WebSocket::handshake(stream, url, DEFAULT_MAX_MESSAGE_BYTES).await?;
///     Ok(Box::new(socket))
/// }
/// ```
pub struct WebSocket<S> {
    stream: BufferedStream<S>,
    reader: FrameReader,
    state: State,
    pong: Pong,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Open,
    /// A close frame was sent. The server may send more until it replies.
    CloseSent,
    Ended,
}

/// The answer to the last ping.
#[derive(Debug, Default)]
enum Pong {
    /// It is written, or there is none.
    #[default]
    None,
    /// It is sent once all frames before it are written. A later one takes its place.
    Due(Bytes),
    /// It is not written completely.
    Unflushed,
}

impl<S: ByteStream> WebSocket<S> {
    /// Opens a WebSocket connection to `url` over `stream`.
    ///
    /// The stream must already be encrypted if the URL is `wss://`; see
    /// [`Tls::handshake`](crate::tls::Tls::handshake). A message over `max_message_bytes`, before
    /// decompression, ends the connection with an error before memory is allocated for it.
    ///
    /// The handshake has no timeout of its own; dropping the future drops the stream. Its header `User-Agent` is
    /// [`UserAgent::default`].
    ///
    /// # Errors
    ///
    /// Returns [`ConnectErrorKind::Url`], [`Handshake`](ConnectErrorKind::Handshake) or
    /// [`NotWebSocket`](ConnectErrorKind::NotWebSocket).
    pub async fn handshake(
        stream: S,
        url: &str,
        max_message_bytes: usize,
    ) -> Result<Self, ConnectError> {
        Self::handshake_as(&UserAgent::default(), stream, url, max_message_bytes).await
    }

    /// Opens a WebSocket connection as [`handshake`](Self::handshake) does, with another header `User-Agent`.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`handshake`](Self::handshake).
    pub async fn handshake_as(
        agent: &UserAgent,
        stream: S,
        url: &str,
        max_message_bytes: usize,
    ) -> Result<Self, ConnectError> {
        let endpoint = Endpoint::parse(url)?;
        Self::open(stream, &endpoint, max_message_bytes, agent).await
    }

    pub(super) async fn open(
        stream: S,
        endpoint: &Endpoint,
        max_message_bytes: usize,
        agent: &UserAgent,
    ) -> Result<Self, ConnectError> {
        let fail = |error| handshake_error(error).with_endpoint(endpoint.to_string());
        let mut request = endpoint.uri().clone().into_client_request().map_err(fail)?;
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, agent.header().clone());
        // Of tungstenite, only the handshake is used.
        let config = WebSocketConfig::default().read_buffer_size(HANDSHAKE_BUFFER_BYTES);
        let stream = BufferedStream::new(stream);
        let (socket, _) = client_async_with_config(request, stream, Some(config))
            .await
            .map_err(fail)?;
        let mut stream = socket.into_inner();
        Ok(Self {
            reader: FrameReader::new(&stream.take_ahead(), max_message_bytes),
            stream,
            state: State::Open,
            pong: Pong::None,
        })
    }

    /// Reads from the stream once. Returns the number of bytes, which is 0 at the end.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let missing = self.reader.missing();
        let buffer = self.reader.buffer.prepare(missing);
        let room = buffer.capacity() - buffer.len();
        let read = ready!(pin!(self.stream.read_buf(buffer)).poll(cx))?;
        self.reader.buffer.was_read(read, room);
        Poll::Ready(Ok(read))
    }

    fn received(&mut self, cx: &mut Context<'_>, received: Received) -> Inbound {
        match received {
            Received::Text(bytes) => Inbound::Text(bytes.into()),
            Received::Binary(bytes) => Inbound::Binary(bytes),
            Received::Ping(payload) => {
                if self.state == State::Open {
                    self.pong = Pong::Due(payload);
                    self.answer(cx);
                }
                Inbound::Empty
            }
            Received::Pong => Inbound::Empty,
            Received::Close(frame) => {
                let frame = frame.map(allowed);
                if self.state == State::Open {
                    self.push_close(frame.as_ref());
                    // The reply is sent if the socket takes it at once, and not waited for.
                    _ = Pin::new(&mut self.stream).poll_flush(cx);
                }
                self.state = State::Ended;
                Inbound::Close(frame)
            }
        }
    }

    /// Writes the pong, as far as the socket takes it.
    fn answer(&mut self, cx: &mut Context<'_>) {
        while !matches!(self.pong, Pong::None) {
            if Pin::new(&mut self.stream).poll_flush(cx).is_pending() {
                return;
            }
            if let Pong::Due(payload) = mem::take(&mut self.pong) {
                self.stream.push(OpCode::Control(Control::Pong), payload);
                self.pong = Pong::Unflushed;
            }
        }
    }

    /// Tells the server what is wrong with its frames (RFC 6455 section 7.1.7), if the socket takes that at once.
    fn report(&mut self, cx: &mut Context<'_>, kind: TransportErrorKind) {
        if self.state == State::Open
            && let Some(code) = kind.close_code()
        {
            self.push_close(Some(&CloseFrame::new(code, "")));
            _ = Pin::new(&mut self.stream).poll_flush(cx);
        }
    }

    fn push_close(&mut self, frame: Option<&CloseFrame<'_>>) {
        let mut payload = Vec::new();
        if let Some(frame) = frame {
            payload.extend(frame.code.to_be_bytes());
            payload.extend(truncate(&frame.reason, MAX_REASON_BYTES).as_bytes());
        }
        self.stream.push(OpCode::Control(Control::Close), payload);
    }

    fn end(
        &mut self,
        error: Option<TransportError>,
    ) -> Poll<Option<Result<Inbound, TransportError>>> {
        self.state = State::Ended;
        Poll::Ready(error.map(Err))
    }
}

impl<S: ByteStream> Transport for WebSocket<S> {
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Inbound, TransportError>>> {
        if self.state == State::Ended {
            return Poll::Ready(None);
        }
        if !matches!(self.pong, Pong::None) {
            self.answer(cx);
        }
        loop {
            match self.reader.next_whole() {
                Some((MessageKind::Text, bytes)) => {
                    return Poll::Ready(Some(Ok(Inbound::Text(bytes.into()))));
                }
                Some((MessageKind::Binary, bytes)) => {
                    return Poll::Ready(Some(Ok(Inbound::Binary(bytes))));
                }
                None => {}
            }
            match self.reader.next() {
                Ok(Some(received)) => return Poll::Ready(Some(Ok(self.received(cx, received)))),
                Ok(None) => {}
                Err(error) => {
                    self.report(cx, error.kind());
                    return self.end(Some(error));
                }
            }
            match self.poll_read(cx) {
                Poll::Ready(Ok(1..)) => {}
                Poll::Ready(Ok(0)) => return self.end(None),
                Poll::Ready(Err(error)) => return self.end(read_error(error)),
                Poll::Pending => {
                    self.reader.rest();
                    return Poll::Pending;
                }
            }
        }
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        if self.stream.has_room() {
            return Poll::Ready(Ok(()));
        }
        self.poll_flush(cx)
    }

    fn start_send(&mut self, frame: Outbound) -> Result<(), TransportError> {
        if self.state != State::Open {
            return Err(TransportError::new(TransportErrorKind::SendAfterClose));
        }
        if !self.stream.has_room() {
            return Err(TransportError::new(TransportErrorKind::WriteBufferFull));
        }
        match frame {
            Outbound::Text(text) => self.stream.push(OpCode::Data(Data::Text), text),
            Outbound::Close(frame) => {
                if !is_allowed(frame.code) {
                    let kind = TransportErrorKind::UnsendableCloseCode(frame.code);
                    return Err(TransportError::new(kind));
                }
                self.push_close(Some(&frame));
                self.state = State::CloseSent;
            }
        }
        Ok(())
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        let flushed = ready!(Pin::new(&mut self.stream).poll_flush(cx));
        Poll::Ready(flushed.map_err(io_error))
    }

    fn take_write_error(&mut self) -> Option<TransportError> {
        self.stream.take_write_error().map(io_error)
    }

    fn release_memory(&mut self) {
        self.reader.release();
    }

    fn lend_memory(&mut self) {
        self.reader.buffer.lend();
    }
}

impl<S> Debug for WebSocket<S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.debug_struct("WebSocket")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// Whether a close frame may have this code (RFC 6455 section 7.4).
fn is_allowed(code: u16) -> bool {
    WsCloseCode::from(code).is_allowed()
}

/// Returns the frame, or a protocol error in place of a code that no close frame may have.
fn allowed(frame: CloseFrame<'static>) -> CloseFrame<'static> {
    match is_allowed(frame.code) {
        true => frame,
        false => CloseFrame {
            code: WsCloseCode::Protocol.into(),
            reason: Cow::Borrowed("Protocol violation"),
        },
    }
}

/// Returns the start of `text`, of at most `limit` bytes, without splitting a character.
fn truncate(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn handshake_error(error: WsError) -> ConnectError {
    let kind = match &error {
        WsError::Http(response) => ConnectErrorKind::Handshake {
            status: response.status().as_u16(),
        },
        WsError::Url(_) => ConnectErrorKind::Url,
        _ => ConnectErrorKind::NotWebSocket,
    };
    match error {
        // The kind has the status already.
        WsError::Http(response) => match retry_after(&response) {
            Some(wait) => ConnectError::new(kind).with_retry_after(wait),
            None => ConnectError::new(kind),
        },
        WsError::Io(source) => ConnectError::new(kind).with_source(source),
        source => ConnectError::new(kind).with_source(source),
    }
}

/// Returns how long the response asks to wait, if its status is one that may ask for it.
fn retry_after(response: &Response<Option<Vec<u8>>>) -> Option<Duration> {
    let status = response.status();
    if status != StatusCode::TOO_MANY_REQUESTS && status != StatusCode::SERVICE_UNAVAILABLE {
        return None;
    }
    let header = response.headers().get(RETRY_AFTER);
    let body = response.body().as_deref().unwrap_or_default();
    RetryAfter::read(header.map(HeaderValue::as_bytes), body).given()
}

/// Returns `None` if the connection ended without a close frame.
fn read_error(error: io::Error) -> Option<TransportError> {
    match error.kind() {
        // A TLS stream that ended without close_notify.
        io::ErrorKind::UnexpectedEof => None,
        _ => Some(io_error(error)),
    }
}

fn io_error(error: io::Error) -> TransportError {
    TransportError::new(TransportErrorKind::Io).with_source(error)
}
