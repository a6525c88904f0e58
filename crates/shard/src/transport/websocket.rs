//! The WebSocket protocol over any byte stream.

use super::{
    ByteStream, ConnectError, ConnectErrorKind, Inbound, Outbound, Text, Transport, TransportError,
    TransportErrorKind, blocking::Blocking, endpoint::Endpoint, wire::Wire,
};
use bytes::Bytes;
use std::{
    borrow::Cow,
    fmt::{Debug, Formatter, Result as FmtResult},
    io,
    task::{Context, Poll, ready},
};
use tokio_tungstenite::{
    client_async_with_config,
    tungstenite::{
        Error as WsError, Message,
        error::{CapacityError, ProtocolError},
        protocol::{
            CloseFrame as WsCloseFrame, Role, WebSocketConfig, WebSocketContext,
            frame::coding::CloseCode as WsCloseCode,
        },
    },
};
use twilight_model::gateway::CloseFrame;

/// tungstenite zero-fills this much on every read, and every idle connection holds it.
const READ_BUFFER_BYTES: usize = 4 * 1024;

/// tungstenite's own write buffer holds pongs and close frames only, of at most 139 bytes each.
const MAX_WRITE_BUFFER_BYTES: usize = 4 * 1024;

/// A message over this makes the read buffer that it came in be given back, not kept.
const LARGE_MESSAGE_BYTES: usize = 16 * 1024;

/// A control frame has at most 125 bytes, two of which are a close frame's code.
const MAX_REASON_BYTES: usize = 123;

/// A WebSocket connection over a stream of bytes.
///
/// Use it for a [`Connect`](super::Connect) of your own, which brings the stream:
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
    wire: Blocking<Wire<S>>,
    /// tungstenite's side: the read buffer, the frame that is read, the close handshake.
    protocol: WebSocketContext,
    config: WebSocketConfig,
    state: State,
    large_message: Option<LargeMessage>,
}

/// The last large message, held until the read buffer that grew for it is out of use.
///
/// tungstenite would go on with that buffer forever. While a slice of it is held it can't be reused,
/// so once its rest (a few KiB at most) is used up, a buffer of the usual size takes its place. If
/// nothing follows that uses it up, [`WebSocket::rest`] throws it away.
struct LargeMessage(Bytes);

impl LargeMessage {
    /// Whether a message that came later may lie in the rest of the buffer.
    fn may_share_buffer_with(&self, later: &Bytes) -> bool {
        let start = self.0.as_ptr().addr();
        let rest_end = start + self.0.len() + 8 * LARGE_MESSAGE_BYTES;
        (start..=rest_end).contains(&later.as_ptr().addr())
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Open,
    /// We sent a close frame. The server may send more until it answers.
    CloseSent,
    Ended,
}

impl<S: ByteStream> WebSocket<S> {
    /// Asks the other end of `stream` for a WebSocket connection to `url`.
    ///
    /// No TLS is spoken, also if the URL is `wss://`: the stream brings its own
    /// (see [`Tls::handshake`](crate::tls::Tls::handshake)). Messages over `max_message_bytes` (before
    /// inflating) end the connection with an error, before memory is taken for them.
    ///
    /// Dropping the future drops the stream. There is no bound on the time it takes.
    ///
    /// # Errors
    ///
    /// [`ConnectErrorKind::Url`], [`Handshake`](ConnectErrorKind::Handshake) or
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
        let (socket, _) = client_async_with_config(endpoint.uri(), Wire::new(stream), Some(config))
            .await
            .map_err(|error| handshake_error(error).with_endpoint(endpoint.to_string()))?;

        // A read buffer made after the handshake is replaced by one of the configured size whenever
        // its slices are held; the one made with the handshake, by one of a few bytes.
        Ok(Self {
            wire: Blocking::new(socket.into_inner()),
            protocol: WebSocketContext::new(Role::Client, Some(config)),
            config,
            state: State::Open,
            large_message: None,
        })
    }

    fn poll<T>(
        &mut self,
        cx: &Context<'_>,
        act: impl FnOnce(&mut WebSocketContext, &mut Blocking<Wire<S>>) -> Result<T, WsError>,
    ) -> Poll<Result<T, WsError>> {
        self.wire.wake(cx);
        match act(&mut self.protocol, &mut self.wire) {
            Err(WsError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
            result => Poll::Ready(result),
        }
    }

    /// There is nothing to read. If all that was read is whole messages, they were all taken, and with
    /// the last large one the buffer goes that grew for it: tungstenite's context has nothing left but that.
    fn rest(&mut self, cx: &Context<'_>) {
        if self.large_message.is_some()
            && self.state == State::Open
            && self.wire.ends_message()
            // A pong may be on its way out yet.
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
                self.used(text.as_ref());
                Some(Inbound::Text(Text::new(text)))
            }
            Message::Binary(bytes) => {
                self.used(&bytes);
                Some(Inbound::Binary(bytes))
            }
            Message::Close(frame) => {
                // The answer goes out if it can at once: nobody waits for it.
                let _ = self.poll(cx, WebSocketContext::flush);
                self.state = State::Ended;
                Some(Inbound::Close(frame.map(close_frame_from_ws)))
            }
            // Pongs to pings are sent by tungstenite when it is next polled, as it is by the caller.
            Message::Ping(bytes) | Message::Pong(bytes) => {
                self.used(&bytes);
                None
            }
            Message::Frame(_) => None,
        }
    }

    fn used(&mut self, bytes: &Bytes) {
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
                    self.rest(cx);
                    return Poll::Pending;
                }
            }
        }
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        if self.wire.get_ref().has_room() {
            return Poll::Ready(Ok(()));
        }
        self.poll_flush(cx)
    }

    fn start_send(&mut self, frame: Outbound) -> Result<(), TransportError> {
        if self.state != State::Open {
            return Err(TransportError::new(TransportErrorKind::SendAfterClose));
        }
        if !self.wire.get_ref().has_room() {
            return Err(TransportError::new(TransportErrorKind::WriteBufferFull));
        }
        match frame {
            Outbound::Text(text) => self.wire.get_mut().push_text(text),
            Outbound::Close(frame) => {
                let frame = close_frame_into_ws(&frame)?;
                let close = Message::Close(Some(frame));
                match self.protocol.write(&mut self.wire, close) {
                    // What can't be written yet is queued, to be flushed.
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
            // All that was to be sent is, and there will be no more.
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
        reason: cut(&frame.reason, MAX_REASON_BYTES).into(),
    })
}

/// The start of `text`, of at most `limit` bytes and whole characters.
fn cut(text: &str, limit: usize) -> &str {
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
        // The status says it all.
        WsError::Http(_) => ConnectError::new(kind),
        WsError::Io(source) => ConnectError::new(kind).with_source(source),
        source => ConnectError::new(kind).with_source(source),
    }
}

/// `None` if the connection just ended, with no close frame.
fn receive_error(error: WsError) -> Option<TransportError> {
    let (kind, source): (_, Box<dyn std::error::Error + Send + Sync>) = match error {
        // A TLS stream that ends with no word of it.
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
