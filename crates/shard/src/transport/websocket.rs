//! WebSocket over any stream of bytes.

use super::{
    ByteStream, ConnectError, ConnectErrorKind, Inbound, Outbound, Text, Transport, TransportError,
    TransportErrorKind, blocking_io::BlockingIo, buffered_stream::BufferedStream,
    endpoint::Endpoint,
};
use bytes::Bytes;
use gloaming_machine::gateway_info::RetryAfter;
use std::{
    borrow::Cow,
    fmt::{Debug, Formatter, Result as FmtResult},
    io,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio_tungstenite::{
    client_async_with_config,
    tungstenite::{
        Error as WsError, Message,
        error::{CapacityError, ProtocolError},
        http::{HeaderValue, Response, StatusCode, header::RETRY_AFTER},
        protocol::{
            CloseFrame as WsCloseFrame, Role, WebSocketConfig, WebSocketContext,
            frame::coding::CloseCode as WsCloseCode,
        },
    },
};
use twilight_model::gateway::CloseFrame;

/// tungstenite zero-fills a buffer of this size for every read, and an idle connection holds it.
const READ_BUFFER_BYTES: usize = 2 * 1024;

/// tungstenite's own write buffer contains only pongs and close frames, of at most 139 bytes each.
const MAX_WRITE_BUFFER_BYTES: usize = 4 * 1024;

/// The read buffer of a message over this size is released instead of reused.
const LARGE_MESSAGE_BYTES: usize = 16 * 1024;

/// The maximum number of frames of a message. The parts may be empty, so the size of the message does not bound them. With
/// parts of 1 KiB, the largest message has this many.
const MAX_MESSAGE_PARTS: u32 = 65_536;

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
    stream: BlockingIo<BufferedStream<S>>,
    /// tungstenite's state: the read buffer, the incomplete frame, the close handshake.
    protocol: WebSocketContext,
    config: WebSocketConfig,
    state: State,
    large_message: Option<LargeMessage>,
}

/// The last large message, held until the read buffer that grew for it is no longer in use.
///
/// tungstenite would reuse that buffer forever. It can't do so while a slice of the buffer is held: once
/// the rest of the buffer (a few KiB at most) is used up, a buffer of the usual size replaces it. If no
/// more data arrives to use it up, [`WebSocket::release_large_buffer`] drops it.
struct LargeMessage(Bytes);

impl LargeMessage {
    /// Returns whether a later message may be a slice of the same buffer.
    fn may_share_buffer_with(&self, later: &Bytes) -> bool {
        let start = self.0.as_ptr().addr();
        let rest_end = start + self.0.len() + 8 * LARGE_MESSAGE_BYTES;
        (start..=rest_end).contains(&later.as_ptr().addr())
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Open,
    /// A close frame was sent. The server may send more until it replies.
    CloseSent,
    Ended,
}

impl<S: ByteStream> WebSocket<S> {
    /// Opens a WebSocket connection to `url` over `stream`.
    ///
    /// The stream must already be encrypted if the URL is `wss://`; see
    /// [`Tls::handshake`](crate::tls::Tls::handshake). A message over `max_message_bytes`, before
    /// decompression, ends the connection with an error before memory is allocated for it.
    ///
    /// The handshake has no timeout of its own; dropping the future drops the stream.
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
        let endpoint = Endpoint::parse(url)?;
        Self::open(stream, &endpoint, max_message_bytes).await
    }

    pub(super) async fn open(
        stream: S,
        endpoint: &Endpoint,
        max_message_bytes: usize,
    ) -> Result<Self, ConnectError> {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(0)
            .max_write_buffer_size(MAX_WRITE_BUFFER_BYTES)
            .max_message_size(Some(max_message_bytes))
            .max_frame_size(Some(max_message_bytes));
        let (socket, _) = client_async_with_config(
            endpoint.uri().clone(),
            BufferedStream::new(stream),
            Some(config),
        )
        .await
        .map_err(|error| handshake_error(error).with_endpoint(endpoint.to_string()))?;

        // A new context, since a read buffer whose slices are held is replaced by one of the size that its
        // context started with: the configured size here, a few bytes after the handshake.
        Ok(Self {
            stream: BlockingIo::new(socket.into_inner()),
            protocol: WebSocketContext::new(Role::Client, Some(config)),
            config,
            state: State::Open,
            large_message: None,
        })
    }

    fn poll<T>(
        &mut self,
        cx: &Context<'_>,
        operation: impl FnOnce(
            &mut WebSocketContext,
            &mut BlockingIo<BufferedStream<S>>,
        ) -> Result<T, WsError>,
    ) -> Poll<Result<T, WsError>> {
        self.stream.register(cx);
        match operation(&mut self.protocol, &mut self.stream) {
            Err(WsError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
            result => Poll::Ready(result),
        }
    }

    /// Drops the buffer that grew for the last large message. Called when no data is available: if the data
    /// so far ends with a complete message, tungstenite's context contains nothing but that buffer.
    fn release_large_buffer(&mut self, cx: &Context<'_>) {
        if self.large_message.is_some()
            && self.state == State::Open
            && self.stream.is_at_message_end()
            // A pong may not be written yet.
            && matches!(
                self.poll(cx, WebSocketContext::flush),
                Poll::Ready(Ok(()))
            )
        {
            self.protocol = WebSocketContext::new(Role::Client, Some(self.config));
            self.large_message = None;
        }
    }

    fn received(&mut self, cx: &mut Context<'_>, message: Message) -> Option<Inbound> {
        match message {
            Message::Text(text) => {
                self.track_buffer(text.as_ref());
                Some(Inbound::Text(Text::new(text)))
            }
            Message::Binary(bytes) => {
                self.track_buffer(&bytes);
                Some(Inbound::Binary(bytes))
            }
            Message::Close(frame) => {
                // The reply is sent if the socket takes it at once, and not waited for.
                let _ = self.poll(cx, WebSocketContext::flush);
                self.state = State::Ended;
                Some(Inbound::Close(frame.map(close_frame_from_ws)))
            }
            // tungstenite sends the pong at the next poll, which the caller does.
            Message::Ping(bytes) | Message::Pong(bytes) => {
                self.track_buffer(&bytes);
                Some(Inbound::Empty)
            }
            Message::Frame(_) => None,
        }
    }

    fn track_buffer(&mut self, bytes: &Bytes) {
        if bytes.len() > LARGE_MESSAGE_BYTES {
            self.large_message = Some(LargeMessage(bytes.clone()));
        } else if let Some(large) = &self.large_message
            && !large.may_share_buffer_with(bytes)
        {
            self.large_message = None;
        }
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
        loop {
            match self.poll(cx, WebSocketContext::read) {
                Poll::Ready(Ok(message)) => {
                    if let Some(inbound) = self.received(cx, message) {
                        return Poll::Ready(Some(Ok(inbound)));
                    }
                }
                Poll::Ready(Err(error)) => {
                    self.state = State::Ended;
                    return Poll::Ready(receive_error(error).map(Err));
                }
                Poll::Pending => {
                    if self.stream.message_parts() > MAX_MESSAGE_PARTS {
                        self.state = State::Ended;
                        return Poll::Ready(Some(Err(too_many_parts())));
                    }
                    self.release_large_buffer(cx);
                    return Poll::Pending;
                }
            }
        }
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        if self.stream.get_ref().has_room() {
            return Poll::Ready(Ok(()));
        }
        self.poll_flush(cx)
    }

    fn start_send(&mut self, frame: Outbound) -> Result<(), TransportError> {
        if self.state != State::Open {
            return Err(TransportError::new(TransportErrorKind::SendAfterClose));
        }
        if !self.stream.get_ref().has_room() {
            return Err(TransportError::new(TransportErrorKind::WriteBufferFull));
        }
        match frame {
            Outbound::Text(text) => self.stream.get_mut().push_text(text),
            Outbound::Close(frame) => {
                let frame = close_frame_into_ws(&frame)?;
                let close = Message::Close(Some(frame));
                match self.protocol.write(&mut self.stream, close) {
                    // tungstenite has queued the frame for the next flush.
                    Err(WsError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {}
                    result => result.map_err(send_error)?,
                }
                self.state = State::CloseSent;
            }
        }
        Ok(())
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        match ready!(self.poll(cx, WebSocketContext::flush)) {
            // All frames are sent and no more may follow.
            Err(WsError::ConnectionClosed) => Poll::Ready(Ok(())),
            result => Poll::Ready(result.map_err(send_error)),
        }
    }
}

impl<S> Debug for WebSocket<S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.debug_struct("WebSocket")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

fn close_frame_from_ws(frame: WsCloseFrame) -> CloseFrame<'static> {
    CloseFrame {
        code: frame.code.into(),
        reason: Cow::Owned(frame.reason.as_str().to_owned()),
    }
}

fn close_frame_into_ws(frame: &CloseFrame<'_>) -> Result<WsCloseFrame, TransportError> {
    let code = WsCloseCode::from(frame.code);
    if !code.is_allowed() {
        let kind = TransportErrorKind::UnsendableCloseCode(frame.code);
        return Err(TransportError::new(kind));
    }
    Ok(WsCloseFrame {
        code,
        reason: truncate(&frame.reason, MAX_REASON_BYTES).into(),
    })
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
fn receive_error(error: WsError) -> Option<TransportError> {
    let (kind, source): (_, Box<dyn std::error::Error + Send + Sync>) = match error {
        // A TLS stream that ended without close_notify.
        WsError::Io(source) if source.kind() == io::ErrorKind::UnexpectedEof => return None,
        WsError::ConnectionClosed | WsError::AlreadyClosed => return None,
        WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake) => return None,
        WsError::Io(source) => (TransportErrorKind::Io, source.into()),
        WsError::Capacity(CapacityError::MessageTooLong { size, max_size }) => {
            return Some(TransportError::new(TransportErrorKind::MessageTooLong {
                bytes: size,
                limit: max_size,
            }));
        }
        WsError::Utf8(reason) => (TransportErrorKind::InvalidUtf8, reason.into()),
        source => (TransportErrorKind::Protocol, source.into()),
    };
    Some(TransportError::new(kind).with_source(source))
}

fn too_many_parts() -> TransportError {
    TransportError::new(TransportErrorKind::Protocol)
        .with_source(format!("a message has more than {MAX_MESSAGE_PARTS} parts"))
}

fn send_error(error: WsError) -> TransportError {
    match error {
        WsError::Io(source) => TransportError::new(TransportErrorKind::Io).with_source(source),
        WsError::Protocol(ProtocolError::SendAfterClosing) => {
            TransportError::new(TransportErrorKind::SendAfterClose)
        }
        WsError::WriteBufferFull(_) => TransportError::new(TransportErrorKind::WriteBufferFull),
        source => TransportError::new(TransportErrorKind::Protocol).with_source(source),
    }
}
